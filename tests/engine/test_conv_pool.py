"""Joined convolution and pooling: by loops, by the plain Ops, by differences.

Small integers make the sums exact, so that the kernels, their NumPy reference
and loops in float64 must agree to the last bit, and make ties frequent.
"""

import functools
import hashlib
import itertools

import numpy as np
import pytensor
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_in, assert_true
from pytensor.gradient import verify_grad

from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import conv2d
from juntingnet_theano.engine.names.tensor.nnet.nnet import relu
from juntingnet_theano.engine.names.tensor.signal.pool import pool_2d
from juntingnet_theano.engine.ops.conv_pool import ConvPool, ConvPoolGrad
from tests.helpers.engines import REFERENCE, compiled, fails
from tests.helpers.threads import digests

import theano

CHANNELS = 1, 3, 5, 8, 16, 17, 33
TAPS = (1, 1), (2, 3), (3, 3), (5, 5), (7, 7)
# channels, taps, convolution or correlation, slope at 0, whether the
# gradient of the images is asked for
CASES = (
    (3, (5, 5), True, 0.5, True),
    (17, (2, 3), False, 0.0, True),
    (1, (7, 7), True, 1.0, False),
    (33, (1, 1), False, 0.5, True),
    (8, (3, 3), True, 0.5, True),
)


def images(channels=None):
    return pt.tensor4('x', dtype='float32', shape=(None, channels, None, None))


def filters(channels, taps):
    return pt.tensor4('w', dtype='float32', shape=(None, channels) + taps)


def bias():
    return pt.vector('b', dtype='float32')


@functools.lru_cache(maxsize=None)
def joined(engine):
    """(x, w, b, g) of each of `CASES` -> pooled, codes and gradients of x, w
    and b of each, as one compiled function."""
    inputs, outputs = [], []
    for channels, taps, flip, at_zero, need in CASES:
        x, w, b = images(channels), filters(channels, taps), bias()
        g = images()
        pooled, codes = ConvPool(flip, True)(x, w, b)
        inputs += [x, w, b, g]
        outputs += [pooled, codes] + ConvPoolGrad(flip, at_zero, need)(x, w, codes, g)
    return compiled(inputs, outputs, 'NUMBA' if engine == 'numba' else REFERENCE)


def by_case(values):
    """The results of `joined`, five for each case."""
    return [values[5 * i : 5 * i + 5] for i in range(len(CASES))]


@functools.lru_cache(maxsize=None)
def pooling(flip=True):
    x, w, b = images(), pt.tensor4('w', dtype='float32'), bias()
    return compiled([x, w, b], [ConvPool(flip)(x, w, b)], 'NUMBA')


def integers(rng, *shape):
    return rng.randint(-2, 3, shape).astype('float32')


def normals(rng, *shape):
    return rng.normal(size=shape).astype('float32')


