"""``theano.raise_op``: Ops that check.

>>> import theano.raise_op
>>> callable(theano.raise_op.Assert)
True
"""

from pytensor.raise_op import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.raise_op')
