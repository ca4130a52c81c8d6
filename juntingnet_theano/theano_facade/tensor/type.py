"""``theano.tensor.type``: types of tensors.

>>> import theano.tensor.type
>>> callable(theano.tensor.type.TensorType)
True
"""
from pytensor.tensor.type import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.type')
