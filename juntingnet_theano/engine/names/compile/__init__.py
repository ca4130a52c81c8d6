"""``theano.compile``: functions, shared variables and modes.

>>> import theano, theano.tensor as T
>>> x = T.scalar()
>>> float(theano.function([x], x * 2)(3))
6.0
"""

from pytensor.compile.builders import OpFromGraph  # noqa: F401
from pytensor.compile.debug.debugmode import DebugMode  # noqa: F401
from pytensor.compile.debug.nanguardmode import NanGuardMode  # noqa: F401
from pytensor.compile.debug.profiling import ProfileStats  # noqa: F401
from pytensor.compile.maker import FunctionMaker  # noqa: F401
from pytensor.compile.ops import DeepCopyOp, FromFunctionOp, ViewOp, as_op, deep_copy_op, view_op  # noqa: F401
from pytensor.compile.rebuild import rebuild_collect_shared  # noqa: F401
from pytensor.tensor.shape import Shape, Shape_i, SpecifyShape, shape, specify_shape  # noqa: F401

from juntingnet_theano.engine.names.compile import debugmode, nanguardmode  # noqa: F401
from juntingnet_theano.engine.names.compile.function import Function, function  # noqa: F401
from juntingnet_theano.engine.names.compile.io import In, Out, SymbolicInput, SymbolicOutput  # noqa: F401
from juntingnet_theano.engine.names.compile.mode import (  # noqa: F401
    Mode,
    get_default_mode,
    get_mode,
    predefined_linkers,
    predefined_modes,
    predefined_optimizers,
    register_linker,
    register_mode,
    register_optimizer,
)
from juntingnet_theano.engine.names.compile.monitormode import MonitorMode  # noqa: F401
from juntingnet_theano.engine.names.compile.pfunc import Param, pfunc  # noqa: F401
from juntingnet_theano.engine.names.compile.sharedvalue import (  # noqa: F401
    SharedVariable,
    shared,
    shared_constructor,
)
from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.compile', 'pytensor.compile.mode')
