"""``theano.tensor.type``: types of tensors.

>>> import theano.tensor.type
>>> callable(theano.tensor.type.TensorType)
True
"""
from pytensor.tensor.type import *  # noqa: F401,F403
