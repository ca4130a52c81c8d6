"""``theano.tensor.sort``: sorting.

>>> from theano.tensor.sort import argsort
>>> callable(argsort)
True
"""

from pytensor.tensor.sort import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.sort')
