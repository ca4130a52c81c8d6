"""Sums of rows and maxima of pieces on the numba linker."""

import functools
import math

import numpy as np
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_in

from tests.helpers.engines import compiled, fails, normal


@functools.lru_cache(maxsize=None)
def sums(dtype='float32', **kwargs):
    x = pt.matrix(dtype=dtype)
    return compiled([x], [pt.sum(x, axis=0, **kwargs)], 'NUMBA')


def test_sums_of_rows_round_once_in_any_layout():
    (matrix,) = normal(0, (301, 37))
    matrix *= np.float32(10) ** np.arange(-18, 19, dtype='float32')
    add = sums()
    for given in (matrix, np.asfortranarray(matrix), matrix[::-1, ::2], matrix[:1], matrix[:0]):
        truth = [math.fsum(column) for column in given.T.astype('float64')]
        np.testing.assert_array_equal(add(given)[0], np.float32(truth))


def test_sums_keep_the_accuracy_that_was_asked_for():
    # 1 is lost beside 2 ** 24 in float32, not in float64.
    given = np.float32([[2**24], [1], [1]])
    assert_equal(sums(acc_dtype='float32')(given)[0].tolist(), [2.0**24])
    assert_equal(sums()(given)[0].tolist(), [2.0**24 + 2])


def test_not_a_number_and_infinity_reach_the_sums():
    given = np.float32([[1, np.nan, np.inf, np.inf], [2, 1, 1, -np.inf]])
    np.testing.assert_array_equal(sums()(given)[0], np.float32([3, np.nan, np.inf, np.nan]))


def test_sums_of_other_dtypes_and_axes_are_left_to_the_engine():
    given = np.arange(12).reshape(3, 4)
    assert_equal(sums('int32')(given.astype('int32'))[0].tolist(), [12, 15, 18, 21])
    assert_equal(sums('float64')(given.astype('float64'))[0].dtype, np.dtype('float64'))
    x = pt.matrix(dtype='float32')
    rows, whole = compiled([x], [x.sum(axis=1), x.sum()], 'NUMBA')(given.astype('float32'))
    assert_equal((rows.tolist(), float(whole)), ([6, 22, 38], 66))


def test_maxima_of_pieces_are_numpys_and_show_nan():
    x = pt.tensor3(dtype='float32')
    run = compiled([x], [x.max(axis=2), x.max(axis=1), x.max()], 'NUMBA')
    rng = np.random.RandomState(8)
    for shape in ((4, 7, 2), (3, 5, 1), (1, 1, 3), (2, 6, 9)):
        pieces = rng.randint(-2, 3, shape).astype('float32')
        pieces[0, 0, -1] = rng.choice([np.nan, np.inf, -np.inf])
        for given in (pieces, np.repeat(pieces, 2, axis=1)[:, ::-2]):
            for found, axis in zip(run(given), (2, 1, None)):
                np.testing.assert_array_equal(found, given.max(axis=axis))
    assert_equal(
        compiled([x], [x.max(axis=2)], 'NUMBA')(np.zeros((0, 5, 2), 'float32'))[0].shape, (0, 5)
    )
    assert_in('without elements', fails(ValueError, run, pieces[:, :, :0]))
