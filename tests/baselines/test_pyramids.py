"""Pyramids: a loop over pixels, constants, mirror images."""

import numpy as np
from nose.tools import assert_equal

from juntingnet_theano.baselines.pyramids import build_pyramid, halve


def mirrored(index, length):
    """Index of a sample beyond the border: ... 1 0 | 0 1 2 ..."""
    index %= 2 * length
    return min(index, 2 * length - 1 - index)


def halved_by_loop(line):
    """Weighted sums written out, for one line of samples."""
    length = len(line)
    taps = (
        {-2: 1 / 16.0, -1: 4 / 16.0, 0: 6 / 16.0, 1: 4 / 16.0, 2: 1 / 16.0}
        if length % 2
        else {-1: 1 / 8.0, 0: 3 / 8.0, 1: 3 / 8.0, 2: 1 / 8.0}
    )
    return [
        sum(weight * line[mirrored(2 * i + offset, length)] for offset, weight in taps.items())
        for i in range((length + 1) // 2)
    ]


def test_half_is_a_loop_over_rows_and_columns():
    rng = np.random.RandomState(0)
    for shape in ((8, 6), (7, 5), (6, 9), (2, 3), (1, 4), (1, 1)):
        values = rng.rand(*shape)
        rows = np.array([halved_by_loop(line) for line in values.T]).T
        wanted = np.array([halved_by_loop(line) for line in rows])
        np.testing.assert_allclose(halve(values), wanted, atol=1e-6)


def test_levels_halve_and_never_vanish():
    shapes = [level.shape for level in build_pyramid(np.zeros((5, 7)), 4)]
    assert_equal(shapes, [(5, 7), (3, 4), (2, 2), (1, 1), (1, 1)])


def test_a_constant_stays_exactly_what_it_was():
    for level in build_pyramid(np.full((37, 50), 0.3), 5):
        assert_equal(set(level.ravel()), {np.float32(0.3)})


def test_a_mirrored_image_has_the_mirrored_pyramid():
    values = np.random.RandomState(1).rand(30, 45)
    for level, mirror in zip(build_pyramid(values, 4), build_pyramid(values[::-1, ::-1], 4)):
        np.testing.assert_allclose(mirror[::-1, ::-1], level, atol=1e-6)


def test_channels_are_filtered_alone():
    values = np.random.RandomState(2).rand(12, 11, 3)
    for channel in range(3):
        np.testing.assert_allclose(
            halve(values)[..., channel], halve(values[..., channel]), atol=1e-6
        )
