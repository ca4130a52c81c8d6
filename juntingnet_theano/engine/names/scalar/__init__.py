"""``theano.scalar``: Ops on numbers, which Elemwise applies to tensors.

>>> import theano.scalar
>>> callable(theano.scalar.add)
True
"""

import builtins

from pytensor.scalar import *  # noqa: F403
from pytensor.scalar.basic import Invert, Reciprocal

from juntingnet_theano.engine.pytensor_names import look_up


def _of_python(theirs, kind, ours):
    """An ``impl`` for numbers of NumPy's and of Python's: where linker=py
    joins nodes in one loop, it gives their functions the latter."""
    return lambda self, x: ours(x) if type(x) is kind else theirs(self, x)


# PyTensor divides a float32, and NumPy 2 then computes in float32.
Reciprocal.impl = _of_python(Reciprocal.impl, builtins.float, lambda x: 1 / x)
# ~True is -2, which counts as True.
Invert.impl = _of_python(Invert.impl, builtins.bool, lambda x: not x)

__getattr__ = look_up(__name__, 'pytensor.scalar', 'pytensor.scalar.basic', 'pytensor.scalar.math')
