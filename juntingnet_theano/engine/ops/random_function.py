"""The Op that draws from a stream of NumPy's, by `random_state`.

>>> state = pt.vector(dtype='uint32')
>>> RandomFunction('uniform', 'float64', 1)(state, 3, 0.0, 1.0)[1].type.shape
(3,)
"""

from typing import Any, List, Tuple

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, grad_undefined
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.exceptions import ShapeError

from juntingnet_theano.engine.ops import random_state

ROWS = ('multinomial', 'permutation')
"""Methods whose result has one axis more than `size`."""


class RandomFunction(Op):
    """(state, sizes, parameters) -> (new state, numbers).

    Parameters
    ----------
    method : str
        One of `random_state.DRAWS`.
    dtype : str
    ndim : int
        How many inputs are sizes, scalars of their own.
    """

    __props__ = ('method', 'dtype', 'ndim')

    def __init__(self, method: Any, dtype: Any, ndim: Any) -> None:
        self.method, self.dtype, self.ndim = method, dtype, ndim

    def make_node(self, state: Any, *inputs: Any) -> Apply:
        given = [pt.as_tensor_variable(each) for each in inputs]
        sizes, parameters = given[: self.ndim], given[self.ndim :]
        shape = [int(each.data) if hasattr(each, 'data') else None for each in sizes]
        if self.method in ROWS:
            shape.append(parameters[-1].type.shape[-1] if self.method == ROWS[0] else None)
        return Apply(
            self, [state, *given], [state.type(), pt.tensor(dtype=self.dtype, shape=shape)]
        )

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        node, shapes = arguments[-2:]
        if self.method == ROWS[1]:
            raise ShapeError('n may be a tensor of any shape')
        rows = [shapes[-1][-1]] if self.method in ROWS else []
        return [shapes[0], [*node.inputs[1 : 1 + self.ndim], *rows]]

    def connection_pattern(self, node: Any) -> List[List[bool]]:
        parameters = len(node.inputs) - 1 - self.ndim
        return [[True, True]] + [[False, False]] * self.ndim + [[True, True]] * parameters

    def perform(self, node: Any, inputs: Any, outputs: Any) -> None:
        outputs[0][0], outputs[1][0] = self.draw(*inputs)

    def draw(self, state: np.ndarray, *inputs: Any) -> Tuple[np.ndarray, np.ndarray]:
        """New state and numbers, both arrays."""
        return random_state.draw(
            self.method, state, inputs[: self.ndim], self.dtype, *inputs[self.ndim :]
        )

    def pullback(self, inputs: Any, outputs: Any, gradients: Any) -> List[Any]:
        return [
            DisconnectedType()()
            if 0 < place <= self.ndim
            else grad_undefined(self, place, given, 'random numbers')
            for place, given in enumerate(inputs)
        ]

    L_op = pullback  # the name that PyTensor 3.0 calls
