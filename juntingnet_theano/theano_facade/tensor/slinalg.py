"""``theano.tensor.slinalg``: linear algebra that SciPy has.

>>> import theano.tensor.slinalg
>>> callable(theano.tensor.slinalg.cholesky)
True
"""
from pytensor.tensor.linalg import *  # noqa: F401,F403
