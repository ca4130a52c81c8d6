"""Distributions, counts and permutations of both classes of streams."""

import numpy as np
from nose.tools import assert_equal, assert_raises, assert_true
from numpy.testing import assert_allclose, assert_array_equal

import juntingnet_theano  # noqa: F401  (serves theano)

import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.shared_randomstreams import RandomStreams


def drawn(sample, *values):
    """One draw of a sample, by NumPy."""
    return theano.function([each for each, _ in values], sample, mode='FAST_COMPILE')(
        *(each for _, each in values)
    )


PVALS = np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]], 'float32')


def test_multinomial_and_choice_are_the_originals():
    # Found by running Theano 1.0.5.
    streams, p = MRG_RandomStreams(7), T.matrix('p')
    once = streams.multinomial(pvals=p)
    many = streams.multinomial(pvals=p, n=4, dtype='float32')
    some = streams.choice(p=p, size=3, replace=False)
    numbers = [drawn(each, (p, PVALS)) for each in (once, many, some)]
    assert_equal(
        [each.tolist() for each in numbers],
        [[[1, 0, 0, 0], [1, 0, 0, 0]], [[0, 0, 4, 0], [4, 0, 0, 0]], [[1, 3, 2], [0, 3, 1]]],
    )
    assert_equal([str(each.dtype) for each in numbers], ['int64', 'float32', 'int64'])
    assert_equal(streams.multinomial(pvals=p, dtype='auto').dtype, 'float32')


def test_streams_refuse_what_theano_refused():
    streams, p = MRG_RandomStreams(1), T.matrix('p')
    for call in (
        lambda: streams.uniform((1,), low=T.vector()),
        lambda: streams.binomial((2,), n=3),
        lambda: streams.multinomial((2,), pvals=p),
        lambda: streams.multinomial(pvals=p[0]),
        lambda: streams.multinomial(),
        lambda: streams.choice(p=p),
        lambda: streams.choice(p=p, a=3, replace=False),
    ):
        assert_raises((NotImplementedError, ValueError, TypeError), call)


def test_shared_streams_draw_the_originals_numbers():
    # Two draws of each, found by running Theano 1.0.5.
    streams = RandomStreams(7)
    for sample, expected in (
        (
            streams.uniform((3,)),
            [
                [0.05574946478009224, 0.5019673705101013, 0.410763144493103],
                [0.34854525327682495, 0.2315581887960434, 0.033000778406858444],
            ],
        ),
        (
            streams.normal((3,), 1, 3),
            [
                [-2.9439733028411865, -4.80308198928833, -2.433457136154175],
                [1.5083891153335571, -1.4165629148483276, -1.6968096494674683],
            ],
        ),
        (streams.binomial((6,), 4, 0.3), [[1, 2, 1, 0, 1, 1], [2, 0, 1, 2, 2, 0]]),
        (streams.random_integers((5,), 1, 6), [[5, 3, 2, 3, 3], [4, 6, 6, 5, 4]]),
        (streams.poisson((5,), 3.0), [[1, 4, 4, 1, 2], [3, 2, 6, 2, 5]]),
        (
            streams.multinomial((2,), 5, PVALS),
            [[[1, 0, 1, 3], [3, 1, 0, 1]], [[1, 3, 1, 0], [4, 0, 0, 1]]],
        ),
        (
            streams.permutation((2,), 5),
            [[[3, 4, 2, 1, 0], [2, 4, 1, 0, 3]], [[4, 1, 0, 3, 2], [4, 2, 3, 0, 1]]],
        ),
        (streams.choice((4,), 5), [[0, 1, 2, 0], [1, 0, 1, 0]]),
        (streams.choice((4,), 4, p=[0.1, 0.2, 0.3, 0.4]), [[2, 3, 2, 1], [2, 3, 3, 3]]),
        (streams.choice((3,), 5, replace=False), [[1, 0, 4], [3, 0, 2]]),
    ):
        draw = theano.function([], sample, mode='FAST_COMPILE')
        numbers = [draw(), draw()]
        assert_array_equal(numbers, np.array(expected, numbers[0].dtype))


def test_shared_streams_draw_the_same_on_every_linker():
    compiled = [
        theano.function([], RandomStreams(7).normal((3,)), mode=each)
        for each in (None, 'FAST_COMPILE')
    ]
    for _ in range(2):
        assert_array_equal(*(each() for each in compiled))


