"""Prediction with fewer products: by loops in float64, by exact fractions,
and where it is allowed."""

import functools
import hashlib
from fractions import Fraction
from unittest import SkipTest

import numpy as np
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_false, assert_in, assert_less, assert_true

from juntingnet_theano.engine.numba.kernels import machine, winograd, winograd_transforms
from juntingnet_theano.engine.ops.byte_images import ByteImages
from juntingnet_theano.engine.ops.conv_pool import ConvPool
from juntingnet_theano.network.functions import Trainer, compile_predict
from juntingnet_theano.network.layers import build_juntingnet
from tests.engine.test_conv_pool import (
    bias,
    drawn,
    filters,
    images,
    layouts,
    loop_maps,
    loop_pooled,
    normals,
)
from tests.helpers.engines import REFERENCE, compiled, fails
from tests.helpers.quick_weights import quick_weights
from tests.helpers.threads import digests

import lasagne
import theano
import theano.tensor as T

LANES = machine.LANES
KINDS = ((1, 5), (3, 5), (LANES, 3), (3 * LANES, 3))
"""Channels and taps that there are kernels for, from 8 lanes on; with 4 all
are summed directly."""
BYTE = np.float32(1 / 255)


def made(channels, taps, flip=True, any_order=True):
    """Inputs and outputs of one joined convolution."""
    inputs = [images(channels), filters(channels, (taps, taps)), bias()]
    return inputs, [ConvPool(flip, any_order=any_order)(*inputs)]


@functools.lru_cache(maxsize=None)
def predictor(channels, taps, flip=True):
    run = compiled(*made(channels, taps, flip), 'NUMBA')
    return lambda *values: run(*values)[0]


def check_by_loops(found, x, w, b, flip=True, message=''):
    truth = loop_pooled(loop_maps(x, w, b, flip))
    assert_equal(found.shape, truth.shape, message)
    if truth.size:
        assert_less(np.abs(found - truth).max(), 4e-5 * np.abs(truth).max() + 1e-6, message)


def test_transforms_are_a_correlation_in_exact_fractions():
    rng = np.random.RandomState(0)
    for taps in (3, 5):
        matrices = [
            np.array(kind(taps))
            for kind in (
                winograd_transforms.of_images,
                winograd_transforms.of_filters,
                winograd_transforms.of_products,
            )
        ]
        for _ in range(20):
            pixels, weights = [
                np.array([Fraction(int(n)) for n in rng.randint(-9, 10, size)])
                for size in (taps + 3, taps)
            ]
            found = matrices[2].dot(matrices[0].dot(pixels) * matrices[1].dot(weights))
            assert_equal(found.tolist(), [sum(pixels[i : i + taps] * weights) for i in range(4)])


def test_random_shapes_agree_with_loops_in_float64():
    rng = np.random.RandomState(1)
    for channels, taps in KINDS:
        for n in range(12):
            flip = bool(n % 4)
            x, w, b, _ = drawn(rng, normals, channels, (taps, taps), extra=rng.randint(0, 22, 2))
            check_by_loops(
                predictor(channels, taps, flip)(x, w, b), x, w, b, flip, f'{x.shape} {w.shape}'
            )


def test_maps_of_every_remainder_of_a_tile_are_whole():
    rng = np.random.RandomState(2)
    for channels, taps in KINDS[1:3]:
        for rows, columns in np.ndindex(9, 9):
            x, w, b, _ = drawn(rng, normals, channels, (taps, taps), 1, 3, (rows, columns))
            check_by_loops(predictor(channels, taps)(x, w, b), x, w, b)


def test_maps_of_rows_that_fill_vectors_are_whole():
    rng = np.random.RandomState(4)
    for more in (-1, *range(5), 4 * LANES, 4 * LANES + 3):
        width = 4 * LANES + more
        x, w, b, _ = drawn(rng, normals, 3, (5, 5), 2, 3, (3, width - 5))
        check_by_loops(predictor(3, 5)(x, w, b), x, w, b)


def test_views_of_any_strides_give_the_same_bits():
    rng = np.random.RandomState(3)
    for (channels, taps), columns in [(each, 9) for each in KINDS] + [((3, 5), 4 * LANES + 2)]:
        x, w, b, _ = drawn(rng, normals, channels, (taps, taps), 2, 17, (11, columns))
        expected = predictor(channels, taps)(x, w, b)
        for name, view in layouts(x):
            np.testing.assert_array_equal(predictor(channels, taps)(view, w, b), expected, name)


