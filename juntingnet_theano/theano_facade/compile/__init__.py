"""``theano.compile``: functions, shared variables and modes.

>>> import theano, theano.tensor as T
>>> x = T.scalar()
>>> float(theano.function([x], x * 2)(3))
6.0
"""
from pytensor.compile.builders import OpFromGraph  # noqa: F401
from pytensor.compile.debug.debugmode import DebugMode  # noqa: F401
from pytensor.compile.debug.monitormode import MonitorMode  # noqa: F401
from pytensor.compile.debug.nanguardmode import NanGuardMode  # noqa: F401
from pytensor.compile.debug.profiling import ProfileStats  # noqa: F401
from pytensor.compile.maker import (  # noqa: F401
    FunctionMaker, UnusedInputError)
from pytensor.compile.ops import (  # noqa: F401
    DeepCopyOp, FromFunctionOp, ViewOp, as_op, deep_copy_op, view_op)
from pytensor.compile.rebuild import rebuild_collect_shared  # noqa: F401
from pytensor.tensor.shape import (  # noqa: F401
    Shape, Shape_i, SpecifyShape, shape, specify_shape)

from juntingnet_theano.theano_facade.engine_names import look_up
from juntingnet_theano.theano_facade.compile import (  # noqa: F401
    nanguardmode)
from juntingnet_theano.theano_facade.compile.function import (  # noqa: F401
    Function, function)
from juntingnet_theano.theano_facade.compile.io import (  # noqa: F401
    In, Out, SymbolicInput, SymbolicOutput)
from juntingnet_theano.theano_facade.compile.mode import (  # noqa: F401
    Mode, get_default_mode, get_mode, predefined_linkers, predefined_modes,
    predefined_optimizers, register_linker, register_mode,
    register_optimizer)
from juntingnet_theano.theano_facade.compile.pfunc import (  # noqa: F401
    Param, pfunc)
from juntingnet_theano.theano_facade.compile.sharedvalue import (  # noqa: F401
    SharedVariable, shared, shared_constructor)

__getattr__ = look_up(__name__, 'pytensor.compile', 'pytensor.compile.mode')
