"""Ranges of floats: NumPy's numbers, bit for bit, and as many of them."""

import numpy as np
from nose.tools import assert_equal, assert_raises

import juntingnet_theano  # noqa: F401  (serves theano)

import theano
import theano.tensor as T


def test_ranges_of_floats_are_those_of_numpy():
    for dtype in ('float32', 'float64'):
        bounds = [T.scalar(name, dtype) for name in ('start', 'stop', 'step')]
        run = theano.function(bounds, T.arange(*bounds, dtype=dtype))
        for case in (
            (0, 5, 1),
            (-5, 1.1, 1.2),
            (0, 1, 0.1),
            (0, 0.3, 0.1),
            (1, 2, 1 / 3),
            (1.3, 2, -2.1),
            (10, 2, -0.7),
            (2, 2, 1),
            (1e6, 1e6 + 3, 0.1),
        ):
            given = [np.asarray(each, dtype) for each in case]
            expected = np.arange(*(each.item() for each in given), dtype=dtype)
            found = run(*given)
            assert_equal(found.dtype, expected.dtype)
            assert_equal(found.tobytes(), expected.tobytes(), f'{dtype} {case}: {found}')
        for stop, step in ((1, 0), (np.nan, 1), (np.inf, 1)):
            assert_raises(ValueError, run, 0, stop, step)
