"""Find convolution, bias, rectifier and pooling in a plain graph, and join.

A rewrite of the finished graph, not of the layers: the network's definition
stays the paper's, any linker without such a kernel (JAX, NumPy) sees the
plain graph, and ``THEANO_FLAGS=optimizer_excluding=conv_pool`` turns it off.
It runs before every other rewrite, while the gradient still has the shape in
which it was derived::

    Pool(f(Conv2d(x, w) + b))                      -> ConvPool(x, w, b)
    Conv2dGradWeights(x, w, h(MaxPoolGrad(...)))   -> ConvPoolGrad, filters
    Conv2dGradInputs(x, w, h(MaxPoolGrad(...)))    -> ConvPoolGrad, images
    Sum over images and places of h(...)           -> ConvPoolGrad, bias

Which elementwise Ops are a rectifier f and its derivative h, `piecewise`
finds out from what they compute.

Left alone, and computed by the plain Ops: other windows, strides, paddings
and dtypes, maps whose gradient is used for anything else, and gradients of
filters whose size is not known when the graph is made.
"""

import pytensor.scalar as ps
from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Sum

from juntingnet_theano.engine.ops import REWRITES
from juntingnet_theano.engine.ops.conv_pool import VALID, ConvPool, ConvPoolGrad
from juntingnet_theano.engine.ops.convolution import Conv2d, Conv2dGradInputs, Conv2dGradWeights
from juntingnet_theano.engine.ops.piecewise import is_rectifier, slope_at_zero
from juntingnet_theano.engine.ops.pooling import MaxPoolGrad, Pool


class _Match:
    """A pooling node that can be joined with what lies below it.

    Attributes
    ----------
    pool, conv : Apply
    maps : Variable
        The maps with their bias, before the rectifier.
    bias : Variable
        A vector.
    """

    def __init__(self, pool, maps, conv, bias):
        self.pool, self.maps = pool, maps
        self.conv, self.bias = conv, bias


def _is_plain_pool(node):
    op = node.op
    return (
        isinstance(op, Pool)
        and op.mode == 'max'
        and op.ignore_border
        and op.ws == op.stride == (2, 2)
        and op.pad == (0, 0)
        and node.inputs[0].type.ndim == 4
    )


def _maps_below(variable, depth=0):
    """Sums of a convolution and a bias from which `variable` is made by
    elementwise Ops, nearest first, each with its `_bias_and_conv`."""
    node = variable.owner
    if node is None or not isinstance(node.op, Elemwise) or depth > 6:
        return
    found = _bias_and_conv(node) if isinstance(node.op.scalar_op, ps.Add) else None
    if found is not None:
        yield variable, found
    for each in node.inputs:
        yield from _maps_below(each, depth + 1)


def _bias_and_conv(node):
    """(bias vector, convolution node) that an addition adds, or None."""
    if len(node.inputs) != 2:
        return None
    for conv, bias in (node.inputs, node.inputs[::-1]):
        conv, bias = conv.owner, bias.owner
        if (
            conv is not None
            and isinstance(conv.op, Conv2d)
            and conv.op.geometry == VALID
            and bias is not None
            and isinstance(bias.op, DimShuffle)
            and tuple(bias.op.new_order) == ('x', 0, 'x', 'x')
            and bias.inputs[0].type.shape != (1,)
        ):  # one for all
            return bias.inputs[0], conv
    return None


def _match(pool):
    if not _is_plain_pool(pool):
        return None
    for maps, (bias, conv) in _maps_below(pool.inputs[0]):
        given = conv.inputs + [bias, pool.outputs[0]]
        if is_rectifier(pool.inputs[0], maps) and all(
            each.type.dtype == 'float32' for each in given
        ):
            return _Match(pool, maps, conv, bias)
    return None


def _clients(fgraph, variable):
    """Nodes that use a variable; None for an output of the graph."""
    return [getattr(client, 'op', None) and client for client, _ in fgraph.clients[variable]]


