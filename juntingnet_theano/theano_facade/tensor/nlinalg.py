"""``theano.tensor.nlinalg``: linear algebra that NumPy has.

>>> import theano.tensor.nlinalg
>>> callable(theano.tensor.nlinalg.det)
True
"""
from pytensor.tensor.linalg import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.linalg')
