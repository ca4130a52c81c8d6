"""Convolution: right by loops, by the original's numbers, on each engine."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_in, assert_true
from pytensor.gradient import verify_grad
from pytensor.graph.traversal import ancestors

from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import (
    Conv2d,
    Conv2dGradInputs,
    Conv2dGradWeights,
    conv2d,
)
from juntingnet_theano.engine.names.tensor.nnet.conv import conv2d as old_conv2d
from tests.helpers.engines import REFERENCE, arguments, compiled, engines, fails, golden, normal

GEOMETRIES = [
    dict(),
    dict(border_mode='half', subsample=(2, 1), filter_flip=False),
    dict(border_mode='full', subsample=(3, 2), filter_dilation=(1, 2)),
    dict(border_mode=((2, 0), (1, 3)), filter_dilation=(2, 1)),
]
SHAPES = (2, 3, 9, 8), (4, 3, 3, 2)


def loops(images, filters, pads, stride, dilation, flip):
    """Convolution as its definition says, one product at a time."""
    (top, bottom), (left, right) = pads
    images = np.pad(images, ((0, 0), (0, 0), (top, bottom), (left, right)))
    taps = filters.shape[2:]
    reach = [(t - 1) * d + 1 for t, d in zip(taps, dilation)]
    size = [(images.shape[2 + a] - reach[a]) // stride[a] + 1 for a in (0, 1)]
    maps = np.zeros((len(images), len(filters)) + tuple(size))
    for n, f, y, x in np.ndindex(*maps.shape):
        for c, i, j in np.ndindex(*filters.shape[1:]):
            tap = (taps[0] - 1 - i, taps[1] - 1 - j) if flip else (i, j)
            maps[n, f, y, x] += (
                filters[(f, c) + tap]
                * images[n, c, y * stride[0] + i * dilation[0], x * stride[1] + j * dilation[1]]
            )
    return maps


def variables():
    return pt.tensor4('x', dtype='float32'), pt.tensor4('w', dtype='float32')


def test_equals_the_definition_written_as_loops():
    pads = [((0, 0), (0, 0)), ((1, 1), (1, 1)), ((2, 2), (2, 2)), ((2, 0), (1, 3))]
    x, w = variables()
    for (images, filters), geometry, pad in zip(
        [normal(i, *SHAPES) for i in range(4)], GEOMETRIES, pads
    ):
        expected = loops(
            images,
            filters,
            pad,
            geometry.get('subsample', (1, 1)),
            geometry.get('filter_dilation', (1, 1)),
            geometry.get('filter_flip', True),
        )
        (found,) = compiled([x, w], [conv2d(x, w, **geometry)], REFERENCE)(images, filters)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_each_engine_gives_the_original_numbers_and_gradients():
    arrays, cases = golden()
    inputs, values, outputs, expected = [], [], [], []
    for i, case in enumerate(cases['conv']):
        pair = variables()
        maps = conv2d(*pair, **arguments(case))
        (cotangent,) = normal(1999, arrays[f'conv_{i}_0'].shape)
        inputs += pair
        values += normal(1000 + i, *SHAPES)
        outputs += [maps] + pytensor.grad((maps * cotangent).sum(), list(pair))
        expected += [arrays[f'conv_{i}_{j}'] for j in range(3)]
    for engine, mode in engines().items():
        for i, (found, truth) in enumerate(zip(compiled(inputs, outputs, mode)(*values), expected)):
            np.testing.assert_allclose(
                found,
                truth,
                rtol=1e-4,
                atol=1e-4,
                err_msg='{}, case {}, output {}'.format(engine, cases['conv'][i // 3], i % 3),
            )


def test_gradients_agree_with_finite_differences():
    rng = np.random.RandomState(3)
    for geometry in GEOMETRIES:
        point = [rng.normal(size=shape) for shape in ((2, 2, 6, 5), (3, 2, 3, 2))]
        verify_grad(
            lambda x, w, geometry=geometry: conv2d(x, w, **geometry), point, rng=rng, mode=REFERENCE
        )


def test_gradients_of_gradients_agree_with_finite_differences():
    rng = np.random.RandomState(4)
    images, filters = (rng.normal(size=shape) for shape in ((2, 2, 6, 5), (3, 2, 3, 2)))
    for geometry in GEOMETRIES[1:3]:
        maps = compiled([], [conv2d(images, filters, **geometry)], REFERENCE)()[0]
        op = conv2d(images, filters, **geometry).owner.op
        for gradient, point in (
            (lambda w, g, op=op: Conv2dGradInputs(*op._props())(images, w, g), [filters, maps]),
            (lambda x, g, op=op: Conv2dGradWeights(*op._props())(x, filters, g), [images, maps]),
        ):
            verify_grad(gradient, point, rng=rng, mode=REFERENCE)


def test_numba_takes_float64_strided_and_read_only_arrays():
    images, filters = (each.astype('float64') for each in normal(0, *SHAPES))
    x, w = pt.tensor4(dtype='float64'), pt.tensor4(dtype='float64')
    run = compiled([x, w], [conv2d(x, w)], 'NUMBA')
    expected = loops(images, filters, ((0, 0), (0, 0)), (1, 1), (1, 1), True)
    strided = np.asfortranarray(images)
    filters.flags.writeable = False
    for given in (images, strided, np.repeat(images, 2, axis=3)[..., ::2]):
        np.testing.assert_allclose(run(given, filters)[0], expected)


def test_known_shapes_reach_the_output():
    x, w = variables()
    maps = conv2d(x, w, input_shape=(None, 3, 96, 96), filter_shape=(32, 3, 5, 5), subsample=(2, 1))
    assert_equal(maps.type.shape, (None, 32, 46, 92))
    assert_equal(pytensor.grad(maps.sum(), w).type.shape, (32, 3, 5, 5))


def test_shape_is_inferred_without_convolving():
    x, w = variables()
    run = pytensor.function([x, w], conv2d(x, w, border_mode='half').shape, mode='NUMBA')
    assert_true(not any(isinstance(node.op, Conv2d) for node in run.maker.fgraph.apply_nodes))
    assert_equal(run(*normal(0, *SHAPES)).tolist(), [2, 4, 9, 9])


def test_only_gradients_that_are_asked_for_are_computed():
    x, w = variables()
    cost = conv2d(x, w).sum()
    for wanted, other in ((w, Conv2dGradInputs), (x, Conv2dGradWeights)):
        nodes = [each.owner.op for each in ancestors([pytensor.grad(cost, wanted)]) if each.owner]
        assert_true(not any(isinstance(op, other) for op in nodes))


def test_shapes_that_do_not_fit_are_named_when_the_graph_is_made():
    x = pt.tensor4(shape=(2, 3, 4, 4), dtype='float32')
    assert_in('3 channels', fails(ValueError, conv2d, x, pt.tensor4(shape=(5, 4, 3, 3))))
    assert_in('larger than images', fails(ValueError, conv2d, x, pt.tensor4(shape=(5, 3, 6, 3))))
    assert_in('was said to have', fails(ValueError, conv2d, x, pt.tensor4(), (2, 3, 5, 5)))
    assert_in('4 dimensions', fails(TypeError, conv2d, pt.matrix(), pt.tensor4()))
    assert_in(
        'float32 or float64', fails(TypeError, conv2d, pt.tensor4(dtype='int64'), pt.tensor4())
    )


def test_arguments_out_of_range_are_refused():
    x, w = variables()
    for mode in ('same', -1, (1, 2, 3), (1, -1), 1.5j):
        assert_in(
            'border_mode', fails(ValueError, lambda mode=mode: conv2d(x, w, border_mode=mode))
        )
    assert_in('subsample', fails(ValueError, lambda: conv2d(x, w, subsample=(0, 1))))
    assert_in('num_groups', fails(NotImplementedError, lambda: conv2d(x, w, num_groups=2)))


def test_shapes_that_do_not_fit_are_refused_at_run_time():
    x, w = variables()
    for mode in engines().values():
        run = compiled([x, w], [conv2d(x, w)], mode)
        assert_in('channels', fails(ValueError, run, *normal(0, (1, 2, 5, 5), (1, 3, 3, 3))))
        assert_in('larger than', fails(ValueError, run, *normal(0, (1, 3, 5, 5), (1, 3, 3, 6))))


def test_nan_reaches_the_maps_and_the_gradients():
    images, filters = normal(0, *SHAPES)
    images[1, 2, 4, 4] = np.nan
    x, w = variables()
    maps = conv2d(x, w)
    for engine, mode in engines().items():
        found, slope = compiled([x, w], [maps, pytensor.grad(maps.sum(), w)], mode)(images, filters)
        assert_true(np.isnan(found[1, :, 2:5, 3:5]).all(), engine)
        assert_true(np.isfinite(found[0]).all(), engine)
        assert_true(np.isnan(slope[:, 2]).all(), engine)


def test_an_empty_batch_gives_empty_maps_and_zero_gradients():
    images, filters = normal(0, (0, 3, 9, 8), SHAPES[1])
    x, w = variables()
    maps = conv2d(x, w)
    for engine, mode in engines().items():
        found, slope = compiled([x, w], [maps, pytensor.grad(maps.sum(), w)], mode)(images, filters)
        assert_equal(found.shape, (0, 4, 7, 7), engine)
        np.testing.assert_array_equal(slope, np.zeros(SHAPES[1]))


def test_the_older_conv2d_is_the_same_convolution():
    x, w = variables()
    images, filters = normal(0, *SHAPES)
    new, old = compiled(
        [x, w],
        [
            conv2d(x, w, border_mode='full', subsample=(2, 2)),
            old_conv2d(x, w, SHAPES[0], SHAPES[1], 'full', (2, 2), unroll_batch=2),
        ],
        REFERENCE,
    )(images, filters)
    np.testing.assert_array_equal(new, old)
    assert_in("'valid' or 'full'", fails(ValueError, lambda: old_conv2d(x, w, border_mode='half')))
