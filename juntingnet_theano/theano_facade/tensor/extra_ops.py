"""``theano.tensor.extra_ops``: NumPy's rarer functions.

>>> import theano.tensor.extra_ops
>>> callable(theano.tensor.extra_ops.cumsum)
True
"""
from pytensor.tensor.extra_ops import *  # noqa: F401,F403
