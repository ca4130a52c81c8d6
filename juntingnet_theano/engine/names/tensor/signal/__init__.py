"""``theano.tensor.signal``: pooling, under its new and its old name.

>>> from juntingnet_theano.engine.names.tensor import signal
>>> callable(signal.pool.pool_2d)
True
"""

from juntingnet_theano.engine.names.tensor.signal import pool  # noqa: F401
