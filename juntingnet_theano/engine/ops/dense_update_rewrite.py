"""Find the update of a dense layer's weights in a graph, and join it.

After PyTensor has fused an optimiser's arithmetic, any optimiser's, into one
elementwise Op, the update of a matrix of weights W reads::

    Elemwise(scalar_op)(dot(x.T, g), W, velocity, rate, ...)

which writes the product to memory and reads it again with W and the velocity.
`DenseUpdate` does the arithmetic on each tile of the product while it is in
the cache. Where a result is only summed over rows, as the squares are for
`lasagne.updates.norm_constraint`, the sum is made on the way too, and what
that does with it, multiply the columns of W by a function of the sums,
follows while the columns are near.

``THEANO_FLAGS=optimizer_excluding=dense_update`` turns it off.
"""

from typing import Optional, Tuple

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.graph.utils import InconsistencyError
from pytensor.scalar.basic import Mul
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Dot, Sum

from juntingnet_theano.engine.ops import REWRITES
from juntingnet_theano.engine.ops.dense_update import MATRIX, PRODUCT, SCALAR, DenseUpdate


def gradient_factors(variable: Variable) -> Optional[Tuple[Variable, Variable]]:
    """(x, g) of a float32 matrix dot(x.T, g), None for anything else."""
    node = variable.owner
    if (
        node is None
        or not isinstance(node.op, Dot)
        or variable.type.ndim != 2
        or variable.type.dtype != 'float32'
        or any(each.type.dtype != 'float32' for each in node.inputs)
    ):
        return None
    turned, g = node.inputs
    if (
        turned.owner is None
        or not isinstance(turned.owner.op, DimShuffle)
        or tuple(turned.owner.op.new_order) != (1, 0)
    ):
        return None
    return turned.owner.inputs[0], g


def _kind(variable, product):
    """What an input of the arithmetic is; None for what has no kernel."""
    if variable is product:
        return PRODUCT
    if variable.type.dtype != 'float32' or variable.type.ndim != 2:
        return None
    if variable.type.shape == (1, 1):
        return SCALAR
    return None if 1 in variable.type.shape else MATRIX


def _sum_over_rows(fgraph, variable):
    """The one Sum node that takes `variable`, None where it has other uses."""
    clients = fgraph.clients[variable]
    node = clients[0][0] if len(clients) == 1 else None
    op = getattr(node, 'op', None)
    return node if isinstance(op, Sum) and tuple(op.axis or ()) == (0,) else None


def _scaling(fgraph, node, sums):
    """How one result is multiplied by a function of another's column sums.

    Returns
    -------
    (int, int, ScalarOp, Apply) or None
        Which result, which sum, the function, the node that multiplies.
    """
    rows = {each.outputs[0]: number for number, each in enumerate(sums) if each is not None}
    for number, output in enumerate(node.outputs):
        clients = fgraph.clients[output]
        times = clients[0][0] if len(clients) == 1 else None
        if not (
            isinstance(times, Apply)
            and isinstance(times.op, Elemwise)
            and isinstance(times.op.scalar_op, Mul)
            and len(times.inputs) == 2
        ):
            continue
        factor = times.inputs[1 - times.inputs.index(output)].owner
        if (
            factor is None
            or not isinstance(factor.op, Elemwise)
            or len(factor.inputs) != 1
            or factor.outputs[0].type.dtype != 'float32'
        ):
            continue
        row = factor.inputs[0].owner
        if (
            row is not None
            and isinstance(row.op, DimShuffle)
            and tuple(row.op.new_order) == ('x', 0)
            and row.inputs[0] in rows
        ):
            return number, rows[row.inputs[0]], factor.op.scalar_op, times
    return None


def _written_over(fgraph, node, results):
    """(number of a result, input of `node`) where the result is that shared
    variable's next value."""
    updates = getattr(fgraph, 'update_mapping', None) or {}
    return [
        (number, fgraph.inputs[shared])
        for result, shared in updates.items()
        for number, output in enumerate(results)
        if fgraph.outputs[result] is output and fgraph.inputs[shared] in node.inputs
    ]


class DenseUpdateRewriter(GraphRewriter):
    """Puts `DenseUpdate` in the place of a product and its arithmetic."""

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Nothing is needed of the graph."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Rewrite every update of `fgraph` that can be."""
        for node in fgraph.toposort():
            if isinstance(node.op, Elemwise) and not node.op.inplace_pattern:
                self._join(fgraph, node)

    @staticmethod
    def _join(fgraph, node):
        product = _product(fgraph, node)
        factors = None if product is None else gradient_factors(product)
        kinds = [_kind(each, product) for each in node.inputs]
        if (
            factors is None
            or None in kinds
            or MATRIX not in kinds
            or any(each.type.dtype != 'float32' for each in node.outputs)
        ):
            return
        sums = [_sum_over_rows(fgraph, each) for each in node.outputs]
        olds = [old.outputs[0] if old else output for old, output in zip(sums, node.outputs)]
        scaling = _scaling(fgraph, node, sums)
        if scaling:
            olds[scaling[0]] = scaling[3].outputs[0]
        others = [each for each in node.inputs if each is not product]
        pairs = [
            (number, 2 + others.index(given)) for number, given in _written_over(fgraph, node, olds)
        ]
        for inplace in [pairs, []] if pairs else [[]]:
            op = DenseUpdate(
                node.op.scalar_op,
                kinds,
                [each is not None for each in sums],
                scaling and scaling[:3],
                inplace,
            )
            news = op(*factors, *others, return_list=True)
            try:
                fgraph.replace_all_validate(list(zip(olds, news)), reason='dense_update')
                return
            except InconsistencyError:
                continue  # something reads what would be written over


def _product(fgraph, node):
    """The input of `node` that is a gradient of weights nobody else uses."""
    for each in node.inputs:
        if gradient_factors(each) and len(fgraph.clients[each]) == 1:
            return each
    return None


optdb.register('dense_update', DenseUpdateRewriter(), REWRITES, position=50.4)
