"""Let convolutions be summed in any order if no gradient depends on their maxima.

In training, which of two nearly equal cells is the maximum of a window depends
on the last bit, and the original Theano's order of summation is kept. In a
function that only predicts, or only measures a loss, nothing depends on it:
`ConvPool` may then use an algorithm with fewer multiplications, whose results
are as near to the true ones but not the same bits. The linker knows which.

Such a convolution also takes bytes as they are, if nobody turns or chooses them:
their floats are never written.

A function with any gradient of a convolution or a pooling in it is left
alone, since a layer without a gradient passes its rounding on to one that has
it.

``THEANO_FLAGS=optimizer_excluding=prediction`` turns it off.

>>> import pytensor.tensor as pt
>>> from pytensor.graph.fg import FunctionGraph
>>> x, w, b = pt.ftensor4(), pt.ftensor4(), pt.fvector()
>>> graph = FunctionGraph([x, w, b], [ConvPool()(x, w, b)], clone=False)
>>> PredictionRewriter().rewrite(graph)
>>> graph.outputs[0].owner.op.any_order
True
"""

from typing import Any, Optional, Tuple

from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.tensor.shape import SpecifyShape, specify_shape

from juntingnet_theano.engine.ops import REWRITES
from juntingnet_theano.engine.ops.byte_images import ByteImages
from juntingnet_theano.engine.ops.conv_pool import ConvPool, ConvPoolGrad
from juntingnet_theano.engine.ops.convolution import Conv2dGradInputs, Conv2dGradWeights
from juntingnet_theano.engine.ops.pooling import AveragePoolGrad, MaxPoolGrad

GRADIENTS = (ConvPoolGrad, Conv2dGradInputs, Conv2dGradWeights, MaxPoolGrad, AveragePoolGrad)


def scaled_bytes(images: Any) -> Tuple[Any, Optional[float]]:
    """(bytes, scale) that images are made of, or (images, None)."""
    node = images.owner
    if node is not None and isinstance(node.op, SpecifyShape):
        node = node.inputs[0].owner
    if node is None or not isinstance(node.op, ByteImages) or len(node.inputs) > 1:
        return images, None
    return specify_shape(node.inputs[0], images.type.shape), node.op.scale


class PredictionRewriter(GraphRewriter):
    """Sets `any_order` of every `ConvPool`, where there is no gradient."""

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Nothing is needed of the graph."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Rewrite every `ConvPool` of `fgraph`, or none."""
        nodes = fgraph.toposort()
        if any(isinstance(node.op, GRADIENTS) for node in nodes):
            return
        for node in nodes:
            op = node.op
            if isinstance(op, ConvPool) and not (op.with_codes or op.any_order):
                images, scale = scaled_bytes(node.inputs[0])
                free = ConvPool(op.filter_flip, any_order=True, scale=scale)
                fgraph.replace_all(
                    [(node.outputs[0], free(images, *node.inputs[1:]))], reason='prediction'
                )


optdb.register('prediction', PredictionRewriter(), REWRITES, position=0.6)
