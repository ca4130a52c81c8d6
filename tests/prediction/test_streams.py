"""A picture on its way through a network: right pixels in, the right map out."""

import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_raises, assert_true
from PIL import Image

from juntingnet_theano.errors import BadFile
from juntingnet_theano.prediction.postprocessing import postprocess
from juntingnet_theano.settings.postprocessing import PostProcessing
from tests.helpers.one_picture import saliency


def red(images):
    """A model that looks at red: the red channel, two pixels to a cell."""
    return (images[:, 0, ::2, ::2] / 255.0).astype('float32')


def grey(level, height=30, width=40):
    return np.full((height, width, 3), level, 'uint8')


def test_images_reach_the_network_as_rgb_rows_from_the_top():
    picture = grey(0)
    picture[:15, :20, 0] = 255  # red, top left
    found = saliency(red, picture)
    assert_equal(found.shape, (30, 40))
    assert_true(found[2, 2] > 0.95)
    assert_true(max(found[2, -3], found[-3, 2], found[-3, -3]) < 0.05)


def test_one_picture_is_the_post_processed_output():
    rng = np.random.RandomState(0)
    grid = rng.rand(1, 48, 48).astype('float32')
    for order in ('paper', 'released'):
        post = PostProcessing(order)
        np.testing.assert_array_equal(
            saliency(lambda images: grid, grey(0), post), postprocess(grid[0], (30, 40), post)
        )


def test_a_file_and_its_pixels_give_one_map():
    path = os.path.join(tempfile.mkdtemp(), 'a.png')
    picture = np.random.RandomState(1).randint(0, 256, (120, 150, 3)).astype('uint8')
    Image.fromarray(picture).save(path)
    np.testing.assert_array_equal(saliency(red, path), saliency(red, picture))


def test_crop_and_squash_see_different_parts():
    picture = grey(0, 100, 300)
    picture[:, :100, 0] = 255
    assert_true(saliency(red, picture, fit='squash').max() > 0.9)
    assert_true(saliency(red, picture, fit='crop').max() < 0.01)


def test_arrays_that_are_no_rgb_picture_are_refused():
    for wrong in (
        np.zeros((9, 9), 'uint8'),
        np.zeros((9, 9, 4), 'uint8'),
        np.zeros((9, 9, 3)),
        np.zeros((0, 9, 3), 'uint8'),
    ):
        with assert_raises(BadFile):
            saliency(red, wrong)
