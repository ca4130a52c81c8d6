"""Names that fewer programs call compute what Theano computed, or refuse."""

import importlib
import itertools

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises
from numpy.testing import assert_allclose

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.helpers.facade_helpers import computed, skip_on_original

import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.shared_randomstreams import RandomStreams
from theano.tensor.signal import pool

RNG = np.random.RandomState(0)


def windows_of(images, ws, stride, ignore_border):
    """For each window of the last axes its place and its cells, by a loop."""
    sizes = images.shape[-len(ws) :]
    counts = [
        (size - w) // s + 1 if ignore_border else (size - 1) // s + 1
        for size, w, s in zip(sizes, ws, stride)
    ]
    for place in itertools.product(*map(range, counts)):
        yield place, images[(..., *(slice(p * s, p * s + w) for p, s, w in zip(place, stride, ws)))]


def test_pooling_of_one_and_of_three_axes_is_a_loop():
    x = T.tensor4('x')
    images = RNG.uniform(-1, 1, (2, 5, 7, 4)).astype('float32')
    for ws, ignore_border in (((2,), True), ((3,), False), ((2, 3, 2), True), ((2, 2, 3), False)):
        axes = tuple(range(-len(ws), 0))
        for mode, reduce in (
            ('max', np.max),
            ('sum', np.sum),
            ('average_inc_pad', np.mean),
            ('average_exc_pad', np.mean),
        ):
            op = pool.Pool(ndim=len(ws), ignore_border=ignore_border, mode=mode)
            pooled, gradient = (
                computed(each, (x, images))
                for each in (op(x, ws), T.grad((op(x, ws) ** 2).sum(), x))
            )
            assert_equal(
                list(pooled.shape),
                pool.Pool.out_shape(images.shape, ws, ignore_border, ndim=len(ws)),
            )
            for place, cells in windows_of(images, ws, ws, ignore_border):
                assert_allclose(pooled[(..., *place)], reduce(cells, axis=axes), rtol=1e-5)
            # Windows lie side by side, and each of these is linear where it is
            # smooth: what a window gives times its cells is what it gave.
            assert_allclose((gradient * images).sum(), (2 * pooled**2).sum(), rtol=1e-4)


def test_pool_3d_takes_strides_padding_and_old_names():
    x = T.TensorType('float32', (False,) * 5)('x')
    images = RNG.uniform(0, 1, (1, 2, 4, 5, 6)).astype('float32')
    pooled = computed(pool.pool_3d(x, (2, 2, 3), True, (1, 2, 1)), (x, images))
    for place, cells in windows_of(images, (2, 2, 3), (1, 2, 1), True):
        assert_allclose(pooled[(..., *place)], cells.max(axis=(-3, -2, -1)))
    padded = computed(
        pool.pool_3d(x, ds=(2, 2, 2), ignore_border=True, padding=(1, 0, 1), mode='sum'),
        (x, images),
    )
    around = np.pad(images, [(0, 0), (0, 0), (1, 1), (0, 0), (1, 1)])
    for place, cells in windows_of(around, (2, 2, 2), (2, 2, 2), True):
        assert_allclose(padded[(..., *place)], cells.sum(axis=(-3, -2, -1)), rtol=1e-5)
    assert_raises(ValueError, pool.pool_3d, x, (2, 2), True)
    assert_raises(NotImplementedError, pool.pool_3d, T.matrix(), (2, 2, 2), True)


def test_maxima_stay_in_their_places():
    x = T.matrix('x')
    found = computed(pool.max_pool_2d_same_size(x, (2, 2)), (x, np.float32([[1, 2, 5], [4, 3, 0]])))
    assert_equal(found.tolist(), [[0, 0, 5], [4, 0, 0]])


def test_a_window_of_the_graph_is_refused_with_a_way_round():
    skip_on_original()
    for call in (
        lambda: pool.pool_2d(T.tensor4(), T.ivector(), ignore_border=True),
        lambda: pool.pool_2d(T.tensor4(), (2, 2), ignore_border=True, pad=T.ivector()),
    ):
        with assert_raises(NotImplementedError) as caught:
            call()
        assert_in('images2neibs', str(caught.exception))


def test_truncated_normal_is_the_originals():
    # Found by running Theano 1.0.5.
    streams = MRG_RandomStreams(5)
    draw = theano.function([], streams.truncated_normal((5,)), mode='FAST_COMPILE')
    other = theano.function([], streams.normal((3,), 1.0, 2.0, truncate=True), mode='FAST_COMPILE')
    numbers = [draw(), draw(), other(), other()]
    for actual, expected in zip(numbers, TRUNCATED):
        assert_allclose(actual, expected, rtol=1e-5)


