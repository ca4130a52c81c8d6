"""Draws of crops and colours: within their bounds, repeatable."""

import numpy as np
from nose.tools import assert_equal, assert_true

from juntingnet_theano.training.augmentation import draw


def drawn(count=500, crop=0.3, colour=0.2, seed=0):
    return draw(np.random.RandomState(seed), count, crop, colour)


def test_boxes_lie_in_the_image_and_keep_what_they_must():
    left, top, width, height = drawn().boxes.T
    assert_true((left >= 0).all() and (top >= 0).all())
    assert_true((left + width <= 1 + 1e-6).all())
    assert_true((top + height <= 1 + 1e-6).all())
    assert_true(width.min() >= 0.7 and width.min() < 0.71)
    assert_true(height.min() >= 0.7 * np.exp(-0.1) - 1e-6)
    assert_true(left.max() > 0.2 and top.max() > 0.2)


def test_without_crop_or_colour_nothing_changes():
    boxes = drawn(crop=0).boxes
    np.testing.assert_array_equal(boxes, np.tile([0, 0, 1, 1], (500, 1)))
    colours = drawn(colour=0).colours
    np.testing.assert_array_equal(colours, np.tile([1, 0], (500, 3, 1)))


def test_colours_stay_within_their_bounds():
    factors, summands = np.moveaxis(drawn().colours, 2, 0)
    assert_true(abs(factors - 1).max() <= 0.3 + 1e-6)
    assert_true(abs(summands).max() <= 0.05 + 1e-6)
    np.testing.assert_array_equal(summands[:, 0], summands[:, 2])


def test_draws_are_float32_and_a_function_of_the_seed():
    first, again = drawn(), drawn()
    for one, other in zip(first, again):
        assert_equal(one.dtype, np.float32)
        np.testing.assert_array_equal(one, other)
    assert_true((drawn(seed=1).boxes != first.boxes).any())