def _gradients_of(fgraph, pool):
    """The `MaxPoolGrad` nodes of a pooling."""
    return [
        client
        for client in _clients(fgraph, pool.outputs[0])
        if client is not None
        and isinstance(client.op, MaxPoolGrad)
        and client.inputs[:2] == [pool.inputs[0], pool.outputs[0]]
    ]


class _Gradient:
    """What is derived from one `MaxPoolGrad` of a match.

    Attributes
    ----------
    pooled_gradient : Variable
    at_zero : float
    weights, images, bias : list of Variable
        Gradients that are to be replaced.
    """

    def __init__(self, pooled_gradient, at_zero):
        self.pooled_gradient, self.at_zero = pooled_gradient, at_zero
        self.weights, self.images, self.bias = [], [], []

    def take(self, node, conv):
        """Note what `node` computes of the gradient of the maps; False for
        something that `ConvPoolGrad` does not give."""
        op = node.op
        if (
            isinstance(op, (Conv2dGradWeights, Conv2dGradInputs))
            and op._props() == conv.op._props()
            and list(node.inputs[:2]) == list(conv.inputs)
        ):
            (self.weights if isinstance(op, Conv2dGradWeights) else self.images).append(
                node.outputs[0]
            )
            return True
        if isinstance(op, Sum) and tuple(op.axis or ()) == (0, 2, 3):
            self.bias.append(node.outputs[0])
            return True
        return False


def _gradient(fgraph, match, node):
    """The `_Gradient` of a `MaxPoolGrad` node, None if it is used for more
    than that."""
    for variable in _elementwise_above(fgraph, node.outputs[0]):
        at_zero = slope_at_zero(variable, match.maps, node.outputs[0])
        if at_zero is None:
            continue
        found = _Gradient(node.inputs[2], at_zero)
        if all(
            client is not None and found.take(client, match.conv)
            for client in _clients(fgraph, variable)
        ):
            return found
    return None


def _elementwise_above(fgraph, variable):
    """Results of elementwise Ops on a variable, on those, and so on."""
    waiting, seen = [variable], set()
    while waiting:
        each = waiting.pop(0)
        if each in seen:
            continue
        seen.add(each)
        yield each
        for client in _clients(fgraph, each):
            if client is not None and isinstance(client.op, Elemwise):
                waiting.extend(client.outputs)


class ConvPoolRewriter(GraphRewriter):
    """Puts `ConvPool` and `ConvPoolGrad` in the place of the plain Ops."""

    def add_requirements(self, fgraph: FunctionGraph) -> None:
        """Nothing is needed of the graph."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Rewrite every pooling of `fgraph` that can be."""
        for node in fgraph.toposort():
            match = _match(node)
            if match is not None:
                self._join(fgraph, match)

    @staticmethod
    def _join(fgraph, match):
        pooled, flip = match.pool.outputs[0], match.conv.op.filter_flip
        gradients = [_gradient(fgraph, match, node) for node in _gradients_of(fgraph, match.pool)]
        wanted = [each for each in gradients if each is not None]
        if len(wanted) < len(gradients) or wanted and None in match.conv.inputs[1].type.shape[1:]:
            return
        joined = ConvPool(flip, bool(gradients))(*match.conv.inputs, match.bias, return_list=True)
        images, filters = match.conv.inputs
        pairs = []
        for gradient in wanted:
            new = ConvPoolGrad(flip, gradient.at_zero, bool(gradient.images))(
                images, filters, joined[1], gradient.pooled_gradient
            )
            for olds, replacement in zip((gradient.images, gradient.weights, gradient.bias), new):
                pairs += [(old, replacement) for old in olds]
        fgraph.replace_all(pairs, reason='conv_pool')
        new = pooled.type.filter_variable(joined[0], allow_convert=True)
        left = _gradients_of(fgraph, match.pool)
        for client, number in list(fgraph.clients[pooled]):
            # A gradient that is also used for itself compares the maps with
            # their maximum: both must be summed up in the same order.
            if client not in left:
                fgraph.change_node_input(client, number, new, reason='conv_pool')


optdb.register('conv_pool', ConvPoolRewriter(), REWRITES, position=0.5)
