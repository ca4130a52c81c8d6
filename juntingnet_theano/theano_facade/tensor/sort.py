"""``theano.tensor.sort``: sorting.

>>> from theano.tensor.sort import argsort
>>> callable(argsort)
True
"""
from pytensor.tensor.sort import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.sort')
