"""``theano.tensor.elemwise``: element-wise Ops and reductions.

>>> import theano.tensor.elemwise
>>> callable(theano.tensor.elemwise.Elemwise)
True
"""
from pytensor.tensor.elemwise import *  # noqa: F401,F403
