"""Maxima and minima of nothing: Theano's error, and never a bound of the dtype."""

import numpy as np
from nose.tools import assert_equal
from numpy.testing import assert_array_equal

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.helpers.engines import fails

import theano
import theano.tensor as T


def test_a_maximum_or_minimum_along_an_empty_axis_is_refused():
    x, rows = T.fmatrix('x'), T.ivector('rows')
    # Alone, after arithmetic that is fused with it, of integers, of all axes.
    for variable, result, of_ones in (
        (x, T.max(x, axis=0), [1, 1]),
        (x, T.min(T.sqrt(x) + 1, axis=0), [2, 2]),
        (rows, T.min(rows), 1),
        (x, T.max(x), 1),
    ):
        run = theano.function([variable], result)
        ones = np.ones((3, 2)[: variable.ndim], variable.dtype)
        assert_array_equal(run(ones), of_ones)
        fails(ValueError, run, ones[:0])


def test_what_is_left_of_other_axes_may_be_empty():
    x = T.fmatrix('x')
    run = theano.function([x], x.max(axis=1))
    assert_equal(run(np.zeros((0, 2), 'float32')).shape, (0,))


def test_a_mask_that_keeps_nothing_has_no_maximum_inside_of_a_loop_either():
    x = T.fmatrix('x')
    found, _ = theano.scan(lambda row: row[row > 0].max(), [x])
    run = theano.function([x], found)
    assert_array_equal(run([[1, 2], [-1, 3]]), [2, 3])
    fails(ValueError, run, [[1, 2], [-1, -3]])
