"""``theano.gof.op``: Ops.

>>> import theano.gof.op
>>> callable(theano.gof.op.Op)
True
"""

from pytensor.graph.op import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.graph.op', 'pytensor.link.c.op')
