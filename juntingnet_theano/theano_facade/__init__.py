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
from juntingnet_theano.theano_facade import configparser

config = configparser.config        # first: PyTensor's floatX must be set

import pytensor  # noqa: E402
from pytensor import printing  # noqa: E402,F401
from pytensor.graph.replace import clone_replace as clone  # noqa: E402,F401

from juntingnet_theano.theano_facade import (  # noqa: E402,F401
    compile, gof, gradient, scan_module, tensor)
from juntingnet_theano.theano_facade.compile import (  # noqa: E402,F401
    In, Mode, Out, Param, SharedVariable, function, shared)
from juntingnet_theano.theano_facade.gof import (  # noqa: E402,F401
    Apply, Constant, Op, Variable)
from juntingnet_theano.theano_facade.gradient import (  # noqa: E402,F401
    Lop, Rop, grad, subgraph_grad)
from juntingnet_theano.theano_facade.scan_module import (  # noqa: E402,F401
    foldl, foldr, map, reduce, scan)
from juntingnet_theano.theano_facade.tensor import (  # noqa: E402,F401
    TensorType, as_tensor_variable, dot)

__version__ = '1.0.5+pytensor' + pytensor.__version__
