"""``theano.compile``: functions, shared variables and modes.

>>> import theano, theano.tensor as T
>>> x = T.scalar()
>>> float(theano.function([x], x * 2)(3))
6.0
"""
from pytensor.compile.io import In, Out  # noqa: F401

from juntingnet_theano.theano_facade.compile.function import (  # noqa: F401
    function)
from juntingnet_theano.theano_facade.compile.mode import (  # noqa: F401
    Mode, get_default_mode, get_mode)
from juntingnet_theano.theano_facade.compile.sharedvalue import (  # noqa: F401
    SharedVariable, shared)

Param = In      # Theano's older name
