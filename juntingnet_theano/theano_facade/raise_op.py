"""``theano.raise_op``: Ops that check.

>>> import theano.raise_op
>>> callable(theano.raise_op.Assert)
True
"""
from pytensor.raise_op import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.raise_op')
