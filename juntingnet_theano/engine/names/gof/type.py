"""``theano.gof.type``: types of variables.

>>> import theano.gof.type
>>> callable(theano.gof.type.Type)
True
"""

from pytensor.graph.type import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.graph.type', 'pytensor.link.c.type')
