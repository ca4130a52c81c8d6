"""GBVS: its chains against loops and eigenvectors; pop-out, symmetry."""

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises, assert_true

from juntingnet_theano.baselines import gbvs
from juntingnet_theano.errors import BadSetting
from tests.helpers.scenes import discs, peak, texture

LATTICE, SIGMA = (4, 5), 1.3


def transition(weigh):
    """Transition matrix by a loop over pairs of nodes (section 3)."""
    nodes = list(np.ndindex(*LATTICE))
    weights = np.zeros((len(nodes), len(nodes)))
    for i, (row, column) in enumerate(nodes):
        for j, (other_row, other_column) in enumerate(nodes):
            squared = (row - other_row) ** 2 + (column - other_column) ** 2
            weights[i, j] = weigh((row, column), (other_row, other_column)) * np.exp(
                -squared / (2 * SIGMA**2)
            )
    matrix = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    return matrix


def eigenvector(matrix):
    """The left eigenvector of the eigenvalue 1."""
    values, vectors = np.linalg.eig(matrix.T)
    index = np.argmin(np.abs(values - 1))
    np.testing.assert_allclose(values[index], 1, atol=1e-9)
    vector = np.real(vectors[:, index])
    return (vector / vector.sum()).reshape(LATTICE)


def iterated(matrix, tolerance):
    """Power iteration from the uniform distribution."""
    state = np.full(len(matrix), 1.0 / len(matrix))
    while True:
        following = state.dot(matrix)
        if np.abs(following - state).max() < tolerance:
            return following.reshape(LATTICE)
        state = following


def chains():
    """Both chains on a random map, and what the module makes of them."""
    feature = np.random.RandomState(0).rand(*LATTICE)
    yield (
        transition(lambda a, b: abs(feature[a] - feature[b])),
        gbvs.activation(feature, gbvs.proximity(LATTICE, SIGMA)),
    )
    yield (
        transition(lambda a, b: feature[b]),
        gbvs.concentration(feature, gbvs.profiles(LATTICE, SIGMA)),
    )


def test_equilibria_are_the_eigenvectors_of_the_transition_matrices():
    for matrix, found in chains():
        np.testing.assert_allclose(found, eigenvector(matrix), rtol=1e-5)


def test_equilibria_are_where_power_iteration_goes():
    for matrix, found in chains():
        np.testing.assert_allclose(found, iterated(matrix, 1e-12), rtol=1e-5)


def test_equilibria_stay_and_sum_to_one():
    for matrix, found in chains():
        np.testing.assert_allclose(found.sum(), 1, rtol=1e-6)
        np.testing.assert_allclose(found.ravel().dot(matrix), found.ravel(), rtol=1e-5)


def test_a_constant_feature_activates_nothing():
    none = gbvs.activation(np.full(LATTICE, 3.0), gbvs.proximity(LATTICE, SIGMA))
    assert_equal(none.max(), 0)
    assert_equal(gbvs.concentration(none, gbvs.profiles(LATTICE, SIGMA)).max(), 0)


def test_concentration_gathers_mass_at_the_peak():
    near = gbvs.profiles(LATTICE, SIGMA)
    activity = np.random.RandomState(1).rand(*LATTICE)
    once = gbvs.concentration(activity, near)
    twice = gbvs.concentration(once, near)
    assert_less(activity.max() / activity.sum(), once.max())
    assert_less(once.max(), twice.max())


def test_the_odd_disc_is_the_maximum():
    for odd in ((1, 1), (2, 3), (3, 2)):
        picture, centre = discs(odd)
        found = gbvs.saliency(picture)
        assert_less(np.abs(np.subtract(peak(found), centre)).max(), 9)


def test_a_mirrored_picture_has_the_mirrored_map():
    picture = texture(75, 100)
    found = gbvs.saliency(picture[::-1, ::-1])
    np.testing.assert_allclose(found[::-1, ::-1], gbvs.saliency(picture), atol=1e-4)


def test_a_bipartite_chain_has_its_equilibrium():
    # Two values only: power iteration would swing between them for ever.
    feature = np.zeros(LATTICE)
    feature[1, 2] = 1
    found = gbvs.activation(feature, gbvs.proximity(LATTICE, SIGMA))
    np.testing.assert_allclose(found[1, 2], 0.5, rtol=1e-6)


def test_each_channel_alone_gives_a_map_and_others_are_refused():
    picture = texture()
    for channel in gbvs.CHANNELS:
        assert_true(gbvs.saliency(picture, channels=channel).max() == 1)
    with assert_raises(BadSetting) as caught:
        gbvs.saliency(picture, channels='DX')
    assert_in('one of: D, I, O', str(caught.exception))
