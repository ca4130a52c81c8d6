"""``theano.tensor.extra_ops``: NumPy's rarer functions.

>>> import theano.tensor.extra_ops
>>> callable(theano.tensor.extra_ops.cumsum)
True
"""

from pytensor.tensor.extra_ops import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.extra_ops')