def drawn(rng, draw, channels, taps, batch=None, count=None, extra=None):
    """Random images, filters, bias, and gradient of the pooled maps."""
    batch = rng.choice([0, 1, 2, 9]) if batch is None else batch
    count = rng.randint(1, 41) if count is None else count
    extra = rng.randint(0, 12, 2) if extra is None else extra
    size = [int(tap + more) for tap, more in zip(taps, extra)]
    pooled = [(more + 1) // 2 for more in extra]
    return [
        draw(rng, batch, channels, *size),
        draw(rng, count, channels, *taps),
        draw(rng, count),
        draw(rng, batch, count, *pooled),
    ]


def draw_all(seed, draw, **sizes):
    """Arguments of `joined`, four for each case."""
    rng = np.random.RandomState(seed)
    return [each for case in CASES for each in drawn(rng, draw, *case[:2], **sizes)]


def loop_maps(x, w, b, flip):
    """Convolution and bias in float64, a tap at a time."""
    taps = w.shape[2:]
    size = [n - t + 1 for n, t in zip(x.shape[2:], taps)]
    maps = np.zeros((len(x), len(w)) + tuple(size)) + b[:, None, None]
    for i, j in np.ndindex(*taps):
        tap = w[:, :, taps[0] - 1 - i, taps[1] - 1 - j] if flip else (w[:, :, i, j])
        maps += np.einsum(
            'nchw,fc->nfhw', x[:, :, i : i + size[0], j : j + size[1]], tap, dtype='float64'
        )
    return maps


def loop_pooled(maps):
    rows, columns = maps.shape[2] // 2, maps.shape[3] // 2
    pooled = np.zeros(maps.shape[:2] + (rows, columns))
    for y, x in np.ndindex(rows, columns):
        window = maps[:, :, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
        pooled[:, :, y, x] = np.maximum(window, 0).max(axis=(2, 3))
    return pooled


def loop_gradients(x, w, b, g, flip, at_zero):
    """Gradients of x, w and b in float64: each cell of a window that equals
    its maximum gets the whole gradient, times the rectifier's slope."""
    maps = loop_maps(x, w, b, flip)
    pooled = loop_pooled(maps)
    slope = np.where(maps > 0, 1, np.where(maps == 0, at_zero, 0))
    d = np.zeros(maps.shape)
    for i, j in itertools.product(range(2 * pooled.shape[2]), range(2 * pooled.shape[3])):
        hit = np.maximum(maps[:, :, i, j], 0) == pooled[:, :, i // 2, j // 2]
        d[:, :, i, j] = hit * g[:, :, i // 2, j // 2] * slope[:, :, i, j]
    d_x, d_w = np.zeros(x.shape), np.zeros(w.shape)
    rows, columns = maps.shape[2:]
    for i, j in np.ndindex(*w.shape[2:]):
        tap = (-1 - i, -1 - j) if flip else (i, j)
        under = np.s_[:, :, i : i + rows, j : j + columns]
        d_w[(Ellipsis,) + tap] = np.einsum('nfhw,nchw->fc', d, x[under])
        d_x[under] += np.einsum('nfhw,fc->nchw', d, w[(Ellipsis,) + tap])
    return d_x, d_w, d.sum(axis=(0, 2, 3))


def check_by_loops(results, values, message):
    for i, ((_, _, flip, at_zero, need), found) in enumerate(zip(CASES, by_case(results))):
        x, w, b, g = values[4 * i : 4 * i + 4]
        expected = loop_gradients(x, w, b, g, flip, at_zero)
        np.testing.assert_array_equal(found[0], loop_pooled(loop_maps(x, w, b, flip)), message)
        np.testing.assert_array_equal(found[2], expected[0] if need else x[:0], message)
        for one, truth in zip(found[3:], expected[1:]):
            np.testing.assert_array_equal(one, truth, message)


def test_each_engine_equals_loops_at_random_shapes():
    for seed in range(8):
        values = draw_all(seed, integers)
        for engine in ('reference', 'numba'):
            check_by_loops(joined(engine)(*values), values, f'{engine}, seed {seed}')


def test_every_number_of_channels_and_taps_is_convolved():
    rng = np.random.RandomState(1)
    for (channels, taps), flip in zip(
        itertools.product(CHANNELS, TAPS), itertools.cycle((True, False))
    ):
        x, w, b, _ = drawn(rng, integers, channels, taps)
        (found,) = pooling(flip)(x, w, b)
        np.testing.assert_array_equal(
            found, loop_pooled(loop_maps(x, w, b, flip)), f'{channels} channels, {taps} taps'
        )


def test_real_numbers_agree_with_the_reference():
    for seed in range(4):
        values = draw_all(seed, normals)
        pairs = zip(by_case(joined('numba')(*values)), by_case(joined('reference')(*values)))
        for found, expected in pairs:
            np.testing.assert_array_equal(found[1], expected[1])
            for one, truth in zip(found, expected):
                np.testing.assert_allclose(one, truth, rtol=1e-4, atol=2e-4)


def test_maps_that_leave_no_window_give_empty_pools_and_no_gradient():
    for extra in ((0, 0), (0, 4), (4, 0)):
        values = draw_all(0, integers, batch=2, extra=np.array(extra))
        check_by_loops(joined('numba')(*values), values, str(extra))


def layouts(array):
    """The same numbers, laid out in memory in other ways."""
    n, c, h, w = array.shape
    yield 'channels last', np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    yield 'mirrored', np.ascontiguousarray(array[:, :, :, ::-1])[:, :, :, ::-1]
    yield (
        'all reversed',
        np.ascontiguousarray(array[::-1, ::-1, ::-1, ::-1])[::-1, ::-1, ::-1, ::-1],
    )
    block = np.full((2 * n, c + 2, h + 3, 3 * w), np.nan, 'float32')
    block[::2, 1:-1, 2:-1, ::3] = array
    yield 'a slice', block[::2, 1:-1, 2:-1, ::3]
    last = np.full((n, h, w, c + 1), np.nan, 'float32')
    last[..., :c] = array.transpose(0, 2, 3, 1)
    yield 'channels last with a gap', last[..., :c].transpose(0, 3, 1, 2)


def test_views_of_any_strides_give_the_same_bits():
    values = draw_all(3, normals, batch=2, extra=np.array([6, 5]))
    expected = joined('numba')(*values)
    # Images and gradients; filters and biases lie as they are held.
    for made in zip(
        *[
            itertools.repeat(('', each)) if i % 4 in (1, 2) else layouts(each)
            for i, each in enumerate(values)
        ]
    ):
        found = joined('numba')(*[array for _, array in made])
        for one, truth in zip(found, expected):
            np.testing.assert_array_equal(one, truth, made[0][0])


def test_filters_and_biases_may_be_slices_too():
    x, w, b, _ = drawn(np.random.RandomState(6), normals, 3, (3, 3), batch=2, count=9)
    np.testing.assert_array_equal(
        pooling()(x, w[::-2, :, ::-1], b[::-2])[0],
        pooling()(x, w[::-2, :, ::-1].copy(), b[::-2].copy())[0],
    )


def test_constant_images_give_all_four_cells_the_gradient():
    x, w, b, g = drawn(
        np.random.RandomState(0), integers, 8, (3, 3), batch=2, count=5, extra=np.array([3, 3])
    )
    x[:], w[:], b[:], g[:] = 1, 0, [3, 0, -1, 0, 2], 1
    values = draw_all(0, integers, batch=1)[:16] + [x, w, b, g]
    _, codes, _, d_w, d_b = by_case(joined('numba')(*values))[4]
    assert_equal(codes[0, 0, 0].tolist(), [15, 31, 16, 31, 15])
    # 2 images, 4 windows, 4 cells each; at 0 half of it; below 0 nothing
    assert_equal(d_b.tolist(), [32, 16, 0, 16, 32])
    np.testing.assert_array_equal(d_w[:, 0, 0, 0], d_b)


def written(form):
    """The plain graph's inputs, cost and gradients, rectified by `form`."""
    x, w, b = images(3), filters(3, (3, 3)), bias()
    pooled = pool_2d(form(conv2d(x, w) + b[None, :, None, None]), (2, 2), ignore_border=True)
    return [x, w, b], [pooled] + pytensor.grad((pooled**2).sum(), [x, w, b])


@functools.lru_cache(maxsize=None)
def network(joins):
    inputs, outputs = written(relu)
    mode = theano.compile.get_mode('NUMBA')
    return compiled(inputs, outputs, mode if joins else mode.excluding('conv_pool'))


def with_one(value, where):
    """Arguments of `network`, one number of which is `value`."""
    rng = np.random.RandomState(5)
    values = drawn(rng, normals, 3, (3, 3), 2, 4, np.array([5, 5]))[:3]
    values[where].flat[values[where].size // 3] = value
    return values


def test_nan_and_infinity_are_seen_wherever_the_plain_ops_show_them():
    for value, where in itertools.product((np.nan, np.inf), range(3)):
        # No negative numbers, which infinity would make minus infinity.
        given = [abs(each) for each in with_one(value, where)]
        message = f'{value} in input {where}'
        for number, (found, plain) in enumerate(zip(network(True)(*given), network(False)(*given))):
            fine = np.isfinite(plain)
            assert_true(not fine.all(), message)
            if number == 1:
                # The images' gradient is made a whole vector at a time, and
                # NaN times the zeros behind a row of a filter is NaN too.
                assert_true(not np.isfinite(found[~fine]).any(), message)
                fine = np.isfinite(found)
                assert_true(fine[1].all() or where, message)
            np.testing.assert_array_equal(np.isfinite(found), fine, message)
            np.testing.assert_allclose(found[fine], plain[fine], rtol=1e-4, atol=1e-4)


def test_minus_infinity_is_0_behind_the_rectifier():
    given = with_one(-np.inf, 2)
    found = network(True)(*given)[0]
    np.testing.assert_array_equal(found[:, 1], np.zeros((2, 3, 3)))
    given[2][1] = -1e30
    np.testing.assert_allclose(found, network(False)(*given)[0], rtol=1e-4, atol=1e-5)


def test_nan_in_the_gradient_travels_on():
    values = draw_all(2, normals, batch=2, extra=np.array([5, 5]))
    values[3][1, 0, 1, 1] = np.nan  # of the first case
    for engine in ('reference', 'numba'):
        _, codes, d_x, d_w, d_b = by_case(joined(engine)(*values))[0]
        hits = codes[1, 1, 1, 0] & 15
        assert_equal(np.isnan(d_b).tolist(), [bool(hits)] + [False] * (len(d_b) - 1), engine)
        assert_equal(np.isnan(d_w[0]).all(), bool(hits))
        assert_true(np.isfinite(d_w[1:]).all() and np.isfinite(d_x[0]).all())
        assert_equal(np.isnan(d_x[1]).any(), bool(hits))


def clear_maxima(rng, channels, taps, **sizes):
    """Normal draws without a window whose maximum a small step changes."""
    while True:
        x, w, b, g = drawn(rng, normals, channels, taps, **sizes)
        maps = np.maximum(loop_maps(x, w, b, True), 0)
        rows, columns = maps.shape[2] // 2 * 2, maps.shape[3] // 2 * 2
        cells = np.sort([maps[:, :, i:rows:2, j:columns:2] for i in (0, 1) for j in (0, 1)], axis=0)
        best, second = cells[-1], cells[-2]
        if ((best == 0) | (best - second > 0.02) & (best > 0.02)).all():
            return [x, w, b]


def test_gradients_agree_with_finite_differences():
    def pooled(form):
        return lambda x, w, b: pool_2d(
            form(conv2d(x, w, filter_shape=(None, 3, 2, 3)) + b[None, :, None, None]),
            (2, 2),
            ignore_border=True,
        )

    rng = np.random.RandomState(8)
    py = pytensor.compile.mode.Mode(
        'py', pytensor.graph.rewriting.db.RewriteDatabaseQuery(include=['conv_pool'])
    )
    numba = theano.compile.get_mode('NUMBA')
    forms = (relu, lambda z: pt.maximum(z, 0), lambda z: z * (z > 0))
    for mode, form in itertools.chain(itertools.product([py], 2 * forms), [(numba, relu)]):
        point = clear_maxima(
            rng,
            3,
            (2, 3),
            batch=rng.randint(1, 3),
            count=rng.randint(1, 4),
            extra=rng.randint(1, 5, 2),
        )
        verify_grad(pooled(form), point, rng=rng, mode=mode, eps=1e-3, abs_tol=2e-2, rel_tol=2e-2)


def digest():
    """Of everything that many images of several layouts give."""
    values = draw_all(4, normals, batch=40, extra=np.array([9, 8]))
    values[0] = np.ascontiguousarray(values[0].transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    found = joined('numba')(*values) + pooling()(
        *[each[:1] if i == 0 else each for i, each in enumerate(values[:3])]
    )
    return hashlib.sha256(b''.join(each.tobytes() for each in found)).hexdigest()


def test_bits_do_not_depend_on_threads_or_on_the_run():
    first = digest()
    assert_equal(first, digest())
    assert_equal(digests('tests.engine.test_conv_pool', 1, 2, 3), 3 * [first])


def test_shapes_that_do_not_fit_are_refused_at_run_time():
    x, w, b, _ = drawn(np.random.RandomState(0), normals, 3, (3, 3), batch=2, count=5)
    for words, given in (
        ('as many biases', (x, w, b[:1])),
        ('as many biases', (x, w, np.repeat(b, 2))),
        ('channels', (x[:, :2], w, b)),
        ('larger than images', (x[:, :, :2], w, b)),
    ):
        assert_in(words, fails(ValueError, pooling(), *given))


def test_a_gradient_of_another_size_is_refused():
    values = draw_all(0, normals, batch=2, extra=np.array([5, 5]))
    values[3] = values[3][:, :, :2]
    assert_in('another size', fails(ValueError, joined('numba'), *values))


def test_known_and_inferred_shapes_are_the_real_ones():
    x = pt.tensor4(shape=(None, 3, 9, 8), dtype='float32')
    w = pt.tensor4(shape=(4, 3, 3, 2), dtype='float32')
    pooled, codes = ConvPool(with_codes=True)(x, w, bias())
    assert_equal((pooled.type.shape, codes.type.shape), ((None, 4, 3, 3), (None, 3, 3, 4)))
    gradients = ConvPoolGrad(True, 0.5, False)(x, w, codes, pooled)
    assert_equal([each.type.shape for each in gradients], [(0, 3, 9, 8), (4, 3, 3, 2), (4,)])
    x, w, b = images(3), filters(3, (3, 2)), bias()
    pooled, codes = ConvPool(with_codes=True)(x, w, b)
    gradients = ConvPoolGrad(True, 0.5, False)(x, w, codes, pooled)
    shapes = pytensor.function(
        [x, w, b],
        [each.shape for each in [pooled, codes] + gradients],
        mode=pytensor.compile.mode.Mode('py', 'fast_run'),
        on_unused_input='ignore',
    )
    assert_true(
        not any(
            isinstance(node.op, (ConvPool, ConvPoolGrad))
            for node in shapes.maker.fgraph.apply_nodes
        )
    )
    found = shapes(*[np.zeros(shape, 'float32') for shape in ((7, 3, 9, 8), (4, 3, 3, 2), (4,))])
    assert_equal(
        [each.tolist() for each in found],
        [[7, 4, 3, 3], [7, 3, 3, 4], [0, 3, 9, 8], [4, 3, 3, 2], [4]],
    )
