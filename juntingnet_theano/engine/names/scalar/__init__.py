"""``theano.scalar``: Ops on numbers, which Elemwise applies to tensors.

>>> import theano.scalar
>>> callable(theano.scalar.add)
True
"""

from pytensor.scalar import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.scalar', 'pytensor.scalar.basic', 'pytensor.scalar.math')
