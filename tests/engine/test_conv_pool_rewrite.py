"""Joining convolution and pooling: found where it is right, else left alone.

The graphs run on the Ops' NumPy references, which need no compilation; the
last tests compare whole networks on numba.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_true
from pytensor.compile.mode import Mode
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.db import RewriteDatabaseQuery

from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import (
    Conv2d,
    Conv2dGradInputs,
    Conv2dGradWeights,
    conv2d,
)
from juntingnet_theano.engine.names.tensor.nnet.nnet import relu
from juntingnet_theano.engine.names.tensor.signal.pool import MaxPoolGrad, Pool, pool_2d
from juntingnet_theano.engine.ops.conv_pool import ConvPool, ConvPoolGrad
from juntingnet_theano.engine.ops.conv_pool_rewrite import ConvPoolRewriter
from juntingnet_theano.engine.ops.dense_update import DenseUpdate
from juntingnet_theano.network.layers import HEADS, build_juntingnet
from tests.helpers.engines import REFERENCE, compiled, normal
from tests.helpers.quick_weights import quick_weights

import lasagne
import theano
from lasagne.nonlinearities import LeakyRectify, rectify

JOINED = Mode('py', RewriteDatabaseQuery(include=['conv_pool']))
PLAIN_OPS = Conv2d, Conv2dGradInputs, Conv2dGradWeights, Pool, MaxPoolGrad
RECTIFIERS = {
    'half of x + |x|': lambda x: 0.5 * (x + abs(x)),
    'half of |x| + x': lambda x: (abs(x) + x) * 0.5,
    'x + |x|, halved': lambda x: (x + abs(x)) / 2,
    'T.nnet.relu': relu,
    'maximum(x, 0)': lambda x: pt.maximum(x, 0),
    'maximum(0, x)': lambda x: pt.maximum(0, x),
    'x (x > 0)': lambda x: x * (x > 0),
    'x (x >= 0)': lambda x: x * (x >= 0),
    'switch': lambda x: pt.switch(x > 0, x, 0),
    'switch reversed': lambda x: pt.switch(x < 0, 0, x),
    '-minimum(-x, 0)': lambda x: -pt.minimum(-x, 0),
    'twice': lambda x: pt.maximum(pt.maximum(x, 0), 0),
}
SLOPES = {
    'maximum(x, 0)': 1.0,
    'x (x > 0)': 0.0,
    'x (x >= 0)': 1.0,
    'switch': 0.0,
    'switch reversed': 1.0,
}
"""Of the rectifier at 0; half in the other spellings that are tested."""
OTHERS = {
    'leaky': lambda x: relu(x, 0.1),
    'very leaky': lambda x: pt.maximum(x, 0.999 * x),
    'shifted': lambda x: pt.maximum(x, 0.1),
    'clipped': lambda x: pt.clip(x, 0, 6),
    'clipped far away': lambda x: pt.minimum(pt.maximum(x, 0), 1e5),
    'with a threshold': lambda x: x * (x > 0.1),
    'with a threshold at 1': lambda x: pt.switch(x >= 1, x, 0),
    'with a gap': lambda x: relu(x) * pt.neq(x, 2),
    'doubled': lambda x: x + abs(x),
    'negative': lambda x: pt.minimum(x, 0),
    'linear': lambda x: x + 0 * x,
    'absolute': abs,
    'square root of square': lambda x: 0.5 * (x + pt.sqrt(x * x)),
    'rounded': lambda x: pt.cast(pt.cast(relu(x), 'int32'), 'float32'),
    'softplus': pt.softplus,
}


def variables(dtype='float32'):
    return (
        pt.tensor4('x', dtype=dtype),
        pt.tensor4('w', dtype=dtype, shape=(None, 2, 3, 2)),
        pt.vector('b', dtype=dtype),
    )


def maps_of(x, w, b, **geometry):
    return conv2d(x, w, **geometry) + b.dimshuffle('x', 0, 'x', 'x')


def pooled(x, w, b, rectifier=relu):
    return pool_2d(rectifier(maps_of(x, w, b)), (2, 2), ignore_border=True)


def values(seed=0, dtype='float32'):
    x, w, b = normal(seed, (2, 2, 9, 8), (3, 2, 3, 2), (3,))
    b[1] = -30  # a map that is 0 everywhere
    return [each.astype(dtype) for each in (x, w, b)]


def count(variables, kinds):
    """How many Ops of these kinds the joined graph of outputs has."""
    graph = FunctionGraph(outputs=variables, clone=True)
    ConvPoolRewriter().rewrite(graph)
    return sum(isinstance(node.op, kinds) for node in graph.apply_nodes)


def check_same(inputs, outputs, given, message=''):
    for joined, plain in zip(
        compiled(inputs, outputs, JOINED)(*given), compiled(inputs, outputs, REFERENCE)(*given)
    ):
        # Sums of terms as large as the largest entry keep its rounding.
        atol = max(1e-5, 1e-6 * np.abs(plain).max(initial=0))
        np.testing.assert_allclose(joined, plain, rtol=1e-5, atol=atol, err_msg=message)


def gradients(output, wanted, seed=9):
    """Gradients of a sum whose terms count differently."""
    (weights,) = normal(seed, (3, 3))
    cost = (output.sum(axis=(0, 1)) * weights).sum()
    return pytensor.grad(cost, wanted)


def test_each_spelling_of_the_rectifier_is_found_with_its_gradient():
    for name, rectifier in RECTIFIERS.items():
        inputs = variables()
        output = pooled(*inputs, rectifier=rectifier)
        graph = [output] + gradients(output, list(inputs))
        assert_equal(count([output], PLAIN_OPS), 0, name)
        assert_equal(
            [count(graph, kind) for kind in (ConvPool, ConvPoolGrad, PLAIN_OPS)], [1, 1, 0], name
        )
        check_same(inputs, graph, values(), name)


def test_slope_at_zero_is_that_of_the_spelling():
    x, w, b = values()
    w[:], b[:] = 0, 0
    for name, rectifier in RECTIFIERS.items():
        inputs = variables()
        graph = gradients(pooled(*inputs, rectifier=rectifier), [inputs[2]])
        (joined,) = compiled(inputs, graph, JOINED)(x, w, b)
        (plain,) = compiled(inputs, graph, REFERENCE)(x, w, b)
        np.testing.assert_allclose(joined, plain, rtol=1e-5, err_msg=name)
        if name in SLOPES:
            # 2 images, each window gives its gradient to all four cells
            whole = 4 * 2 * normal(9, (3, 3))[0].sum()
            np.testing.assert_allclose(
                joined, np.full(3, SLOPES[name] * whole), rtol=1e-4, atol=1e-5, err_msg=name
            )


def test_other_functions_of_the_maps_are_left_alone():
    for name, function in OTHERS.items():
        inputs = variables()
        output = pooled(*inputs, rectifier=function)
        assert_equal(count([output], ConvPool), 0, name)
        check_same(inputs, [output] + gradients(output, list(inputs)), values(), name)


def test_what_has_no_kernel_is_left_alone():
    x, w, b = variables()
    kept = dict(ws=(2, 2), ignore_border=True)
    one = pt.tensor(dtype='float32', shape=(1,))
    cases = [
        pool_2d(relu(maps_of(x, w, b, **geometry)), **kept)
        for geometry in (
            dict(subsample=(2, 1)),
            dict(border_mode=1),
            dict(border_mode='half'),
            dict(filter_dilation=(2, 1)),
        )
    ]
    cases += [
        pool_2d(relu(maps_of(x, w, b)), **windows)
        for windows in (
            dict(kept, ws=(3, 3)),
            dict(kept, ws=(2, 3)),
            dict(kept, pad=(1, 1)),
            dict(kept, stride=(1, 1)),
            dict(kept, ignore_border=False),
            dict(kept, mode='sum'),
            dict(kept, mode='average_exc_pad'),
        )
    ]
    cases += [
        pool_2d(relu(conv2d(x, w)), **kept),  # no bias
        pool_2d(relu(conv2d(x, w) + b[0]), **kept),
        pool_2d(relu(conv2d(x, w) + x[0, 0, 0, 0]), **kept),
        pool_2d(relu(conv2d(x, w) + b.dimshuffle('x', 'x', 0, 'x')), **kept),
        pooled(x, w, one),  # one bias for all the maps
        pool_2d(relu(maps_of(x, w, b)[:, 1:]), **kept),
        pooled(*variables('float64')),
        pool_2d(pt.cast(relu(maps_of(*variables('float64'))), 'float32'), **kept),
    ]
    for number, case in enumerate(cases):
        assert_equal(count([case], ConvPool), 0, f'case {number}')


def test_filters_of_unknown_size_are_joined_only_without_gradient():
    x, b = pt.tensor4(dtype='float32'), pt.vector(dtype='float32')
    w = pt.tensor4(dtype='float32')
    output = pooled(x, w, b)
    assert_equal(count([output], ConvPool), 1)
    graph = [output] + gradients(output, [w])
    assert_equal(count(graph, (ConvPool, ConvPoolGrad)), 0)
    check_same([x, w, b], graph, values())


def test_only_gradients_that_are_asked_for_are_computed():
    inputs = variables()
    output = pooled(*inputs)
    for wanted, needed in (
        ([0], True),
        ([1], False),
        ([2], False),
        ([1, 2], False),
        ([0, 2], True),
    ):
        graph = gradients(output, [inputs[i] for i in wanted])
        fgraph = FunctionGraph(outputs=graph, clone=True)
        ConvPoolRewriter().rewrite(fgraph)
        ops = [node.op for node in fgraph.apply_nodes if isinstance(node.op, ConvPoolGrad)]
        assert_equal([op.need_images for op in ops], [needed])
        check_same(inputs, graph, values())


def test_maps_that_are_also_used_for_something_else_stay_right():
    x, w, b = variables()
    convolved = conv2d(x, w)
    maps = convolved + b.dimshuffle('x', 0, 'x', 'x')
    rectified = relu(maps)
    output = pool_2d(rectified, (2, 2), ignore_border=True)
    cost = (output**2).sum()
    for others in (
        [maps],
        [rectified],
        [convolved],
        [output + 1, output],
        [rectified.sum()],
        [maps.shape],
        [pytensor.grad(cost, maps)],
        [pytensor.grad(cost, rectified)],
        [pytensor.grad(cost, rectified).sum()],
        [pytensor.grad(cost, convolved), convolved],
    ):
        check_same(
            [x, w, b], [output] + others + pytensor.grad(cost, [x, w, b]), values(), str(others)
        )
    for cost in (
        (output**2).sum() + (rectified**2).sum(),
        (output**2).sum() + maps.sum(),
        output.sum() * convolved.sum(),
    ):
        check_same([x, w, b], [output] + pytensor.grad(cost, [x, w, b]), values())


def test_two_costs_of_the_same_maps_each_have_their_gradient():
    inputs = variables()
    output = pooled(*inputs)
    graph = (
        [output]
        + pytensor.grad((output**2).sum(), list(inputs))
        + (gradients(output, list(inputs)))
    )
    assert_equal([count(graph, kind) for kind in (ConvPool, ConvPoolGrad, PLAIN_OPS)], [1, 2, 0])
    check_same(inputs, graph, values())


def test_one_convolution_below_two_poolings_stays_right():
    x, w, b = variables()
    maps = relu(maps_of(x, w, b))
    small = pool_2d(maps, (2, 2), ignore_border=True)
    large = pool_2d(maps, (3, 3), ignore_border=True)
    cost = (small**2).sum() + (large**2).sum()
    check_same([x, w, b], [small, large] + pytensor.grad(cost, [x, w, b]), values())


def test_shapes_known_only_from_the_bias_survive():
    x, w, _ = variables()
    b = pt.tensor('b', dtype='float32', shape=(3,))
    check_same([x, w, b], [pooled(x, w, b)], values())


def small_network(rectifier=rectify):
    """Two convolutions and a dense layer; its input."""
    lasagne.random.set_rng(np.random.RandomState(3))
    x = theano.tensor.tensor4('x')
    layer = lasagne.layers.InputLayer((None, 3, 16, 15), x)
    for filters, size in ((5, 3), (4, 2)):
        layer = lasagne.layers.Conv2DLayer(
            layer, filters, size, nonlinearity=rectifier, b=lasagne.init.Normal(0.1)
        )
        layer = lasagne.layers.MaxPool2DLayer(layer, 2)
    return x, lasagne.layers.DenseLayer(layer, 6, nonlinearity=None)


def loss_and_gradients(layer):
    loss = (lasagne.layers.get_output(layer) ** 2).mean()
    return [loss] + theano.grad(loss, lasagne.layers.get_all_params(layer, trainable=True))


def kinds_in(function):
    return [type(node.op) for node in function.maker.fgraph.apply_nodes]


def test_lasagnes_layers_are_joined_in_training_and_prediction():
    for rectifier, joined in ((rectify, 2), (LeakyRectify(0.1), 0)):
        _, layer = small_network(rectifier)
        prediction = lasagne.layers.get_output(layer, deterministic=True)
        assert_equal(count([prediction], ConvPool), joined)
        graph = loss_and_gradients(layer)
        assert_equal([count(graph, kind) for kind in (ConvPool, ConvPoolGrad)], [joined, joined])
        assert_equal(count(graph, PLAIN_OPS) == 0, bool(joined))


def test_flag_leaves_both_rewrites_out_and_changes_no_number():
    x, layer = small_network()
    outputs = loss_and_gradients(layer)
    weights = layer.W
    updates = {weights: weights - np.float32(0.1) * outputs[-2]}
    (batch,) = normal(1, (7, 3, 16, 15))
    before = weights.get_value()
    found = []
    for excluded in ('', 'conv_pool:dense_update'):
        with theano.config.change_flags(optimizer_excluding=excluded):
            step = theano.function([x], outputs[:-2], updates=updates)
        kinds = kinds_in(step)
        for kind in (ConvPool, ConvPoolGrad, DenseUpdate):
            assert_equal(kind in kinds, not excluded)
        weights.set_value(before)
        found.append([np.asarray(each) for each in step(batch)] + [weights.get_value()])
    assert_true(abs(found[0][-1] - before).max() > 1e-4)
    for joined, plain in zip(*found):
        np.testing.assert_allclose(joined, plain, rtol=1e-4, atol=1e-6)


def test_whole_network_gives_the_numbers_of_the_plain_ops():
    batch = np.random.RandomState(2).rand(2, 3, 96, 96).astype('float32')
    for head in HEADS:
        x = theano.tensor.tensor4('x')
        outputs = loss_and_gradients(
            build_juntingnet(x, head=head, initial_weights=quick_weights(4))
        )
        joined = theano.function([x], outputs)
        kinds = kinds_in(joined)
        assert_equal([kinds.count(kind) for kind in (ConvPool, ConvPoolGrad)], [3, 3])
        for found, plain in zip(joined(batch), compiled([x], outputs, REFERENCE)(batch)):
            np.testing.assert_allclose(
                found, plain, rtol=1e-3, atol=1e-5 * max(1e-9, abs(plain).max()), err_msg=head
            )
