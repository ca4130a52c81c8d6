"""``theano.gof``: the graph's nouns, which PyTensor keeps in several places.

>>> import theano, theano.tensor as T
>>> isinstance(T.scalar(), theano.gof.Variable)
True
"""

from pytensor.graph.basic import Apply, Constant, Variable  # noqa: F401
from pytensor.graph.features import Feature, History, ReplaceValidate  # noqa: F401
from pytensor.graph.fg import FunctionGraph  # noqa: F401
from pytensor.graph.op import Op  # noqa: F401
from pytensor.graph.type import Type  # noqa: F401
from pytensor.graph.utils import InconsistencyError, MethodNotDefined, MissingInputError  # noqa: F401
from pytensor.link.basic import Container, Linker, LocalLinker, PerformLinker  # noqa: F401
from pytensor.link.c.op import COp, OpenMPOp  # noqa: F401
from pytensor.link.c.type import Generic, generic  # noqa: F401

from juntingnet_theano.engine.names.gof import fg, graph, null_type, op, opt, type  # noqa: F401
from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(
    __name__,
    'pytensor.graph',
    'pytensor.graph.utils',
    'pytensor.graph.features',
    'juntingnet_theano.engine.names.gof.opt',
)
