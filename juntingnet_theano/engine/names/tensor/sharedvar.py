"""``theano.tensor.sharedvar``: shared tensors.

>>> import theano.tensor.sharedvar
>>> callable(theano.tensor.sharedvar.TensorSharedVariable)
True
"""

from pytensor.tensor.sharedvar import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.sharedvar')
