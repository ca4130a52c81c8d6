"""Tests of the engine: what PyTensor is about to drop counts as an error."""

import warnings

STILL_USED = (
    # Random states that compiled functions update by themselves, dropout's
    # among them: Theano's way, which every old program relies on.
    'Setting default_update is deprecated',
    # `theano.function`'s argument of the same name; silenced there.
    'The no_default_updates parameter is deprecated',
    # `theano.scan` returns updates; silenced there.
    'Scan return signature will change',
    # `eigh(a, UPLO)`, Theano's argument; PyTensor 3.0 has no other.
    'UPLO is deprecated',
)

# Warnings are placed in the module of whoever calls what is deprecated.
warnings.filterwarnings('error', category=DeprecationWarning, module=r'juntingnet_theano\.engine')
for _message in STILL_USED:
    warnings.filterwarnings('ignore', message=_message, category=DeprecationWarning)
