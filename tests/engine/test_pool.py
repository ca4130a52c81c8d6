"""Pooling: right by loops, by the original's numbers, on each engine."""

import functools
import itertools
import re
import warnings
from unittest import SkipTest

import numpy as np
import pytensor
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_in, assert_true
from pytensor.gradient import verify_grad

from juntingnet_theano.engine.names.tensor.signal.downsample import max_pool_2d
from juntingnet_theano.engine.names.tensor.signal.pool import Pool, pool_2d
from tests.helpers.engines import REFERENCE, arguments, compiled, engines, fails, golden, normal

CASES = [
    dict(ws=(2, 2), ignore_border=True),
    dict(ws=(3, 2), ignore_border=True, stride=(2, 3), pad=(1, 1)),
    dict(ws=(2, 3), ignore_border=False, stride=(1, 2)),
    dict(ws=(2, 2), ignore_border=False, stride=(3, 3)),
]
MODES = 'max', 'sum', 'average_inc_pad', 'average_exc_pad'


def images():
    return pt.tensor4('x', dtype='float32')


def window_of(image, y, x, case):
    """The cells of window (y, x) that lie on the image."""
    ws, pad = case['ws'], case.get('pad', (0, 0))
    stride = case.get('stride') or ws
    top, left = y * stride[0] - pad[0], x * stride[1] - pad[1]
    return image[max(top, 0) : top + ws[0], max(left, 0) : left + ws[1]]


def loops(batch, case, shape, reduce):
    pooled = np.zeros(batch.shape[:2] + shape)
    for n, c, y, x in np.ndindex(*pooled.shape):
        pooled[n, c, y, x] = reduce(window_of(batch[n, c], y, x, case))
    return pooled


def test_windows_are_reduced_as_loops_reduce_them():
    (batch,) = normal(0, (2, 3, 8, 7))
    x = images()
    for case in CASES:
        area = np.prod(case['ws'])
        inc = (lambda w, area=area: w.sum() / area) if case['ignore_border'] else np.mean
        found = compiled([x], [pool_2d(x, mode=mode, **case) for mode in MODES], REFERENCE)(batch)
        for pooled, reduce in zip(found, (np.max, np.sum, inc, np.mean)):
            np.testing.assert_allclose(
                pooled, loops(batch, case, pooled.shape[2:], reduce), rtol=1e-5, atol=1e-6
            )


