"""The Op that draws from MRG streams, with `mrg31k3p` as the generator.

>>> MrgUniform('float32')(np.zeros((1, 6), 'int32'), 3)[1].type.shape
(3,)
"""

from typing import Any, List, Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, grad_undefined
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op

from juntingnet_theano.engine.ops import mrg31k3p

INTEGERS = (int, np.integer)


class MrgUniform(Op):
    """(states, size...) -> (new states, numbers in (0, 1)).

    The sizes are scalars of their own, not one vector, because XLA must know
    each while it compiles.
    """

    __props__ = ('dtype',)

    def __init__(self, dtype: str) -> None:
        if dtype not in ('float32', 'float64'):
            raise TypeError(f'MRG streams draw float32 and float64, not {dtype}')
        self.dtype = dtype

    def make_node(self, states: Any, *size: Any) -> Apply:
        states = pt.as_tensor_variable(states)
        sizes = [
            pt.constant(each, dtype='int64', ndim=0)
            if isinstance(each, INTEGERS)
            else pt.cast(pt.as_tensor_variable(each), 'int64')
            for each in size
        ]
        shape = [int(each.data) if isinstance(each, Constant) else None for each in sizes]
        return Apply(
            self, [states] + sizes, [states.type(), pt.tensor(dtype=self.dtype, shape=shape)]
        )

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        node, shapes = arguments[-2:]
        return [shapes[0], tuple(node.inputs[1:])]

    def connection_pattern(self, node: Apply) -> List[List[bool]]:
        return [[True, True]] + [[False, False]] * (len(node.inputs) - 1)

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        size = [int(each) for each in inputs[1:]]
        outputs[0][0], numbers = mrg31k3p.uniform(inputs[0], int(np.prod(size)), self.dtype)
        outputs[1][0] = numbers.reshape(size)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        return [grad_undefined(self, 0, inputs[0], 'random numbers')] + [
            DisconnectedType()() for _ in inputs[1:]
        ]

    L_op = pullback  # the name that PyTensor 3.0 calls
