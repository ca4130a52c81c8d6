"""``theano.tensor.sharedvar``: shared tensors.

>>> import theano.tensor.sharedvar
>>> callable(theano.tensor.sharedvar.TensorSharedVariable)
True
"""
from pytensor.tensor.sharedvar import *  # noqa: F401,F403
