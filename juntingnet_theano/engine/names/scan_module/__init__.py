"""``theano.scan`` and its relatives, which return (outputs, updates).

>>> import theano, theano.tensor as T
>>> x = T.vector()
>>> outputs, updates = theano.scan(lambda each: each * 2, sequences=x)
>>> outputs.eval({x: [1, 2]}).tolist()
[2.0, 4.0]
"""

import functools
import warnings

import pytensor
from pytensor.scan import views
from pytensor.scan.checkpoints import scan_checkpoints as _scan_checkpoints
from pytensor.scan.utils import until  # noqa: F401

from juntingnet_theano.engine.names.scan_module import scan_utils  # noqa: F401
from juntingnet_theano.engine.names.scan_module.scan_utils import clone  # noqa: F401
from juntingnet_theano.engine.names.updates import OrderedUpdates


def _with_updates(scan):
    """PyTensor is about to return the outputs alone, and warns of it."""

    @functools.wraps(scan)
    def wrapped(*args, **kwargs):
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', message='Scan return signature will change')
            outputs, updates = scan(*args, return_updates=True, **kwargs)
        return outputs, OrderedUpdates(updates)

    return wrapped


scan = _with_updates(pytensor.scan)
map = _with_updates(views.map)
reduce = _with_updates(views.reduce)
foldl = _with_updates(views.foldl)
foldr = _with_updates(views.foldr)
scan_checkpoints = _with_updates(_scan_checkpoints)
