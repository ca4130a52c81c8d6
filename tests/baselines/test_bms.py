"""BMS: surroundedness by flood fill, opened maps by SciPy, whitening."""

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_less
from scipy import ndimage

from juntingnet_theano.baselines import bms
from tests.helpers.scenes import discs, peak, texture

SMALL = {'picture_side': 160, 'spread': 9, 'blur': 6}


def surrounded_by_flood(boolean):
    """Take away what a flood from the border reaches, pixel by pixel."""
    left = boolean.copy()
    height, width = left.shape
    front = [
        (row, column)
        for row, column in np.ndindex(height, width)
        if row in (0, height - 1) or column in (0, width - 1)
    ]
    while front:
        row, column = front.pop()
        if 0 <= row < height and 0 <= column < width and left[row, column]:
            left[row, column] = False
            front += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
    return left


def test_surrounded_regions_are_those_that_no_flood_reaches():
    rng = np.random.RandomState(0)
    for share in (0.2, 0.5, 0.6, 0.8):
        boolean = rng.rand(30, 40) < share
        np.testing.assert_array_equal(bms.find_surrounded(boolean), surrounded_by_flood(boolean))


def test_full_empty_and_thin_maps():
    for boolean in (
        np.ones((5, 5), bool),
        np.zeros((5, 5), bool),
        np.ones((1, 9), bool),
        np.ones((1, 1), bool),
    ):
        assert_equal(bms.find_surrounded(boolean).any(), False)


def test_boolean_maps_are_thresholded_then_opened():
    channel = np.random.RandomState(1).rand(24, 30) * 40 - 7
    levels = np.floor((channel - channel.min()) / np.ptp(channel) * 255 + 0.5)
    square = np.ones((5, 5), bool)
    found = list(bms.boolean_maps(channel, 32, 5))
    assert_equal(len(found), 16)
    for index, threshold in enumerate(range(0, 255, 32)):
        above = levels > threshold
        # SciPy's binary opening erodes from outside; beyond the border the
        # picture goes on mirrored, so compare away from it.
        inside = (slice(4, -4), slice(4, -4))
        for boolean, opened in zip((above, ~above), found[2 * index : 2 * index + 2]):
            wanted = ndimage.binary_opening(boolean, square)
            np.testing.assert_array_equal(opened[inside], wanted[inside])


def test_dilation_is_scipys():
    boolean = np.random.RandomState(2).rand(20, 26) < 0.03
    for side in (1, 3, 7):
        np.testing.assert_array_equal(
            bms.dilate(boolean, side), ndimage.binary_dilation(boolean, np.ones((side, side)))
        )
    np.testing.assert_array_equal(bms.dilate(np.array([[True, False]]), 7), [[True, True]])


def test_dilation_leaves_its_argument_alone():
    boolean = np.eye(9, dtype=bool)
    bms.dilate(boolean, 3)
    np.testing.assert_array_equal(boolean, np.eye(9, dtype=bool))


def test_a_closed_ring_gets_attention():
    y, x = np.mgrid[:120, :160]
    distance = np.hypot(y - 60, x - 60)
    ring = (distance > 20) & (distance < 28)
    closed = np.where(ring[..., np.newaxis], 220, 60).astype('uint8')
    closed = np.repeat(closed[..., :1], 3, axis=2)
    found = bms.saliency(closed, **SMALL)
    assert_less(np.hypot(*np.subtract(peak(found), (60, 60))), 34)
    assert_greater(found[60, 60], 2 * found[60, 130])


def test_a_ring_that_is_tied_to_the_border_encloses_and_an_open_one_does_not():
    y, x = np.mgrid[:60, :80]
    distance = np.hypot(y - 30, x - 40)
    ring = (distance > 12) & (distance < 18)
    tied = ring | ((abs(y - 30) < 3) & (x < 26))
    assert_equal(bms.find_surrounded(tied).any(), False)
    np.testing.assert_array_equal(bms.find_surrounded(~tied), distance <= 12)
    opened = ring & (x > 34)
    np.testing.assert_array_equal(bms.find_surrounded(opened), opened)
    assert_equal(bms.find_surrounded(~opened).any(), False)


def test_the_odd_disc_is_the_maximum():
    for odd in ((1, 1), (2, 3)):
        picture, centre = discs(odd)
        found = bms.saliency(picture, **SMALL)
        assert_less(np.abs(np.subtract(peak(found), centre)).max(), 9)


def test_a_region_at_the_border_is_ground():
    picture = np.full((60, 80, 3), 90, 'uint8')
    picture[20:40, :20] = 200
    assert_equal(bms.saliency(picture, **SMALL).max(), 0)


def test_a_mirrored_picture_has_the_mirrored_map():
    picture = texture(60, 80)
    found = bms.saliency(picture[::-1, ::-1], **SMALL)
    np.testing.assert_allclose(found[::-1, ::-1], bms.saliency(picture, **SMALL), atol=1e-4)


def test_whitened_channels_have_unit_covariance():
    rng = np.random.RandomState(3)
    mixed = rng.randn(3, 3).dot(rng.randn(3, 500)).reshape(3, 20, 25)
    flat = np.array(bms.whiten_channels(mixed)).reshape(3, -1)
    np.testing.assert_allclose(np.cov(flat, bias=True), np.eye(3), atol=1e-9)
    grey = np.array([mixed[0], 0 * mixed[0], 0 * mixed[0]])
    found = np.array(bms.whiten_channels(grey))
    np.testing.assert_allclose(found[0].std(), 1)
    np.testing.assert_allclose(found[1:], 0, atol=1e-12)
