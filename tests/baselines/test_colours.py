"""Colour spaces against published values and their own definitions."""

import numpy as np
from nose.tools import assert_equal, assert_true

from juntingnet_theano.baselines.colours import to_dkl, to_lab, to_opponents


def pixel(*rgb):
    return np.array([[rgb]], 'uint8')


def test_lab_of_the_primaries_is_as_published():
    # CIE L*a*b* of the sRGB primaries, D65 (Lindbloom's calculator).
    for rgb, wanted in (
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((255, 255, 255), (100, 0, 0)),
        ((119, 119, 119), (50.03, 0, 0)),
    ):
        found = [float(plane[0, 0]) for plane in to_lab(pixel(*rgb))]
        np.testing.assert_allclose(found, wanted, atol=0.02)


def test_grey_has_exactly_no_colour():
    greys = np.repeat(np.arange(256, dtype='uint8'), 3).reshape(16, 16, 3)
    for planes in (to_lab(greys)[1:], to_dkl(greys)[1:], to_opponents(greys)[1:]):
        for plane in planes:
            assert_equal(np.abs(plane).max(), 0)


def test_opponents_have_their_signs_and_are_zero_in_the_dark():
    picture = np.array(
        [[(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (20, 0, 0)]], 'uint8'
    )
    found = to_opponents(picture)
    np.testing.assert_allclose(found.red_green[0], [3, -3, 0, 0, 0])
    np.testing.assert_allclose(found.blue_yellow[0], [0, 0, 3, -1.5, 0])
    np.testing.assert_allclose(found.intensity[0, :3], 1 / 3.0, rtol=1e-6)


def test_a_black_picture_has_no_opponents():
    for plane in to_opponents(pixel(0, 0, 0)):
        assert_equal(plane[0, 0], 0)


def test_dkl_axes_point_to_white_red_and_blue():
    luminance, red, blue = to_dkl(
        np.array([[(255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)]], 'uint8')
    )
    np.testing.assert_allclose(luminance[0, 0], 1, rtol=1e-6)
    np.testing.assert_allclose(luminance[0, 1:].sum(), 1, rtol=1e-5)
    assert_true(red[0, 1] > 0 > red[0, 2])
    assert_true(blue[0, 3] > 0 > blue[0, 1])
