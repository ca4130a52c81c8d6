"""``theano.gof``: the graph's nouns, which PyTensor keeps in several places.

>>> import theano, theano.tensor as T
>>> isinstance(T.scalar(), theano.gof.Variable)
True
"""
from pytensor.graph.basic import Apply, Constant, Variable  # noqa: F401
from pytensor.graph.features import (  # noqa: F401
    Feature, History, ReplaceValidate)
from pytensor.graph.fg import FunctionGraph  # noqa: F401
from pytensor.graph.op import Op  # noqa: F401
from pytensor.graph.type import Type  # noqa: F401
from pytensor.graph.utils import (  # noqa: F401
    InconsistencyError, MethodNotDefined, MissingInputError)
from pytensor.link.basic import (  # noqa: F401
    Container, Linker, LocalLinker, PerformLinker)
from pytensor.link.c.op import COp, OpenMPOp  # noqa: F401
from pytensor.link.c.type import Generic, generic  # noqa: F401

from juntingnet_theano.theano_facade.engine_names import look_up
from juntingnet_theano.theano_facade.gof import (  # noqa: F401
    fg, graph, op, opt, type)

__getattr__ = look_up(
    __name__, 'pytensor.graph', 'pytensor.graph.utils',
    'pytensor.graph.features', 'juntingnet_theano.theano_facade.gof.opt')
