"""``theano.tensor.nlinalg``: linear algebra that NumPy has.

>>> import theano.tensor.nlinalg
>>> callable(theano.tensor.nlinalg.det)
True
"""
from pytensor.tensor.linalg import *  # noqa: F401,F403
