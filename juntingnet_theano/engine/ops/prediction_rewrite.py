"""Let convolutions be summed in any order if no gradient depends on their maxima.

In training, which of two nearly equal cells is the maximum of a window depends
on the last bit, and the original Theano's order of summation is kept. In a
function that only predicts, or only measures a loss, nothing depends on it:
`ConvPool` may then use an algorithm with fewer multiplications, whose results
are as near to the true ones but not the same bits. The linker knows which.

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

from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter

from juntingnet_theano.engine.ops import REWRITES
from juntingnet_theano.engine.ops.conv_pool import ConvPool, ConvPoolGrad
from juntingnet_theano.engine.ops.convolution import Conv2dGradInputs, Conv2dGradWeights
from juntingnet_theano.engine.ops.pooling import AveragePoolGrad, MaxPoolGrad

GRADIENTS = (ConvPoolGrad, Conv2dGradInputs, Conv2dGradWeights, MaxPoolGrad, AveragePoolGrad)


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
            if isinstance(node.op, ConvPool) and not node.op.with_codes:
                free = ConvPool(node.op.filter_flip, any_order=True)
                fgraph.replace_all([(node.outputs[0], free(*node.inputs))], reason='prediction')


optdb.register('prediction', PredictionRewriter(), REWRITES, position=0.6)
