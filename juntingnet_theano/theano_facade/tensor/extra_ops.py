"""``theano.tensor.extra_ops``: NumPy's rarer functions.

>>> import theano.tensor.extra_ops
>>> callable(theano.tensor.extra_ops.cumsum)
True
"""
from pytensor.tensor.extra_ops import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.extra_ops')
