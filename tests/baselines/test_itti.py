"""Itti, Koch and Niebur: the operator N, pop-out, symmetry."""

import numpy as np
from nose.tools import assert_equal, assert_less

from juntingnet_theano.baselines import itti
from tests.helpers.scenes import discs, peak, texture


def bumps(heights):
    """A map with single-pixel peaks of these heights."""
    values = np.zeros((5, 4 * len(heights) + 1))
    values[2, 2 : 4 * len(heights) : 4] = heights
    return values


def normalised_by_loop(values):
    """Section 2.2, pixel by pixel, for maps without plateaus."""
    values = (values - values.min()) / (values.max() - values.min())
    maxima = []
    for row, column in np.ndindex(*values.shape):
        around = values[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        if values[row, column] == around.max() and values[row, column] > 0:
            maxima.append(values[row, column])
    maxima.remove(max(maxima))
    return values * (1 - np.mean(maxima)) ** 2


def test_n_is_the_papers_formula():
    values = np.random.RandomState(0).rand(12, 15)
    np.testing.assert_allclose(itti.normalise(values), normalised_by_loop(values), atol=1e-6)


def test_n_keeps_one_peak_and_damps_many():
    np.testing.assert_allclose(itti.normalise(bumps([5.0])).max(), 1)
    np.testing.assert_allclose(itti.normalise(bumps([5.0, 2.5])).max(), 0.25)
    np.testing.assert_allclose(itti.normalise(bumps([4.0] * 6)).max(), 0)


def test_n_counts_a_plateau_as_one_peak():
    values = bumps([5.0, 2.5])
    values[1:4, 1:4] = 5
    np.testing.assert_allclose(itti.normalise(values).max(), 0.25)


def test_n_of_a_constant_is_zero():
    assert_equal(itti.normalise(np.full((4, 4), 3.0)).max(), 0)


def test_the_odd_disc_is_the_maximum():
    for odd in ((1, 1), (2, 3), (3, 2)):
        picture, centre = discs(odd)
        found = itti.saliency(picture)
        assert_less(np.abs(np.subtract(peak(found), centre)).max(), 9)


def test_the_odd_orientation_is_the_maximum():
    y, x = np.mgrid[:128, :128]
    picture = np.where(x // 4 % 2, 160, 96)
    picture[40:72, 72:104] = np.where(y // 4 % 2, 160, 96)[40:72, 72:104]
    picture = np.repeat(picture[..., np.newaxis], 3, axis=2).astype('uint8')
    found = itti.saliency(picture)
    assert_less(np.abs(np.subtract(peak(found), (56, 88))).max(), 17)


def test_the_papers_parameters_find_a_bright_square_in_a_large_picture():
    picture = np.full((480, 640, 3), 40, 'uint8')
    picture[300:340, 200:240] = 220
    found = itti.saliency(picture, **itti.PAPER)
    assert_less(np.abs(np.subtract(peak(found), (320, 220))).max(), 33)


def test_a_mirrored_picture_has_the_mirrored_map():
    for height, width in ((72, 96), (75, 101)):
        picture = texture(height, width)
        for flipped in (slice(None), slice(None, None, -1)):
            found = itti.saliency(picture[flipped, ::-1])
            np.testing.assert_allclose(found[flipped, ::-1], itti.saliency(picture), atol=1e-4)
