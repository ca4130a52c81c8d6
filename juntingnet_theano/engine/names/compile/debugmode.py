"""``theano.compile.debugmode``: a mode that checks each Op.

>>> import theano.compile.debugmode
>>> callable(theano.compile.debugmode.DebugMode)
True
"""

from pytensor.compile.debug.debugmode import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.compile.debug.debugmode')