def of_bytes(channels, taps, mode):
    """The joined convolution of bytes."""
    data = pt.tensor(dtype='uint8', shape=(None, channels, None, None))
    inputs = [data, filters(channels, (taps, taps)), bias()]
    run = compiled(inputs, [ConvPool(any_order=True, scale=BYTE)(*inputs)], mode)
    return lambda *values: run(*values)[0]


def test_bytes_give_the_bits_of_the_floats_that_they_stand_for():
    rng = np.random.RandomState(5)
    for channels, taps in KINDS + ((5, 3),):
        run, reference = (of_bytes(channels, taps, mode) for mode in ('NUMBA', REFERENCE))
        for columns in (9, 4 * LANES + 3):
            x, w, b, _ = drawn(rng, normals, channels, (taps, taps), 2, 17, (4, columns))
            data = rng.randint(0, 256, x.shape).astype('uint8')
            expected = predictor(channels, taps)(data * BYTE, w, b)
            views = data, np.ascontiguousarray(data[..., ::-1])[..., ::-1], np.asfortranarray(data)
            for view in views:
                np.testing.assert_array_equal(run(view, w, b), expected, str((channels, taps)))
            assert_less(np.abs(reference(data, w, b) - expected).max(), 1e-4 * expected.max())


def needs_kernels():
    """For what the transforms do to values, and direct sums do not."""
    if not winograd.serves((1, LANES, 3, 3)):
        raise SkipTest('with 4 lanes no convolution is transformed')


def under(place, count, step, size):
    """Which of `count` windows, `step` apart and `size` wide, hold a place."""
    first = step * np.arange(count)
    return (first <= place) & (place < first + size)


