"""``theano.compile.nanguardmode``: a mode that stops at NaN and infinity.

>>> import theano.compile.nanguardmode
>>> callable(theano.compile.nanguardmode.NanGuardMode)
True
"""

from pytensor.compile.debug.nanguardmode import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.compile.debug.nanguardmode')
