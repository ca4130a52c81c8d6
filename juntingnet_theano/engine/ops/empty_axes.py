"""Maxima and minima of nothing are refused, as Theano and NumPy do.

PyTensor's code for numba begins with minus infinity, or with the least integer,
and returns that. The rewrite checks each axis that may be empty, last of all
and for our linker only.

>>> import theano
>>> x = theano.tensor.fvector('x')
>>> theano.function([x], x.max())([])  # doctest: +ELLIPSIS
Traceback (most recent call last):
ValueError: the maximum or minimum of an axis without elements...
"""

from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.math import Max, Min

from juntingnet_theano.engine.ops import REWRITES
from juntingnet_theano.engine.ops.checked_index import axis_size

CHECK = CheckAndRaise(ValueError, 'the maximum or minimum of an axis without elements')


class EmptyAxisChecker(GraphRewriter):
    """Puts `CHECK` before each maximum and minimum along axes whose lengths
    the graph does not know."""

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Nothing is needed of the graph."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Check the axes of all maxima and minima of `fgraph`."""
        for node in fgraph.toposort():
            if isinstance(node.op, (Max, Min)):
                x = node.inputs[0]
                axes = range(x.type.ndim) if node.op.axis is None else node.op.axis
                sizes = [axis_size(x, axis) for axis in axes if not x.type.shape[axis]]
                if sizes:
                    checked = CHECK(x, *sizes)
                    fgraph.change_node_input(node, 0, checked, reason='empty_axes')


# After the rewrites that look at maxima, before nodes write over their inputs.
optdb.register('empty_axes', EmptyAxisChecker(), REWRITES, position=49.2)
