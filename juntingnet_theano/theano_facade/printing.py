"""``theano.printing``: graphs as text.

>>> import theano.printing
>>> callable(theano.printing.debugprint)
True
"""
from pytensor.printing import *  # noqa: F401,F403