def check_golden(name, mode, values_of):
    """All of the original's cases as one graph, compared with its arrays."""
    arrays, cases = golden()
    inputs, values, outputs, expected = [], [], [], []
    for i, case in enumerate(cases['pool']):
        x = images()
        pooled = pool_2d(x, **arguments(case))
        (cotangent,) = normal(1999, arrays[f'{name}_{i}_0'].shape)
        inputs.append(x)
        values.append(values_of(i))
        outputs += [pooled, pytensor.grad((pooled * cotangent).sum(), x)]
        expected += [arrays[f'{name}_{i}_{j}'] for j in (0, 1)]
    for i, (found, truth) in enumerate(zip(compiled(inputs, outputs, mode)(*values), expected)):
        np.testing.assert_allclose(
            found,
            truth,
            rtol=1e-5,
            atol=1e-6,
            err_msg='{}, output {}'.format(cases['pool'][i // 2], i % 2),
        )


def test_each_engine_gives_the_original_numbers_and_gradients():
    for mode in engines().values():
        check_golden('pool', mode, lambda i: normal(1000 + i, (1, 2, 8, 7))[0])


def test_each_of_equal_maxima_gets_the_gradient_as_in_the_original():
    ties = np.random.RandomState(7).randint(0, 3, (1, 2, 8, 7)).astype('float32')
    for mode in engines().values():
        check_golden('ties', mode, lambda i: ties)


def test_gradients_agree_with_finite_differences():
    rng = np.random.RandomState(5)
    # Far from ties, where the maximum has no derivative.
    image = rng.permutation(2 * 7 * 6).reshape(1, 2, 7, 6) / 10.0
    for case in CASES:
        for mode in MODES:
            verify_grad(
                lambda x, mode=mode, case=case: pool_2d(x, mode=mode, **case),
                [image],
                rng=rng,
                mode=REFERENCE,
            )


def test_gradient_of_an_average_has_a_gradient():
    rng = np.random.RandomState(6)
    image, weights = rng.normal(size=(1, 1, 7, 6)), rng.normal(size=(7, 6))

    def curved(x):
        cost = (pool_2d(x, (3, 2), True, mode='average_exc_pad') ** 2).sum()
        return pytensor.grad(cost, x) * weights

    verify_grad(curved, [image], rng=rng, mode=REFERENCE)


def test_any_number_of_leading_axes():
    (block,) = normal(0, (2, 1, 3, 6, 5))
    for engine, mode in engines().items():
        for ndim in (2, 3, 5):
            x = pt.tensor(dtype='float32', shape=(None,) * ndim)
            value = block[(0,) * (5 - ndim)]
            pooled, slope = (lambda z: compiled([x], [z, pytensor.grad(z.sum(), x)], mode)(value))(
                pool_2d(x, (2, 2), True)
            )
            np.testing.assert_array_equal(
                pooled,
                value[..., :4].reshape(value.shape[:-2] + (3, 2, 2, 2)).max((-3, -1)),
                engine,
            )
            assert_equal(slope.sum(), pooled.size)


def test_nan_is_the_maximum_and_gets_the_gradient():
    batch = np.zeros((1, 1, 4, 4), 'float32')
    batch[0, 0, 1, 1] = np.nan
    x = images()
    pooled = pool_2d(x, (2, 2), True)
    for engine, mode in engines().items():
        found, slope = compiled([x], [pooled, pytensor.grad(pooled.sum(), x)], mode)(batch)
        assert_true(np.isnan(found[0, 0, 0, 0]), engine)
        assert_equal(np.isnan(found).sum(), 1)
        assert_equal(slope[0, 0, :2, :2].tolist(), [[0, 0], [0, 1]])


def test_nan_in_the_gradient_travels_on():
    (batch,) = normal(0, (1, 1, 4, 4))
    x = images()
    pooled = pool_2d(x, (2, 2), True)
    cost = (pooled * np.float32(np.nan)).sum()
    for engine, mode in engines().items():
        (slope,) = compiled([x], [pytensor.grad(cost, x)], mode)(batch)
        assert_equal(np.isnan(slope).sum(), 4, engine)


def test_a_window_of_minus_infinity_stays_it():
    batch = np.full((1, 1, 3, 3), -np.inf, 'float32')
    x = images()
    for mode in engines().values():
        (found,) = compiled([x], [pool_2d(x, (2, 2), True, pad=(1, 1))], mode)(batch)
        np.testing.assert_array_equal(found, np.full((1, 1, 2, 2), -np.inf))


def test_no_gradient_on_jax_is_a_scatter():
    # A GPU adds at scattered places one by one.
    if 'jax' not in engines():
        raise SkipTest("JAX is not installed: pip install -e '.[jax]'")
    import jax

    from juntingnet_theano.engine.jax import pool

    (batch,) = normal(0, (2, 3, 8, 7))
    for case, mode in itertools.product(CASES, MODES):
        windows = Pool(mode=mode, **case).windows
        pooled = pool.pool_images(batch, windows)
        if mode == 'max':
            gradient, values = pool.max_gradient, (batch, pooled, pooled)
        else:
            gradient, values = functools.partial(pool.average_gradient, batch.shape), (pooled,)
        lowered = jax.jit(functools.partial(gradient, windows=windows)).lower(*values)
        for program in (lowered.as_text(), lowered.compile().as_text()):
            assert_true(re.search(r'\bpad"?\(|\.pad ', program), program)
            assert_true(not re.search(r'\bscatter"?\(', program), program)


def test_an_image_smaller_than_the_window_gives_nothing():
    (batch,) = normal(0, (2, 1, 2, 5))
    x = images()
    pooled = pool_2d(x, (3, 2), True)
    for engine, mode in engines().items():
        found, slope = compiled([x], [pooled, pytensor.grad(pooled.sum(), x)], mode)(batch)
        assert_equal(found.shape, (2, 1, 0, 2), engine)
        np.testing.assert_array_equal(slope, np.zeros(batch.shape))


def test_known_and_inferred_shapes_are_the_real_ones():
    (batch,) = normal(0, (2, 3, 8, 7))
    for case in CASES:
        known = pt.tensor4(shape=(None, 3, 8, 7), dtype='float32')
        unknown = images()
        shape = compiled([unknown], [pool_2d(unknown, **case)], REFERENCE)(batch)[0].shape
        assert_equal(pool_2d(known, **case).type.shape, (None,) + shape[1:])
        run = pytensor.function([unknown], pool_2d(unknown, **case).shape, mode='NUMBA')
        assert_equal(tuple(run(batch)), shape)
        assert_true(not any(isinstance(node.op, Pool) for node in run.maker.fgraph.apply_nodes))


def test_old_names_mean_the_same_and_both_at_once_are_refused():
    x = images()
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        old = pool_2d(x, ds=(3, 2), st=(2, 2), padding=(1, 0), ignore_border=True)
    new = pool_2d(x, (3, 2), True, (2, 2), (1, 0))
    assert_equal(old.owner.op, new.owner.op)
    numpys = pool_2d(x, np.array([3, 2]), True, (np.int64(2), 2), pt.constant([1, 0]))
    assert_equal(numpys.owner.op, new.owner.op)
    older = max_pool_2d(x, (3, 2), True, (2, 2), (1, 0), 'sum')
    assert_equal(older.owner.op, Pool((3, 2), True, (2, 2), (1, 0), 'sum'))
    assert_in('both given', fails(ValueError, lambda: pool_2d(x, (2, 2), True, ds=(2, 2))))


def test_arguments_out_of_range_are_refused():
    x = images()
    for error, words, kwargs in (
        (ValueError, 'ws', dict(ws=(0, 2))),
        (ValueError, 'missing', dict()),
        (ValueError, 'mode', dict(ws=(2, 2), mode='median')),
        (NotImplementedError, 'smaller', dict(ws=(2, 2), pad=(2, 0))),
        (NotImplementedError, 'known', dict(ws=pt.ivector())),
        (ValueError, 'two integers', dict(ws=(2, 2, 2))),
    ):
        assert_in(
            words, fails(error, lambda kwargs=kwargs: pool_2d(x, ignore_border=True, **kwargs))
        )
    assert_in(
        'ignore_border', fails(NotImplementedError, lambda: pool_2d(x, (2, 2), False, pad=(1, 1)))
    )
    assert_in('2 or more', fails(NotImplementedError, lambda: pool_2d(pt.vector(), (2, 2), True)))
    assert_in('float', fails(TypeError, lambda: pool_2d(pt.lmatrix(), (2, 2), True)))


def test_leaving_out_ignore_border_warns():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        pool_2d(images(), (2, 2))
    assert_in('ignore_border', str(caught[0].message))
