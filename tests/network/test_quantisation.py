"""Quantised weights: error, entropy and edges against closed forms."""

import zlib

import numpy as np
from nose.tools import assert_equal, assert_less, assert_true

from juntingnet_theano.network.quantisation import quantise_weights, restore_weights

WEIGHTS = (np.random.RandomState(0).normal(0, 1, (4000, 50)) * np.geomspace(0.001, 10, 50)).astype(
    'float32'
)


def test_each_weight_is_within_half_a_step_of_its_units():
    codes, step = quantise_weights(WEIGHTS, 5)
    error = abs(restore_weights(codes, step) - WEIGHTS)
    assert_true((error <= 0.5001 * step).all())


def test_the_error_is_that_of_rounding_at_that_entropy():
    # Uniform rounding: step / sqrt(12); entropy of the codes in bits.
    for bits in (4, 5, 6):
        codes, step = quantise_weights(WEIGHTS, bits)
        spread = (restore_weights(codes, step) - WEIGHTS).std(axis=0)
        np.testing.assert_allclose(spread, step / np.sqrt(12), rtol=0.05)
        shares = np.unique(codes, return_counts=True)[1] / codes.size
        entropy = -(shares * np.log2(shares)).sum()
        assert_less(abs(entropy - bits), 0.03)
        packed = len(zlib.compress(codes.tobytes(), 9)) * 8 / codes.size
        assert_less(packed, bits + 0.7)


def test_one_large_weight_widens_the_step_of_its_unit_alone():
    weights = WEIGHTS.copy()
    weights[0, 3] = 1000
    codes, step = quantise_weights(weights, 5)
    assert_equal(codes[0, 3], 127)
    np.testing.assert_array_equal(np.delete(step, 3), np.delete(quantise_weights(WEIGHTS, 5)[1], 3))


def test_units_without_weights_stay_zero():
    codes, step = quantise_weights(np.zeros((5, 2), 'float32'), 5)
    assert_true((restore_weights(codes, step) == 0).all())
    assert_true(np.isfinite(step).all())
