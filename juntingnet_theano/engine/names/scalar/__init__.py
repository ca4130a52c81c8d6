"""``theano.scalar``: Ops on numbers, which Elemwise applies to tensors.

>>> import theano.scalar
>>> callable(theano.scalar.add)
True
"""

from pytensor.scalar import *  # noqa: F403
from pytensor.scalar.basic import Reciprocal

from juntingnet_theano.engine.pytensor_names import look_up


def _reciprocal(self, x):
    """1 / x in the precision of x. PyTensor divides a float32 by it, which
    NumPy 2 computes in float32 where x is a float of Python's."""
    return type(x)(1) / x if isinstance(x, float) else theirs(self, x)


theirs, Reciprocal.impl = Reciprocal.impl, _reciprocal

__getattr__ = look_up(__name__, 'pytensor.scalar', 'pytensor.scalar.basic', 'pytensor.scalar.math')
