"""``theano.gof.null_type``: the type of a gradient that is not defined.

>>> import theano.gof.null_type
>>> callable(theano.gof.null_type.NullType)
True
"""

from pytensor.graph.null_type import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.graph.null_type')
