"""Find a minibatch that is made of rows of bytes in a graph, and join it.

Networks train on images that lie in memory as bytes. What takes a minibatch
from them, as plain Theano writes it, makes up to five copies of it::

    x = cast(data[rows], 'float32') * constant         rows may be missing
    switch(flip.dimshuffle(0, 'x', 'x', 'x'), x[:, :, :, ::-1], x)

Each of the two, for images of four axes or maps of three, becomes one
`ByteImages`. It runs before every other rewrite, which would spread the
pieces. ``THEANO_FLAGS=optimizer_excluding=byte_images`` turns it off.
"""

from typing import Any

import numpy as np
import pytensor.scalar as ps
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.subtensor import Subtensor, indices_from_subtensor

from juntingnet_theano.engine.ops import REWRITES
from juntingnet_theano.engine.ops.byte_images import ByteImages

GATHERS = 'AdvancedSubtensor', 'AdvancedSubtensor1'
"""PyTensor 3.0 has an Op of its own for vectors of rows, 3.3 has not."""


def _elementwise(variable, scalar_op):
    """Inputs of the elementwise Op of that kind that made a variable, else
    nothing."""
    node = variable.owner
    if (
        node is not None
        and isinstance(node.op, Elemwise)
        and isinstance(node.op.scalar_op, scalar_op)
    ):
        return node.inputs
    return []


def _is_vector_of_integers(variable):
    return variable.type.ndim == 1 and variable.type.dtype.startswith(('int', 'uint'))


def _constant(variable):
    """The one float32 number of a constant, or None."""
    while variable.owner is not None and isinstance(variable.owner.op, DimShuffle):
        variable = variable.owner.inputs[0]
    if (
        isinstance(variable, Constant)
        and variable.type.dtype == 'float32'
        and np.size(variable.data) == 1
    ):
        return float(np.ravel(variable.data)[0])
    return None


def _gathered(variable):
    """[data, rows] where a variable is rows of another, else [variable]."""
    node = variable.owner
    if (
        node is not None
        and type(node.op).__name__ in GATHERS
        and len(node.inputs) == 2
        and tuple(getattr(node.op, 'idx_list', (0,))) == (0,)
        and _is_vector_of_integers(node.inputs[1])
    ):
        return list(node.inputs)
    return [variable]


def _scaled(variable):
    """(scale, [data] or [data, rows]) of scaled bytes, or None."""
    if variable.type.ndim not in (3, 4) or variable.type.dtype != 'float32':
        return None
    factors = _elementwise(variable, ps.Mul)
    for one, other in (factors, factors[::-1]) if len(factors) == 2 else ():
        scale, images = _constant(other), _elementwise(one, ps.Cast)
        if scale is not None and images and images[0].type.dtype == 'uint8':
            return scale, _gathered(images[0])
    return None


def _is_mirror(variable, original):
    """Whether a variable is another, its last axis reversed."""
    node = variable.owner
    if node is None or not isinstance(node.op, Subtensor) or node.inputs[0] is not original:
        return False
    indices = indices_from_subtensor(node.inputs[1:], node.op.idx_list)
    steps = [
        each.step
        for each in indices
        if isinstance(each, slice) and each.start is None and each.stop is None
    ]
    return (
        len(steps) == len(indices) == original.type.ndim
        and all(each is None for each in steps[:-1])
        and isinstance(steps[-1], Constant)
        and steps[-1].data == -1
    )


def _marks(variable, images):
    """The vector behind a switch's condition, one entry per image, or None."""
    node = variable.owner
    if (
        node is None
        or not isinstance(node.op, DimShuffle)
        or tuple(node.op.new_order) != (0,) + ('x',) * (images.type.ndim - 1)
    ):
        return None
    marks = node.inputs[0]
    one_for_all = marks.type.broadcastable != images.type.broadcastable[:1]
    known = marks.type.dtype == 'bool' or _is_vector_of_integers(marks)
    return marks if known and not one_for_all else None


def joined(variable: Variable) -> Any:
    """`ByteImages` that compute a variable, None for what they cannot."""
    scaled, marks = _scaled(variable), []
    parts = _elementwise(variable, ps.Switch)
    if parts and _is_mirror(*parts[1:]):
        scaled, marks = _scaled(parts[2]), [_marks(parts[0], parts[2])]
    if scaled is None or None in marks:
        return None
    scale, inputs = scaled
    return ByteImages(scale, len(inputs) == 2, bool(marks))(*inputs, *marks)


class ByteImagesRewriter(GraphRewriter):
    """Puts `ByteImages` in the place of the plain Ops."""

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Nothing is needed of the graph."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Rewrite every minibatch of `fgraph`, a mirrored one before what it
        mirrors."""
        for node in reversed(fgraph.toposort()):
            if node in fgraph.apply_nodes and isinstance(node.op, Elemwise):
                old = node.outputs[0]
                new = joined(old)
                if new is not None:
                    fgraph.replace(
                        old, old.type.filter_variable(new, allow_convert=True), reason='byte_images'
                    )


optdb.register('byte_images', ByteImagesRewriter(), REWRITES, position=0.4)
