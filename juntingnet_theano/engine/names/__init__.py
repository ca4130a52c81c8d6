"""Theano's names, served by PyTensor, its maintained successor.

Imported as ``theano`` (see `juntingnet_theano.engine.finder`). The modules
mirror Theano's paths one to one: what PyTensor has is passed on, what it
renamed gets its old name back, and what it dropped (convolution, pooling, MRG
streams) is written here, on `engine.ops`.

>>> import theano
>>> theano.config.floatX
'float32'
"""

# First of all: PyTensor must be configured when it is imported.
from juntingnet_theano.engine.names.configparser import change_flags, config  # noqa: F401

# isort: split
from juntingnet_theano.engine.names import (  # noqa: F401
    compile,
    gof,
    gradient,
    printing,
    scalar,
    scan_module,
    tensor,
    updates,
)
from juntingnet_theano.engine.names.compile import (  # noqa: F401
    FunctionMaker,
    In,
    Mode,
    OpFromGraph,
    Out,
    Param,
    ProfileStats,
    SharedVariable,
    SymbolicInput,
    SymbolicOutput,
    as_op,
    function,
    predefined_linkers,
    predefined_modes,
    predefined_optimizers,
    shared,
)
from juntingnet_theano.engine.names.gof import (  # noqa: F401
    Apply,
    Constant,
    Container,
    FunctionGraph,
    Generic,
    InconsistencyError,
    Linker,
    LocalLinker,
    Op,
    OpenMPOp,
    PerformLinker,
    Type,
    Variable,
    generic,
)
from juntingnet_theano.engine.names.gradient import Lop, Rop, grad, subgraph_grad  # noqa: F401
from juntingnet_theano.engine.names.misc.safe_asarray import _asarray  # noqa: F401
from juntingnet_theano.engine.names.printing import pp, pprint  # noqa: F401
from juntingnet_theano.engine.names.scan_module import (  # noqa: F401
    clone,
    foldl,
    foldr,
    map,
    reduce,
    scan,
    scan_checkpoints,
)
from juntingnet_theano.engine.names.tensor import (  # noqa: F401
    TensorType,
    as_tensor_variable,
    dot,
    get_scalar_constant_value,
    shared_randomstreams,
)
from juntingnet_theano.engine.names.updates import OrderedUpdates  # noqa: F401
from juntingnet_theano.engine.names.version import version as __version__  # noqa: F401
