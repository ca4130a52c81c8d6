"""``theano.raise_op``: Ops that check.

>>> import theano.raise_op
>>> callable(theano.raise_op.Assert)
True
"""
from pytensor.raise_op import *  # noqa: F401,F403
