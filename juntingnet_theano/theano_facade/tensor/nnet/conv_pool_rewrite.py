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

Lasagne writes the rectifier f as 0.5 (x + |x|), Theano's documentation
max(x, 0), others x (x > 0) or a switch, and PyTensor derives each in its own
way. So f and its derivative h are not recognised by their form but by what
they compute: built only from `PIECEWISE` Ops, they are piecewise linear, and
a few points tell which function they are.

Left alone, and computed by the plain Ops: other windows, strides, paddings
and dtypes, and maps whose gradient is used for anything else.
"""
import pytensor.scalar as ps
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Constant
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Sum

from juntingnet_theano.theano_facade.tensor.nnet.abstract_conv import (
    Conv2d, Conv2dGradInputs, Conv2dGradWeights)
from juntingnet_theano.theano_facade.tensor.nnet.conv_pool import (
    VALID, ConvPool, ConvPoolGrad)
from juntingnet_theano.theano_facade.tensor.signal.pool import (
    MaxPoolGrad, Pool)

PIECEWISE = (ps.Mul, ps.Add, ps.Sub, ps.Neg, ps.Abs, ps.Sign, ps.Second,
             ps.Maximum, ps.Minimum, ps.Switch, ps.Cast, ps.Identity, ps.GT,
             ps.GE, ps.LT, ps.LE, ps.EQ, ps.NEQ)
POINTS = (-1e6, -3., -1., 0., 1., 3., 1e6)


def value_of(variable, known):
    """What an elementwise graph computes for one number.

    Parameters
    ----------
    variable : Variable
    known : dict of Variable to float
        Where to stop, and with which number.

    Returns
    -------
    float or None
        None where the graph holds anything but `PIECEWISE` Ops, `known` and
        single constants.
    """
    if variable in known:
        return known[variable]
    if isinstance(variable, Constant):
        return float(variable.data) if variable.data.size == 1 else None
    node = variable.owner
    if node is None:
        return None
    if isinstance(node.op, DimShuffle):
        return (value_of(node.inputs[0], known)
                if isinstance(node.inputs[0], Constant) else None)
    if not (isinstance(node.op, Elemwise)
            and isinstance(node.op.scalar_op, PIECEWISE)):
        return None
    values = [value_of(each, known) for each in node.inputs]
    if None in values:
        return None
    return float(node.op.scalar_op.impl(*values))


def is_rectifier(variable, maps):
    """Whether `variable` is max(maps, 0)."""
    return all(value_of(variable, {maps: point}) == max(point, 0.)
               for point in POINTS)


def slope_at_zero(variable, maps, gradient):
    """The slope at 0 if `variable` is `gradient` times the rectifier's slope.

    Returns
    -------
    float or None
        None if it is anything else.
    """
    def slope(point, scale):
        value = value_of(variable, {maps: point, gradient: scale})
        return None if value is None else value / scale

    at_zero = slope(0., 1.)
    for point in POINTS:
        wanted = float(point > 0) if point else at_zero
        if not slope(point, 1.) == slope(point, -2.) == wanted:
            return None
    return at_zero if at_zero in (0., .5, 1.) else None


class _Match(object):
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
    return (isinstance(op, Pool) and op.mode == 'max' and op.ignore_border
            and op.ws == op.stride == (2, 2) and op.pad == (0, 0)
            and node.inputs[0].type.ndim == 4
            and node.inputs[0].type.dtype == 'float32')


def _maps_below(variable, depth=0):
    """Sums of a convolution and a bias from which `variable` is made by
    elementwise Ops, nearest first."""
    node = variable.owner
    if node is None or not isinstance(node.op, Elemwise) or depth > 6:
        return
    if isinstance(node.op.scalar_op, ps.Add) and _bias_and_conv(node):
        yield variable
    for each in node.inputs:
        for found in _maps_below(each, depth + 1):
            yield found


def _bias_and_conv(node):
    """(bias vector, convolution node) that an addition adds, or None."""
    if len(node.inputs) != 2:
        return None
    for conv, bias in (node.inputs, node.inputs[::-1]):
        conv, bias = conv.owner, bias.owner
        if (conv is not None and isinstance(conv.op, Conv2d)
                and conv.op.geometry == VALID and bias is not None
                and isinstance(bias.op, DimShuffle)
                and tuple(bias.op.new_order) == ('x', 0, 'x', 'x')):
            return bias.inputs[0], conv
    return None


def _match(pool):
    if not _is_plain_pool(pool):
        return None
    for maps in _maps_below(pool.inputs[0]):
        if is_rectifier(pool.inputs[0], maps):
            bias, conv = _bias_and_conv(maps.owner)
            if bias.type.dtype == 'float32':
                return _Match(pool, maps, conv, bias)
    return None


def _clients(fgraph, variable):
    """Nodes that use a variable; None for an output of the graph."""
    return [getattr(client, 'op', None) and client
            for client, _ in fgraph.clients[variable]]


class _Gradient(object):
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
        if (isinstance(op, (Conv2dGradWeights, Conv2dGradInputs))
                and op._props() == conv.op._props()
                and list(node.inputs[:2]) == list(conv.inputs)):
            (self.weights if isinstance(op, Conv2dGradWeights)
             else self.images).append(node.outputs[0])
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
        if all(client is not None and found.take(client, match.conv)
               for client in _clients(fgraph, variable)):
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

    def add_requirements(self, fgraph):
        """Nothing is needed of the graph."""

    def apply(self, fgraph):
        """Rewrite every pooling of `fgraph` that can be."""
        for node in fgraph.toposort():
            match = _match(node)
            if match is not None:
                self._join(fgraph, match)

    @staticmethod
    def _join(fgraph, match):
        pooled, flip = match.pool.outputs[0], match.conv.op.filter_flip
        nodes = [client for client in _clients(fgraph, pooled)
                 if client is not None and isinstance(client.op, MaxPoolGrad)
                 and client.inputs[1] is pooled]
        gradients = [_gradient(fgraph, match, node) for node in nodes]
        if None in gradients:
            return
        joined = ConvPool(flip, bool(gradients))(
            *match.conv.inputs, match.bias, return_list=True)
        images, filters = match.conv.inputs
        pairs = [(pooled, joined[0])]
        for gradient in gradients:
            new = ConvPoolGrad(flip, gradient.at_zero, bool(gradient.images))(
                images, filters, joined[1], gradient.pooled_gradient)
            for olds, replacement in zip((gradient.images, gradient.weights,
                                          gradient.bias), new):
                pairs += [(old, replacement) for old in olds]
        # Gradients first: they still refer to the plain pooling.
        fgraph.replace_all(pairs[1:] + pairs[:1], reason='conv_pool')


optdb.register('conv_pool', ConvPoolRewriter(), 'numba', position=0.5)
