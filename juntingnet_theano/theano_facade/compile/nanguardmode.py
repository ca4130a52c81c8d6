"""``theano.compile.nanguardmode``: a mode that stops at NaN and infinity.

>>> import theano.compile.nanguardmode
>>> callable(theano.compile.nanguardmode.NanGuardMode)
True
"""
from pytensor.compile.debug.nanguardmode import *  # noqa: F401,F403
