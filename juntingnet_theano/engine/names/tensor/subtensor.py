"""``theano.tensor.subtensor``: indexing and its inverses.

>>> import theano.tensor.subtensor
>>> callable(theano.tensor.subtensor.set_subtensor)
True
"""

from pytensor.tensor.subtensor import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.subtensor')
