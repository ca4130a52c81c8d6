"""Arrays of indices that are compared with the axis that they index.

PyTensor's code for numba takes them as they are: it would read and write
memory that belongs to something else. Theano raised IndexError, and so does
``x[CheckedIndex(0)(index, x.shape[0])]``. Nobody writes this Op in a graph:
the rewrite puts it in front of each array that indexes, last of all, for our
linker only.

>>> import pytensor.tensor as pt
>>> CheckedIndex(0)(pt.lvector('rows'), 3).eval({'rows': [0, -3]}, mode='FAST_COMPILE').tolist()
[0, -3]
"""

from typing import Any, List, Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.tensor.basic import Alloc
from pytensor.tensor.shape import Shape_i

from juntingnet_theano.engine.ops import REWRITES

FIRST = {
    'AdvancedSubtensor': 1,
    'AdvancedIncSubtensor': 2,
    'AdvancedSubtensor1': 1,
    'AdvancedIncSubtensor1': 2,
}
"""Ops that index, and where their indices begin. PyTensor 3.0 has those with
a 1 for vectors of rows."""


class CheckedIndex(Op):
    """(index, size) -> index: integers if each is within [-size, size), a
    mask if it has as many elements along each of its axes as `size` says.

    Parameters
    ----------
    axis : int
        The one that is indexed, of a mask the first one, for the error.
    """

    __props__ = ('axis',)
    view_map = {0: [0]}

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def make_node(self, index: Any, size: Any) -> Apply:
        index, size = pt.as_tensor_variable(index), pt.as_tensor_variable(size)
        return Apply(self, [index, size], [index.type()])

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        return [arguments[-1][0]]

    def do_constant_folding(self, fgraph: FunctionGraph, node: Apply) -> bool:
        """Constants that do not fit wait for a call that uses them."""
        return False

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        if not fits(*inputs):
            raise IndexError(refusal(self.axis, inputs[0].dtype))
        outputs[0][0] = inputs[0]


def refusal(axis: int, dtype: Any) -> str:
    """What the error says."""
    if dtype == 'bool':
        return f'a mask from axis {axis} on has another shape than what it masks'
    return f'an index is out of bounds for axis {axis}'


def fits(index: np.ndarray, size: np.ndarray) -> bool:
    """Whether an array may index axes of that size."""
    if index.dtype == 'bool':
        return index.shape == tuple(size)
    return bool(np.all((index >= -int(size)) & (index < size)))


def axis_size(x: Any, axis: int) -> Variable:
    """Length of an axis, without another look at what may be written over.

    Parameters
    ----------
    x : tensor variable
    axis : int

    Returns
    -------
    Variable
        A constant where the graph knows the length.
    """
    if x.type.shape[axis] is not None:
        return pt.constant(x.type.shape[axis], dtype='int64')
    if x.owner is not None and isinstance(x.owner.op, Alloc):
        return x.owner.inputs[1 + axis]
    return Shape_i(axis)(x)


def _checked(x, axis, index):
    """`index` or a check of it."""
    if index.type.dtype == 'bool':
        return CheckedIndex(axis)(index, x.shape[axis : axis + index.type.ndim])
    size = axis_size(x, axis)
    if isinstance(index, Constant) and isinstance(size, Constant) and fits(index.data, size.data):
        return index
    return CheckedIndex(axis)(index, size)


class IndexChecker(GraphRewriter):
    """Puts `CheckedIndex` before each mask or before each array of integers
    that indexes.

    Parameters
    ----------
    masks : bool
    """

    def __init__(self, masks: bool) -> None:
        self._masks = masks

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Nothing is needed of the graph."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Check all indices of `fgraph`."""
        for node in fgraph.toposort():
            if type(node.op).__name__ in FIRST:
                self._check(fgraph, node)

    def _check(self, fgraph, node):
        first, axis = FIRST[type(node.op).__name__], 0
        for place in node.op.idx_list:
            if isinstance(place, slice):
                axis += 1
                continue
            index = node.inputs[first + place]
            is_mask = index.type.dtype == 'bool'
            if is_mask == self._masks:
                checked = _checked(node.inputs[0], axis, index)
                fgraph.change_node_input(node, first + place, checked, reason='checked_index')
            axis += index.type.ndim if is_mask else 1


# Masks before other rewrites make lists of integers of them; integers after
# all rewrites that look at them, and before nodes write over their inputs.
optdb.register('checked_mask', IndexChecker(masks=True), REWRITES, position=0.3)
optdb.register('checked_index', IndexChecker(masks=False), REWRITES, position=49.2)