def check_bad_pixel(predict, values, taps, bad, place):
    """NaN where a cell's own window has the pixel, nothing changed where its
    tile has not."""
    clean = predict(*values)
    given = [values[0].copy()] + values[1:]
    given[0][(1, 0) + place] = bad
    found = predict(*given)
    seen, near = [
        np.outer(
            *[
                np.repeat(under(n, -(-size // repeat), 2 * repeat, more + taps), repeat)[:size]
                for n, size in zip(place, clean.shape[2:])
            ]
        )
        for repeat, more in ((1, 1), (2, 3))
    ]
    assert_true(near.any())
    assert_true(np.isnan(found[1][:, seen]).all(), str((bad, place)))
    np.testing.assert_array_equal(found[0], clean[0])
    np.testing.assert_array_equal(found[1][:, ~near], clean[1][:, ~near])
    kept = np.isfinite(found)
    np.testing.assert_allclose(found[kept], clean[kept], rtol=1e-4, atol=1e-3)


def check_bad_filter(predict, values, where, bad):
    """NaN in all maps of the one filter."""
    given = [each.copy() for each in values]
    given[where][4:5].flat[0] = bad
    found, others = predict(*given), np.arange(9) != 4
    assert_true(np.isnan(found[:, 4]).all())
    np.testing.assert_array_equal(found[:, others], predict(*values)[:, others])


def test_what_is_not_finite_is_nan_in_each_cell_that_sees_it():
    needs_kernels()
    rng = np.random.RandomState(4)
    for channels, taps in KINDS[1:3]:
        predict = predictor(channels, taps)
        values = drawn(rng, normals, channels, (taps, taps), 2, 9, (13, 14))[:3]
        for bad in (np.nan, np.inf, -np.inf):
            for place in ((0, 0), (6, 9), (12 + taps, 13), (3, 13 + taps)):
                check_bad_pixel(predict, values, taps, bad, place)
            for where in (1, 2):
                check_bad_filter(predict, values, where, bad)


def test_numbers_too_large_to_transform_are_nan_not_zero():
    needs_kernels()
    x, w, b, _ = drawn(np.random.RandomState(5), normals, LANES, (3, 3), 1, 4, (7, 7))
    x[:], w[:] = 3e37, 1
    assert_true(np.isnan(predictor(LANES, 3)(x, w, b)).all())


def digest():
    """Of many images and of one, of each kind."""
    rng, found = np.random.RandomState(6), []
    for channels, taps in KINDS:
        for batch in (40, 1):
            x, w, b, _ = drawn(rng, normals, channels, (taps, taps), batch, 21, (19, 14))
            found.append(predictor(channels, taps)(x, w, b).tobytes())
    return hashlib.sha256(b''.join(found)).hexdigest()


def test_bits_do_not_depend_on_threads_or_on_the_run():
    first = digest()
    assert_equal(first, digest())
    assert_equal(digests('tests.engine.test_winograd', 1, 3), 2 * [first])


def test_shapes_that_do_not_fit_are_refused():
    given = images(), filters(LANES, (3, 3)), bias()
    run = compiled(given, [ConvPool(any_order=True)(*given)], 'NUMBA')
    x, w, b, _ = drawn(np.random.RandomState(7), normals, LANES, (3, 3), 2, 5, (4, 4))
    for words, given in (
        ('as many biases', (x, w, b[:1])),
        ('channels', (x[:, :3], w, b)),
        ('larger than images', (x[:, :, :2], w, b)),
    ):
        assert_in(words, fails(ValueError, run, *given))


def test_other_filters_have_no_kernel_and_are_summed_directly():
    assert_equal(winograd.serves((5, LANES, 3, 3)), LANES >= 8)
    for shape in (
        (5, LANES + 1, 3, 3),
        (5, LANES // 2, 3, 3),
        (5, LANES, 3, 2),
        (5, 5, 5, 5),
        (5, 3, 7, 7),
        (5, None, 3, 3),
        (5, 3, None, 5),
        (5, 0, 3, 3),
    ):
        assert_false(winograd.serves(shape), shape)
    values = drawn(np.random.RandomState(8), normals, 9, (3, 3), 2, 5, (6, 6))[:3]
    np.testing.assert_array_equal(
        predictor(9, 3)(*values), compiled(*made(9, 3, any_order=False), 'NUMBA')(*values)[0]
    )


def orders(function):
    """`any_order` of each joined convolution of a compiled function."""
    return [
        node.op.any_order
        for node in function.maker.fgraph.toposort()
        if isinstance(node.op, ConvPool)
    ]


def joined_network():
    """(input, output, weights) of two convolutions and a dense layer."""
    x = T.tensor4('x')
    layer = lasagne.layers.InputLayer((None, 3, 24, 24), x)
    for _ in range(2):
        layer = lasagne.layers.Conv2DLayer(layer, 8, 3)
        layer = lasagne.layers.MaxPool2DLayer(layer, 2)
    layer = lasagne.layers.DenseLayer(layer, 4)
    return x, lasagne.layers.get_output(layer), (lasagne.layers.get_all_params(layer))


def compiled_without(tags, inputs, outputs):
    """A function compiled without the rewrites of these tags."""
    mode = theano.compile.get_default_mode()
    return theano.function(inputs, outputs, mode=mode.excluding(tags) if tags else mode)


def conversions(function):
    """How many `ByteImages` a compiled function has."""
    nodes = function.maker.fgraph.toposort()
    return sum(isinstance(node.op, ByteImages) for node in nodes)


def test_only_functions_without_gradients_may_sum_in_any_order():
    x, output, weights = joined_network()
    cost = (output**2).sum()
    for outputs, expected in (
        ([output], [True, True]),
        ([output, cost], [True, True]),
        ([output] + T.grad(cost, weights), [False, False]),
        # The first layer is not trained, but its rounding moves on.
        ([output] + T.grad(cost, weights[2:3]), [False, False]),
        # No maximum below the dense layer is looked at.
        ([output] + T.grad(cost, weights[-2:]), [True, True]),
    ):
        assert_equal(orders(compiled_without('', [x], outputs)), expected)
    assert_equal(orders(compiled_without('prediction', [x], [output])), [False, False])


def test_prediction_and_validation_agree_with_the_direct_sums():
    layer = build_juntingnet(head='released', initial_weights=quick_weights(9))
    trainer = Trainer(layer)
    assert_equal([orders(trainer.train), orders(trainer.validate)], [[False] * 3, [True] * 3])
    pixels = np.random.RandomState(9).randint(0, 256, (5, 3, 96, 96)).astype('uint8')
    try:
        predict = compile_predict(layer)
        found = predict(pixels)
        theano.config.optimizer_excluding = 'prediction'
        direct = compile_predict(layer)
    finally:
        theano.config.optimizer_excluding = ''
    assert_equal(orders(direct), [False] * 3)
    # Only where they are not gathered are bytes taken as they are.
    assert_equal([conversions(each) for each in (predict, direct, trainer.validate)], [0, 1, 2])
    expected = direct(pixels)
    assert_less(np.abs(found - expected).max(), 2e-6 * np.abs(expected).max())
