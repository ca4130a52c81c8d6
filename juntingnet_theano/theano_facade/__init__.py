"""Theano's names, served by PyTensor, its maintained successor.

Imported as ``theano`` (see `juntingnet_theano.theano_finder`). The modules
mirror Theano's paths one to one: what PyTensor has is passed on, what it
renamed is named back, what it dropped (convolution, pooling, MRG streams) is
written here. `link` holds our Ops' translations for the numba and the JAX
linker.

>>> import theano
>>> theano.config.floatX
'float32'
"""
# First of all: PyTensor must be configured when it is imported.
from juntingnet_theano.theano_facade.configparser import (  # noqa: F401
    change_flags, config)

from juntingnet_theano.theano_facade import (  # noqa: F401
    compile, gof, gradient, printing, scalar, scan_module, tensor, updates)
from juntingnet_theano.theano_facade.compile import (  # noqa: F401
    FunctionMaker, In, Mode, OpFromGraph, Out, Param, ProfileStats,
    SharedVariable, SymbolicInput, SymbolicOutput, as_op, function,
    predefined_linkers, predefined_modes, predefined_optimizers, shared)
from juntingnet_theano.theano_facade.gof import (  # noqa: F401
    Apply, Constant, Container, FunctionGraph, Generic, InconsistencyError,
    Linker, LocalLinker, Op, OpenMPOp, PerformLinker, Type, Variable, generic)
from juntingnet_theano.theano_facade.gradient import (  # noqa: F401
    Lop, Rop, grad, subgraph_grad)
from juntingnet_theano.theano_facade.misc.safe_asarray import (  # noqa: F401
    _asarray)
from juntingnet_theano.theano_facade.printing import (  # noqa: F401
    pp, pprint)
from juntingnet_theano.theano_facade.scan_module import (  # noqa: F401
    clone, foldl, foldr, map, reduce, scan, scan_checkpoints)
from juntingnet_theano.theano_facade.tensor import (  # noqa: F401
    TensorType, as_tensor_variable, dot, get_scalar_constant_value,
    shared_randomstreams)
from juntingnet_theano.theano_facade.updates import (  # noqa: F401
    OrderedUpdates)
from juntingnet_theano.theano_facade.version import (  # noqa: F401
    version as __version__)
