"""Shapes on the numba linker: changed as NumPy changes them, and checked."""

import functools

import numpy as np
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_in

from tests.helpers.engines import compiled, fails

SIZES = [
    [24],
    [-1],
    [6, 4],
    [-1, 4],
    [4, -1],
    [2, 3, 4],
    [3, -1, 2],
    [1, 24, 1],
    [0, 5],
    [0, 0, 7],
    [2, 3, 2, 2],
]
WRONG = [[25], [0], [0, -1], [5, -1], [-1, -1], [2, -1, -1], [7, 4], [-2, 3]]


def layouts(array):
    """The array and views of it that lie in memory in other ways."""
    return [array, array[:, ::-1], array.transpose(3, 1, 0, 2), array[:0]]


@functools.lru_cache(maxsize=None)
def reshaped(ndim):
    x, shape = pt.tensor4(dtype='float32'), pt.lvector()
    return compiled([x, shape], [pt.reshape(x, shape, ndim=ndim)], 'NUMBA')


def test_elements_keep_their_order_in_any_layout():
    array = np.arange(24, dtype='float32').reshape(2, 3, 2, 2)
    for sizes in SIZES:
        change = reshaped(len(sizes))
        for given in layouts(array):
            if -1 not in sizes and np.prod(sizes) != given.size:
                fails(ValueError, change, given, np.array(sizes))
                continue
            (found,) = change(given, np.array(sizes))
            np.testing.assert_array_equal(found, given.reshape(sizes))


def test_sizes_that_do_not_fit_are_refused():
    array = np.arange(24, dtype='float32').reshape(2, 3, 2, 2)
    for sizes in WRONG:
        for given in layouts(array):
            if -1 not in sizes and np.prod(sizes) == given.size:
                continue  # [0] of no elements
            if sizes in ([5, -1],) and given.size == 0:
                continue  # five times none
            text = fails(ValueError, reshaped(len(sizes)), given, np.array(sizes))
            assert_in('reshape', text)


def test_the_other_shape_may_be_of_other_dtypes_and_sizes_of_any_integers():
    x, shape = pt.tensor3(dtype='uint8'), pt.ivector()
    change = compiled([x, shape], [pt.reshape(x, shape, ndim=2)], 'NUMBA')
    given = np.arange(12, dtype='uint8').reshape(2, 3, 2)
    (found,) = change(given, np.int32([3, -1]))
    assert_equal(found.dtype, np.dtype('uint8'))
    np.testing.assert_array_equal(found, given.reshape(3, 4))


def test_a_size_that_was_said_is_checked():
    x = pt.matrix(dtype='float32')
    check = compiled([x], [pt.specify_shape(x, (None, 3))], 'NUMBA')
    given = np.zeros((2, 3), 'float32')
    np.testing.assert_array_equal(check(given)[0], given)
    assert_in('axis 1', fails(AssertionError, check, given[:, :2]))