TRUNCATED = [
    [
        -0.3310166895389557,
        -0.6521070599555969,
        -0.5479037761688232,
        -1.6208775043487549,
        -0.9384169578552246,
    ],
    [
        -0.30807575583457947,
        0.8601747751235962,
        1.0276498794555664,
        1.1247423887252808,
        -0.21968728303909302,
    ],
    [1.5398075580596924, 2.9884185791015625, 2.1977577209472656],
    [0.839690625667572, 3.4445431232452393, 1.9234874248504639],
]


def test_h_softmax_is_two_softmaxes():
    x, y = T.matrix('x'), T.lvector('y')
    w1, b1, w2, b2 = (
        RNG.normal(0, 1, shape).astype('float32') for shape in ((4, 3), (3,), (3, 4, 2), (3, 2))
    )
    rows, targets = RNG.normal(0, 1, (5, 4)).astype('float32'), np.array([0, 4, 2, 1, 3])

    def softmax(values):
        values = np.exp(values)
        return values / values.sum(axis=-1, keepdims=True)

    classes = softmax(rows @ w1 + b1)
    within = softmax(np.einsum('bi,cio->bco', rows, w2) + b2)
    expected = (classes[:, :, None] * within).reshape(5, 6)[:, :5]
    arguments = 5, 5, 3, 2, w1, b1, w2, b2
    assert_allclose(computed(T.nnet.h_softmax(x, *arguments), (x, rows)), expected, rtol=1e-5)
    chosen = computed(T.nnet.h_softmax(x, *arguments, target=y), (x, rows), (y, targets))
    assert_allclose(chosen, expected[np.arange(5), targets], rtol=1e-5)


