"""MRG streams: the original's numbers, on each engine, call after call."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_in, assert_less, assert_true

from juntingnet_theano.engine.names.sandbox.rng_mrg import MRG_RandomStreams, guess_n_streams
from juntingnet_theano.engine.names.tensor.shared_randomstreams import RandomStreams
from juntingnet_theano.engine.ops.mrg31k3p import M1, M2, substreams
from tests.helpers.engines import REFERENCE, arguments, compiled, engines, fails, golden


def drawn(case):
    """Two tensors drawn one after the other, as make_ops_golden.py does."""
    case = arguments(case)
    streams = MRG_RandomStreams(case.pop('seed'))
    draw = getattr(streams, case.pop('method'))
    return [draw(**case), draw(**case)]


def test_each_engine_gives_the_original_numbers_call_after_call():
    arrays, cases = golden()
    for engine, mode in engines().items():
        for i, case in enumerate(cases['mrg']):
            run = compiled([], drawn(case), mode)
            for call in (0, 1):
                for stream, found in enumerate(run()):
                    truth = arrays[f'mrg_{i}_{call}_{stream}']
                    # Not the size of integers: JAX has 32 bits by default.
                    assert_equal(found.dtype.kind, truth.dtype.kind)
                    # Bit for bit, but where arithmetic follows: logarithm
                    # and cosine, or a product and sum rounded as one.
                    exact = case['method'] != 'normal' and 'low' not in case
                    np.testing.assert_allclose(
                        found, truth, rtol=0, err_msg=engine, atol=0 if exact else 1e-5
                    )


def test_dropout_masks_of_a_size_known_at_run_time_are_the_original_ones():
    arrays, cases = golden()
    seed, shape = cases['dropout']['seed'], cases['dropout']['shape']
    like = pt.matrix('like', dtype='float32')
    for engine, mode in engines().items():
        mask = MRG_RandomStreams(seed).binomial(like.shape, p=0.5, dtype='int8')
        run = compiled([like], [mask], mode)
        for call in (0, 1):
            np.testing.assert_array_equal(
                np.packbits(run(np.zeros(shape, 'float32'))[0]), arrays[f'dropout_{call}'], engine
            )


def test_recurrence_is_the_published_one_in_plain_integers():
    # x[n] = 2^22 x[n-2] + (2^7 + 1) x[n-3] mod 2^31 - 1
    # y[n] = 2^15 y[n-1] + (2^15 + 1) y[n-3] mod 2^31 - 21069
    seed = [5, 77, 123456789, 2147462578, 1, 42]
    x, y = seed[2::-1], seed[:2:-1]  # oldest first
    expected = []
    for _ in range(200):
        x.append((2**22 * x[-2] + 129 * x[-3]) % M1)
        y.append((2**15 * y[-1] + 32769 * y[-3]) % M2)
        expected.append((x[-1] - y[-1]) % M1 or M1)
    for mode in engines().values():
        (found,) = compiled(
            [],
            [
                MRG_RandomStreams(seed).uniform(
                    (200,), dtype='float64' if mode is REFERENCE else 'float32', nstreams=1
                )
            ],
            mode,
        )()
        np.testing.assert_allclose(found * 2.0**31, expected, rtol=1e-6)


def test_a_size_without_axes_draws_one_number():
    # The recurrence above, from twelve in all places.
    x, y = (2**22 + 129) * 12 % M1, (2 * 2**15 + 1) * 12 % M2
    for engine, mode in engines().items():
        one = MRG_RandomStreams(12).uniform((), dtype='float64')
        (found,) = compiled([], [one], mode)()
        assert_equal(found.shape, (), engine)
        np.testing.assert_allclose(found * 2.0**31, (x - y) % M1, rtol=1e-6, err_msg=engine)


def test_more_numbers_than_theano_draws_at_once_are_refused():
    for mode in engines().values():
        for size in ((2**31,), (2, 2**15, 2**15)):
            run = compiled([], [MRG_RandomStreams(1).uniform(size)], mode)
            assert_in('2**31 - 1', fails(ValueError, run))


def test_a_vector_of_sizes_is_as_long_as_ndim():
    size = pt.lvector('size')
    for engine, mode in engines().items():
        if engine == 'jax':  # whose sizes are known when it compiles
            continue
        for streams in (MRG_RandomStreams(1), RandomStreams(1)):
            run = compiled([size], [streams.uniform(size, ndim=2)], mode)
            assert_equal(run([2, 3])[0].shape, (2, 3))
            for other in ([4], [4, 3, 5]):
                assert_in('ndim=2', fails(ValueError, run, other))
            for known in (pt.TensorType('int64', (3,))(), (4, 3, 5)):
                assert_in('ndim=2', fails(ValueError, streams.uniform, known, 0, 1, 2))


def test_substreams_are_2_to_72_steps_apart():
    def power(matrix, exponent, modulus):
        result = np.eye(3, dtype=object)
        for bit in bin(exponent)[2:]:
            result = result.dot(result) % modulus
            if bit == '1':
                result = result.dot(matrix) % modulus
        return result

    first = np.array([[0, 2**22, 129], [1, 0, 0], [0, 1, 0]], object)
    second = np.array([[2**15, 0, 32769], [1, 0, 0], [0, 1, 0]], object)
    state = np.array([1, 2, 3, 4, 5, 6], object)
    rows = substreams(state, 7)
    for row in range(7):
        jump = row * 2**72
        assert_equal(
            rows[row].tolist(),
            (power(first, jump, M1).dot(state[:3]) % M1).tolist()
            + (power(second, jump, M2).dot(state[3:]) % M2).tolist(),
        )


def test_only_rows_that_drew_advance():
    streams = MRG_RandomStreams(7)
    sample = streams.uniform((10,), nstreams=4)
    state = streams.state_updates[0][0]
    for mode in engines().values():
        state.set_value(substreams([7] * 6, 4))
        run = compiled([], [sample], mode)
        together = np.concatenate([run()[0], run()[0]])
        # Rows 0 and 1 drew three numbers, rows 2 and 3 two.
        alone = compiled([], [MRG_RandomStreams(7).uniform((16,), nstreams=4)], REFERENCE)()[
            0
        ].reshape(4, 4)
        np.testing.assert_array_equal(together[:10], alone.ravel()[:10])
        assert_equal(together[10], alone[3, 0])
        assert_equal(together[12], alone[2, 2])


def test_seed_starts_all_streams_again():
    streams = MRG_RandomStreams(99)
    run = compiled([], [streams.uniform((20,)), streams.normal((4, 5))], REFERENCE)
    first, other = run(), run()
    streams.seed()
    for before, again in zip(first, run()):
        np.testing.assert_array_equal(before, again)
    streams.seed(98)
    for values in (first, other):
        assert_true((run()[0] != values[0]).all())


def test_samples_have_the_distribution_asked_for():
    streams = MRG_RandomStreams(3)
    uniform, normal, binomial = compiled(
        [],
        [
            streams.uniform((300, 300), low=-1, high=3),
            streams.normal((300, 300), avg=-2.0, std=0.5),
            streams.binomial((300, 300), p=0.2),
        ],
        'NUMBA',
    )()
    # Five standard errors of 90,000 draws each.
    for values, mean, deviation in (
        (uniform, 1, 4 / 12**0.5),
        (normal, -2, 0.5),
        (binomial, 0.2, 0.4),
    ):
        assert_less(abs(values.mean() - mean), 5 * deviation / 300)
        assert_less(abs(values.std() / deviation - 1), 5 / 300.0)
    assert_true(uniform.min() >= -1 and uniform.max() < 3)
    assert_equal(uniform.dtype, normal.dtype)
    assert_equal(str(normal.dtype), pytensor.config.floatX)
    assert_equal(str(binomial.dtype), 'int64')


def test_sizes_of_the_graph_and_of_integers_become_static_shape():
    streams = MRG_RandomStreams()
    x = pt.tensor3('x')
    sample = streams.uniform((x.shape[1], 3, np.int64(2)))
    assert_equal(sample.type.shape, (None, 3, 2))
    assert_equal(compiled([x], [sample], 'NUMBA')(np.zeros((1, 5, 1), x.dtype))[0].shape, (5, 3, 2))
    assert_equal(streams.uniform(pt.ivector(), ndim=2).type.ndim, 2)


def test_number_of_substreams_follows_the_original_rule():
    for size, count in (((5,), 5), ((3, 4), 2), ((1000, 1000), 15360), (pt.ivector(), 15360)):
        assert_equal(guess_n_streams(size), count)


def test_arguments_out_of_range_are_refused():
    for seed in (0, -1, M2, [0, 0, 0, 1, 1, 1], [1, 1, M1, 1, 1, 1]):
        assert_in('seed', fails(ValueError, MRG_RandomStreams, seed))
    assert_in('6 integers', fails(TypeError, MRG_RandomStreams, [1, 2]))
    streams = MRG_RandomStreams()
    assert_in('0 or below', fails(ValueError, streams.uniform, (3, 0)))
    assert_in('size', fails(TypeError, streams.uniform, 'abc'))
    assert_in('n=1', fails(NotImplementedError, lambda: streams.binomial((2,), n=3)))
    assert_in('float', fails(TypeError, lambda: streams.uniform((2,), dtype='float16')))
