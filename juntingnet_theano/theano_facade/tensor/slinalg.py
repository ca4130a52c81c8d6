"""``theano.tensor.slinalg``: linear algebra that SciPy has.

>>> import theano.tensor.slinalg
>>> callable(theano.tensor.slinalg.cholesky)
True
"""
from pytensor.tensor.linalg import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.linalg')