def test_bilinear_upsampling_draws_straight_lines():
    x = T.tensor4('x')
    images = RNG.uniform(0, 1, (2, 3, 4, 5)).astype('float32')
    for ratio in (1, 2, 3, 4):
        up = computed(T.nnet.abstract_conv.bilinear_upsampling(x, ratio), (x, images))
        expected = images
        for axis in (2, 3):
            size = images.shape[axis]
            places = (np.arange(size * ratio) - (ratio - 1) // 2) / ratio
            expected = np.apply_along_axis(
                lambda line, p=places, n=size: np.interp(p, np.arange(n), line), axis, expected
            )
        assert_allclose(up, expected, rtol=1e-4, atol=1e-6)


def test_a_softmax_gone_far_off_has_its_true_loss():
    x, y, t = T.matrix('x'), T.lvector('y'), T.matrix('t')
    far = np.float32([[0, 1000], [2000, 0]])
    for loss, given in (
        (T.nnet.categorical_crossentropy(T.nnet.softmax(x), y), (y, np.array([0, 1]))),
        (T.nnet.categorical_crossentropy(T.nnet.softmax(x), t), (t, np.eye(2, dtype='float32'))),
        (T.nnet.crossentropy_softmax_1hot(x, y)[0], (y, np.array([0, 1]))),
    ):
        slope = T.grad(loss.sum(), x)
        found = computed([loss, slope], (x, far), given)
        assert_allclose(found[0], [1000, 2000])
        assert_allclose(found[1], [[-1, 1], [1, -1]])


def test_what_is_refused_says_name_reason_and_way_round():
    skip_on_original()
    for path, name, word in (
        ('theano.tensor.fft', 'rfft', 'numpy.fft'),
        ('theano.typed_list', 'append', 'T.stack'),
        ('theano.misc.pkl_utils', 'load', 'numpy.savez'),
        ('theano.tensor.nnet', 'conv3d', 'conv2d'),
    ):
        with assert_raises(NotImplementedError) as caught:
            getattr(importlib.import_module(path), name)(None)
        assert_in(name, str(caught.exception))
        assert_in(word, str(caught.exception))


def test_in_place_names_compute_the_same():
    import theano.tensor.inplace

    x = T.vector('x')
    value = np.float32([1, 2])
    assert_allclose(computed(T.inplace.exp_inplace(x * 1), (x, value)), np.exp(value), rtol=1e-5)
    assert_raises(AttributeError, lambda: theano.tensor.inplace.nothing)


def test_tools_of_tests_seed_compare_and_verify():
    from theano.tests import unittest_tools

    assert_equal(unittest_tools.seed_rng(), 666)
    first = np.random.rand()
    unittest_tools.seed_rng()
    assert_equal(np.random.rand(), first)
    unittest_tools.assert_allclose(np.float32(1), np.float32(1 + 5e-6))
    assert_raises(unittest_tools.WrongValue, unittest_tools.assert_allclose, 1.0, 1.1)
    unittest_tools.verify_grad(lambda x: (x**2).sum(), [np.array([1.0, 2.0], 'float64')])


def test_a_mode_calls_functions_of_three_arguments():
    seen, x = [], T.vector('x')
    mode = theano.compile.MonitorMode(
        pre_func=lambda i, node, fn: seen.append(i), post_func=lambda i, node, fn: seen.append(fn)
    )
    theano.function([x], x + 1, mode=mode)(np.float32([1]))
    assert_equal(seen[0], 0)
    assert_equal(len(seen), 2)


def test_random_parameters_break_a_slope_as_in_theano():
    p = T.scalar('p')
    drawn = RandomStreams(1).binomial((3,), 1, p, dtype='float32')
    assert_raises(theano.gradient.NullTypeGradError, T.grad, drawn.sum(), p)
    kept = T.grad((drawn * p).sum(), p, consider_constant=[drawn])
    assert_allclose(computed(kept, (p, np.float32(1))), 3)


def test_one_over_a_double_is_a_double():
    skip_on_original()
    x, y = T.dvectors('x', 'y')
    values = np.array([3.0, 7.0]), np.array([1.1, 1.3])
    by_numpy = theano.Mode('py', 'fast_run')  # which joins the two in one loop
    product = theano.function([x, y], y * T.inv(x), mode=by_numpy)
    assert_allclose(product(*values), values[1] / values[0], rtol=1e-15)


def test_what_is_not_true_is_false_in_a_loop_over_several_nodes():
    x, y = (T.TensorType('bool', (False,))(each) for each in 'xy')
    for mode in (theano.Mode('py', 'fast_run'), 'FAST_COMPILE'):
        both = theano.function([x, y], T.cast(x & ~y, 'int64'), mode=mode)
        values = np.array([False, True, False, True]), np.array([False, False, True, True])
        assert_equal(both(*values).tolist(), [0, 1, 0, 0])


def test_a_vector_says_how_often_to_tile():
    x, reps = T.matrix('x'), T.ivector('reps')
    values = np.arange(6, dtype='float32').reshape(2, 3)
    for given in ([2], [2, 3], [2, 1, 3]):
        tiled = computed(T.tile(x, reps, ndim=3), (x, values), (reps, np.int32(given)))
        assert_allclose(tiled, np.tile(values[None], given))


def test_an_op_without_perform_may_stand_in_a_graph():
    class Double(theano.Op):
        def make_node(self, x):
            return theano.Apply(self, [x], [x.type()])

        def grad(self, inputs, gradients):
            return [gradients[0] * 2]

    x = T.scalar('x')
    assert_allclose(computed(T.grad(Double()(x), x), (x, 3)), 2)


def test_sorted_numbers_are_searched_from_both_sides():
    numbers, wanted = T.vector('numbers'), T.matrix('wanted')
    # Several of each number, some of which are sought.
    given = np.float32(np.sort(RNG.randint(0, 20, 50)))
    sought = np.float32(RNG.randint(-1, 42, (5, 8)) / 2)
    sides = 'left', 'right'
    run = theano.function(
        [numbers, wanted], [T.extra_ops.searchsorted(numbers, wanted, side) for side in sides]
    )
    for side, found in zip(sides, run(given, sought)):
        below = np.less if side == 'left' else np.less_equal
        assert_equal(found.tolist(), below(given, sought[..., None]).sum(-1).tolist())


def test_a_row_is_added_to_the_next_whatever_may_be_shared_in_memory():
    rows = RNG.uniform(size=(5, 3)).astype('float32')
    for change, expected in (
        (T.inc_subtensor, np.cumsum(rows, axis=0)),
        (T.set_subtensor, np.repeat(rows[:1], 5, axis=0)),
        (T.subtensor.set_subtensor, np.repeat(rows[:1], 5, axis=0)),
    ):
        for mode in (None, 'FAST_COMPILE'):
            r, i = theano.shared(rows), theano.shared(1)
            changed = change(r[i], r[i - 1], tolerate_inplace_aliasing=True)
            run = theano.function([], updates=[(r, changed), (i, i + 1)], mode=mode)
            for _ in range(4):
                run()
            assert_allclose(r.get_value(), expected, rtol=1e-6)
