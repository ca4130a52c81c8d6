"""Indices out of bounds: an error, as with NumPy, and never memory of others."""

import numpy as np
from nose.tools import assert_equal, assert_in
from numpy.testing import assert_array_equal

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.helpers.engines import fails

import theano
import theano.tensor as T

X = np.arange(12, dtype='float32').reshape(3, 4)
x, rows, columns = T.fmatrix('x'), T.lvector('rows'), T.ivector('columns')


def checks(function):
    """How many indices a compiled function compares."""
    names = [type(node.op).__name__ for node in function.maker.fgraph.toposort()]
    return names.count('CheckedIndex')


def test_arrays_of_integers_index_as_in_numpy_or_are_refused():
    # A read that is summed, one with a slice, and a write.
    run = theano.function(
        [x, rows, columns],
        [T.exp(x[rows, columns]).sum(), x[1:, columns], T.inc_subtensor(x[rows], 1)],
    )
    summed, sliced, written = run(X, [0, -3, 2], [-4, 3, 0])
    np.testing.assert_allclose(summed, np.exp(X[[0, 0, 2], [0, 3, 0]]).sum(), rtol=1e-6)
    assert_array_equal(sliced, X[1:, [0, 3, 0]])
    assert_array_equal(written, X + [[2], [0], [1]])
    for bad in (3, -4, 2**40):
        assert_in('axis 0', fails(IndexError, run, X, [0, bad], [0, 0]))
    for bad in (4, -5, 2**30):
        assert_in('axis 1', fails(IndexError, run, X, [0, 0], [0, bad]))


def test_the_likelihood_of_a_label_beyond_the_classes_is_refused():
    loss = -T.mean(T.log(x)[T.arange(rows.shape[0]), rows])
    run = theano.function([x, rows], [loss, theano.grad(loss, x)])
    p = X + 1
    found, slope = run(p, [0, 3, 1])
    np.testing.assert_allclose(found, -np.log(p[[0, 1, 2], [0, 3, 1]]).mean(), rtol=1e-6)
    assert_equal(np.flatnonzero(slope).tolist(), [0, 7, 9])
    assert_in('out of bounds', fails(IndexError, run, p, [0, 4, 1]))
    assert_in('out of bounds', fails(IndexError, run, p, [0, 0, 0, 0]))


def test_masks_have_the_shape_of_what_they_mask():
    mask, both = T.bvector('mask') > 0, T.bmatrix('both') > 0
    given = [mask.owner.inputs[0], both.owner.inputs[0]]
    run = theano.function([x, *given], [x[1:, mask], T.set_subtensor(x[both], 0)])
    some, odd = np.array([0, 1, 1, 0], 'int8'), (X % 2).astype('int8')
    kept, cleared = run(X, some, odd)
    assert_array_equal(kept, X[1:, 1:3])
    assert_array_equal(cleared, X - X * odd)
    for other in (some[:2], np.append(some, some)):
        assert_in('axis 1', fails(IndexError, run, X, other, odd))
    for other in (odd[:2], odd[:, :3], np.ones((3, 5), 'int8')):
        assert_in('axis 0', fails(IndexError, run, X, some, other))


def test_indices_inside_of_loops_are_checked():
    matrix = T.lmatrix('matrix')
    taken, _ = theano.scan(lambda row, values: values[row].sum(), [matrix], None, [x[0]])
    run = theano.function([x, matrix], taken)
    assert_array_equal(run(X, [[0, 1], [-1, 2]]), [1, 5])
    assert_in('out of bounds', fails(IndexError, run, X, [[0, 1], [2, 4]]))


def test_what_is_known_to_fit_is_not_checked():
    known = T.TensorType('float32', (3, 4))('known')
    assert_equal(checks(theano.function([known], known[[0, 2, 1]])), 0)
    assert_equal(checks(theano.function([x], x[[0, 2, 1]])), 1)
    assert_in('axis 0', fails(IndexError, theano.function([known], known[[0, 3, 1]]), X))
