"""``theano.printing``: graphs as text.

>>> import theano.printing
>>> callable(theano.printing.debugprint)
True
"""

from pytensor.printing import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.printing')
