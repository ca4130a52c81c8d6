"""``theano.scalar``: Ops on numbers, which Elemwise applies to tensors.

>>> import theano.scalar
>>> callable(theano.scalar.add)
True
"""
from pytensor.scalar import *  # noqa: F401,F403
