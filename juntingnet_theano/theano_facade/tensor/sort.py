"""``theano.tensor.sort``: sorting.

>>> import theano.tensor.sort
>>> callable(theano.tensor.sort.argsort)
True
"""
from pytensor.tensor.sort import *  # noqa: F401,F403
