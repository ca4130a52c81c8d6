"""Sizes, borders and the last step that the classical models share."""

import numpy as np
from nose.tools import assert_equal

from juntingnet_theano.baselines.grids import coarse_size, fade, finish


def test_coarse_sizes_keep_the_aspect_ratio_and_a_pixel():
    for size, longer, wanted in (
        ((480, 640), 32, (24, 32)),
        ((640, 480), 32, (32, 24)),
        ((1, 1000), 32, (1, 32)),
        ((5, 7), 32, (23, 32)),
        ((1, 1), 0.125, (1, 1)),
    ):
        assert_equal(coarse_size(size, longer), wanted)


def test_fading_is_linear_and_stops_in_the_middle():
    np.testing.assert_allclose(
        fade(np.ones((1, 7)), 2)[0], [1 / 3.0, 2 / 3.0, 1, 1, 1, 2 / 3.0, 1 / 3.0]
    )
    np.testing.assert_allclose(
        fade(np.ones((4, 1)), 99)[:, 0], [1 / 3.0, 2 / 3.0, 2 / 3.0, 1 / 3.0]
    )
    np.testing.assert_array_equal(fade(np.ones((3, 3)), 0), np.ones((3, 3)))


def test_a_finished_map_has_the_pictures_size_and_the_whole_range():
    coarse = np.random.RandomState(0).rand(6, 8)
    found = finish(coarse, (60, 80), 0.02)
    assert_equal((found.shape, found.dtype), ((60, 80), np.float32))
    assert_equal((found.min(), found.max()), (0, 1))


def test_a_constant_map_is_finished_to_zeros():
    assert_equal(finish(np.full((3, 4), 0.4), (30, 40), 0.03).max(), 0)
