"""``theano.tensor.type``: types of tensors.

>>> import theano.tensor.type
>>> callable(theano.tensor.type.TensorType)
True
"""

from pytensor.tensor.type import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.type')
