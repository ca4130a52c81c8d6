"""``theano.printing``: graphs as text.

>>> import theano.printing
>>> callable(theano.printing.debugprint)
True
"""
from pytensor.printing import *  # noqa: F401,F403

from juntingnet_theano.theano_facade.engine_names import look_up

__getattr__ = look_up(__name__, 'pytensor.printing')
