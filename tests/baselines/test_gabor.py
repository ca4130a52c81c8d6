"""Oriented energy against the filter written as a square of numbers."""

import numpy as np
from nose.tools import assert_equal, assert_greater
from scipy import ndimage

from juntingnet_theano.baselines import gabor


def energy_by_definition(values, angle, period, sigma):
    """One complex Gabor, as a square kernel whose sum is taken off."""
    reach = int(np.ceil(3 * sigma))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    theta = np.deg2rad(angle)
    envelope = np.exp(-(x**2 + y**2) / (2.0 * sigma**2))
    envelope /= envelope.sum()
    phase = 2 * np.pi / period * (x * np.cos(theta) + y * np.sin(theta))
    even = envelope * np.cos(phase)
    even -= even.sum() * envelope
    odd = envelope * np.sin(phase)
    return np.hypot(*(ndimage.correlate(values, kernel, mode='reflect') for kernel in (even, odd)))


def test_split_filters_are_the_square_kernel():
    values = np.random.RandomState(0).rand(25, 31)
    found = gabor.energy(values, (0, 30, 90, 135))
    for angle, each in zip((0, 30, 90, 135), found):
        np.testing.assert_allclose(each, energy_by_definition(values, angle, 4.0, 2.0), atol=1e-5)


def test_stripes_answer_at_their_own_angle():
    y, x = np.mgrid[:40, :40]
    for index, angle in enumerate(np.deg2rad(gabor.ANGLES)):
        stripes = np.cos(2 * np.pi / gabor.PERIOD * (x * np.cos(angle) + y * np.sin(angle)))
        means = [each[10:30, 10:30].mean() for each in gabor.energy(stripes)]
        assert_equal(int(np.argmax(means)), index)
        assert_greater(means[index], 4 * sorted(means)[-2])


def test_a_constant_has_no_orientation():
    for each in gabor.energy(np.full((9, 9), 0.7)):
        assert_equal(each.max(), 0)


def test_images_smaller_than_the_filter_are_mirrored():
    for shape in ((1, 1), (1, 7), (3, 2)):
        for each in gabor.energy(np.random.RandomState(1).rand(*shape)):
            assert_equal(each.shape, shape)
            assert np.isfinite(each).all()
