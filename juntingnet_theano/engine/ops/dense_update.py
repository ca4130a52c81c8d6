"""A dense layer's new weights straight from the gradient's factors.

Nobody writes this Op in a graph: `dense_update_rewrite` puts it in the place
of a matrix product and the elementwise arithmetic of an optimiser, where the
linker has a kernel for both at once.
"""

from typing import Any, List, Sequence, Tuple

import numpy as np
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.tensor.type import TensorType

PRODUCT, MATRIX, SCALAR = 'product', 'matrix', 'scalar'


class DenseUpdate(Op):
    """(x, g, others ...) -> results of an optimiser's arithmetic.

    With c = dot(x.T, g), the gradient of a dense layer's weights from its
    inputs x and the gradient g of its outputs, each result is a scalar
    function of c and of the entries of the others at the same place: the
    weights and velocities before the step, the rate.

    Parameters
    ----------
    scalar_op : pytensor.scalar.ScalarOp
        Inputs float32; one output a result.
    kinds : tuple of str
        What each input of `scalar_op` is: the `PRODUCT` c, the entry of a
        `MATRIX`, or a `SCALAR` given as a 1 x 1 matrix. The others are given
        in that order.
    sums : tuple of bool
        For each result whether its sum over rows (a vector) is returned in
        its place.
    scale : (int, int, pytensor.scalar.ScalarOp), optional
        Multiply each column of one result by a function of that column's sum
        of another.
    inplace : tuple of (int, int)
        Output -> which of the node's inputs it is written over.
    """

    __props__ = ('scalar_op', 'kinds', 'sums', 'scale', 'inplace')

    def __init__(
        self,
        scalar_op: Any,
        kinds: Sequence[Any],
        sums: Sequence[bool],
        scale: Any = None,
        inplace: Sequence[Tuple[int, int]] = (),
    ) -> None:
        self.scalar_op = scalar_op
        self.kinds, self.sums = tuple(kinds), tuple(sums)
        self.scale, self.inplace = scale, tuple(inplace)
        self.destroy_map = {output: [number] for output, number in inplace}

    def make_node(self, x: Variable, g: Variable, *others: Variable) -> Apply:
        shape = x.type.shape[1], g.type.shape[1]
        return Apply(
            self,
            [x, g] + list(others),
            [TensorType('float32', shape[1:] if summed else shape)() for summed in self.sums],
        )

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        x, g = arguments[-1][:2]
        return [(g[1],) if summed else (x[1], g[1]) for summed in self.sums]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        product = np.dot(inputs[0].T, inputs[1])
        others = iter(inputs[2:])
        values = [product if kind == PRODUCT else next(others) for kind in self.kinds]
        results = np.frompyfunc(self.scalar_op.impl, len(values), len(self.sums))(*values)
        if len(self.sums) == 1:
            results = (results,)
        results = [
            result.astype('float64').sum(axis=0) if summed else result
            for result, summed in zip(results, self.sums)
        ]
        if self.scale:
            scaled, summed, function = self.scale
            factor = np.frompyfunc(function.impl, 1, 1)(results[summed])
            results[scaled] = results[scaled] * factor
        for output, result in zip(outputs, results):
            output[0] = result.astype('float32')
