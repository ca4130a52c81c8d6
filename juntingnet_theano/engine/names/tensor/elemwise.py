"""``theano.tensor.elemwise``: element-wise Ops and reductions.

>>> import theano.tensor.elemwise
>>> callable(theano.tensor.elemwise.Elemwise)
True
"""

from pytensor.tensor.elemwise import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.elemwise', 'pytensor.tensor.math')
