"""``theano.tensor.subtensor``: indexing and its inverses.

>>> import theano.tensor.subtensor
>>> callable(theano.tensor.subtensor.set_subtensor)
True
"""
from pytensor.tensor.subtensor import *  # noqa: F401,F403
