"""``theano.tensor.opt``: the one rewrite that Theano had and we miss.

``i / 2`` of integers is of type floatX. Theano computed it in floatX;
PyTensor multiplies by a float64 0.5 and casts at the end, and an image in
bytes that is divided by 255 would be unpacked to float64. Functions that
PyTensor's user compiles keep PyTensor's arithmetic.

>>> import theano, theano.tensor as T
>>> i = T.ivector()
>>> half = theano.function([i], i / 2, mode='FAST_COMPILE')
>>> [each.outputs[0].dtype for each in half.maker.fgraph.toposort()]
['float32', 'float32']
"""

from typing import Any

from pytensor.compile.mode import optdb
from pytensor.configdefaults import config
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import WalkingGraphRewriter, node_rewriter
from pytensor.scalar import TrueDiv
from pytensor.tensor import cast
from pytensor.tensor.elemwise import Elemwise

from juntingnet_theano.engine.ops import TRUE_DIV
from juntingnet_theano.engine.pytensor_names import look_up


@node_rewriter([Elemwise])
def local_true_div_in_floatX(fgraph: FunctionGraph, node: Apply) -> Any:
    """Cast integers that are to be divided to floatX first."""
    if not isinstance(node.op.scalar_op, TrueDiv) or any(
        each.type.dtype.startswith(('float', 'complex')) for each in node.inputs
    ):
        return None
    return [node.op(*(cast(each, config.floatX) for each in node.inputs))]


# Before canonicalisation, which folds the constants.
optdb.register(
    'local_true_div_in_floatX',
    WalkingGraphRewriter(local_true_div_in_floatX, order='in_to_out'),
    TRUE_DIV,
    position=0.1,
)

__getattr__ = look_up(
    __name__, 'pytensor.tensor.basic', 'pytensor.tensor.shape', 'pytensor.raise_op'
)
