"""``theano.ifelse``: a condition of which one branch is computed.

>>> import theano.tensor as T
>>> int(ifelse(T.constant(True), T.constant(1), T.constant(2)).eval())
1
"""

from pytensor import ifelse  # noqa: F401

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.ifelse')
