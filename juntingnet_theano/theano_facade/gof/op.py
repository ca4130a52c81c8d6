"""``theano.gof.op``: Ops.

>>> import theano.gof.op
>>> callable(theano.gof.op.Op)
True
"""
from pytensor.graph.op import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.graph.op', 'pytensor.link.c.op')