def test_shared_streams_have_numpys_distributions():
    streams, many = RandomStreams(1), (40000,)
    p = np.array([0.1, 0.2, 0.3, 0.4])
    for sample, mean, deviation in (
        (streams.uniform(many, 2, 4), 3, 12**-0.5 * 2),
        (streams.normal(many, 1, 3), 1, 3),
        (streams.binomial(many), 0.5, 0.5),
        (streams.binomial(many, n=10, p=0.3), 3, 2.1**0.5),
        (streams.binomial(many, 10, prob=0.3), 3, 2.1**0.5),
        (streams.poisson(many, lam=4.0), 4, 2),
        (streams.poisson(many, lam=0.5), 0.5, 0.5**0.5),
        (streams.random_integers(many, 1, 6), 3.5, (35 / 12.0) ** 0.5),
        (streams.choice(many, 5), 2, 2**0.5),
        (streams.choice(many, 4, p=p), 2, 1),
        (streams.choice(many, np.array([0.0, 10.0]), dtype='float32'), 5, 5),
    ):
        numbers = drawn(sample)
        assert_allclose(
            [numbers.mean(), numbers.std()],
            [mean, deviation],
            atol=0.05 + 0.01 * mean,
            err_msg=str(sample),
        )
    counts = drawn(streams.multinomial((20000,), 3, p))
    assert_equal(counts.shape, (20000, 4))
    assert_equal(set(counts.sum(axis=1)), {3})
    assert_allclose(counts.mean(axis=0), 3 * p, atol=0.03)


def test_shared_streams_without_a_size_draw_for_each_parameter():
    streams, low = RandomStreams(1), T.vector('low')
    values = np.array([0, 10, 20], 'float32')
    numbers = drawn(streams.uniform(low=low, high=low + 1), (low, values))
    assert_true(((values < numbers) & (numbers < values + 1)).all())
    assert_true(len(set((numbers - values).round(4))) == 3)
    assert_equal(drawn(streams.poisson(lam=np.array([1.0, 2.0]))).shape, (2,))
    assert_equal(drawn(streams.normal()).shape, ())


def test_permutations_hold_each_number_once():
    streams, x = RandomStreams(1), T.matrix('x')
    order = drawn(streams.permutation((50,), 6))
    assert_array_equal(np.sort(order, axis=1), np.tile(np.arange(6), (50, 1)))
    assert_allclose(order.mean(axis=0), [2.5] * 6, atol=1.2)
    rows = np.arange(12, dtype='float32').reshape(2, 6)
    shuffled = drawn(streams.shuffle_row_elements(x), (x, rows))
    assert_array_equal(np.sort(shuffled, axis=1), rows)
    assert_true((shuffled != rows).any())
    few = drawn(streams.choice((5,), 5, replace=False))
    assert_array_equal(np.sort(few), np.arange(5))
    first = [int(drawn(streams.choice((1,), 2, False, np.array([0.9, 0.1])))[0]) for _ in range(30)]
    assert_true(sum(first) < 10)


def test_a_sample_knows_its_state():
    streams = RandomStreams(1)
    for sample in (
        streams.uniform((2,)),
        streams.binomial((2,), 3),
        streams.permutation(n=3),
        streams.choice((2,), 3),
        streams.poisson((2,)),
        streams.normal((2,)),
    ):
        function = theano.function([], sample, mode='FAST_COMPILE')
        state = sample.rng.get_value()
        first = function()
        sample.rng.set_value(state)
        assert_array_equal(function(), first)
    assert_equal(len(streams.updates()[0]), 2)
    still = theano.function([], sample, mode='FAST_COMPILE', no_default_updates=True)
    assert_array_equal(still(), still())
    moving = theano.function(
        [], sample, mode='FAST_COMPILE', no_default_updates=True, updates=[sample.update]
    )
    assert_true((moving() != moving()).any())


def test_a_stream_is_set_to_a_state_of_numpys():
    streams = RandomStreams(1)
    sample = streams.uniform((3,), dtype='float64')
    draw = theano.function([], sample, mode='FAST_COMPILE')
    streams[sample.rng] = np.random.RandomState(5)
    assert_array_equal(draw(), np.random.RandomState(5).uniform(size=3))
    left = np.random.RandomState(5)
    left.uniform(size=3)
    assert_array_equal(streams[sample.rng].uniform(size=2), left.uniform(size=2))
    streams.seed(1)
    again = draw()
    streams.seed()
    assert_array_equal(draw(), again)
    assert_raises(ValueError, streams.uniform, (2,), ndim=3)
