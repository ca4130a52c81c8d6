"""``theano.tensor``: PyTensor's names, and those it renamed or dropped.

>>> import theano.tensor as T
>>> T.sqr(T.constant(3.)).eval().item()
9.0
"""
import importlib as _importlib

from pytensor.gradient import (  # noqa: F401
    Lop, Rop, grad, hessian, jacobian, verify_grad)
from pytensor.tensor.type import TensorType  # noqa: F401

from juntingnet_theano.theano_facade.gradient import (  # noqa: F401
    consider_constant, numeric_grad)
from juntingnet_theano.theano_facade.tensor.basic import *  # noqa: F401,F403
from juntingnet_theano.theano_facade.tensor.var import (  # noqa: F401
    TensorConstant, TensorVariable)
from juntingnet_theano.theano_facade.tensor import (  # noqa: F401
    basic, elemwise, extra_ops, nnet, sharedvar, signal, sort, subtensor,
    type, var)

# Theano listed its Ops here, PyTensor keeps them a level deeper, in places
# that move from release to release.
_DEEPER = ('basic', 'math', 'shape', 'subtensor', 'elemwise', 'type',
           'extra_ops', 'sort', 'variable', 'exceptions')


def __getattr__(name):
    if not name.startswith('__'):
        for each in _DEEPER:
            module = _importlib.import_module('pytensor.tensor.' + each)
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError('module {!r} has no attribute {!r}'.format(
        __name__, name))
