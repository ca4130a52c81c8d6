"""Pictures of millions of pixels: what is made on the way comes in strips,
says the same, and takes little memory beside the result."""

import os
import tempfile
import tracemalloc
from unittest import mock

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_less
from PIL import Image
from scipy import ndimage

from juntingnet_theano.baselines import centre, chance, gbvs, itti
from juntingnet_theano.baselines.grids import MOST_PIXELS, limit_pixels
from juntingnet_theano.pictures.images import read_rgb
from juntingnet_theano.prediction import enlarging
from juntingnet_theano.prediction.enlarging import enlarged_strips
from juntingnet_theano.prediction.postprocessing import postprocess
from juntingnet_theano.saliency_maps import map_files, maps
from juntingnet_theano.saliency_maps.maps import STRIP, quantise, resize, strips
from juntingnet_theano.settings.postprocessing import PostProcessing

SIDE = 3600
PIXELS = SIDE * SIDE
STRIP_BYTES = 4 * 4 * STRIP / PIXELS  # a pixel, of four arrays


def peak(function, *args):
    """What a call gives, and the most bytes a pixel that it held."""
    tracemalloc.start()
    found = function(*args)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, most / PIXELS


def grid():
    return np.random.RandomState(0).rand(48, 48).astype('float32')


def test_maps_take_their_numbers_once_or_twice_and_a_strip():
    size = (SIDE, SIDE)
    for post, most in (
        (PostProcessing(), 4),
        (PostProcessing(power=2.0), 4),
        (PostProcessing(scale='stretch'), 8),
        (PostProcessing('released', power=2.0), 8),
    ):
        found, bytes_ = peak(postprocess, grid(), size, post)
        assert_equal((found.shape, found.dtype), (size, np.float32))
        assert_less(bytes_, most + STRIP_BYTES)
    assert_less(peak(quantise, found)[1], 1 + STRIP_BYTES)
    assert_less(peak(map_files.encode_png, found)[1], 2 + STRIP_BYTES)
    picture = np.zeros(size + (3,), 'uint8')
    assert_less(peak(map_files.overlay, picture, found)[1], 3 + 4 + 3)
    for model, most in ((centre, 8), (chance, 4), (itti, 22), (gbvs, 22)):
        assert_less(peak(model.saliency, picture)[1], most + STRIP_BYTES)


@mock.patch.object(maps, 'STRIP', 1 << 20)
@mock.patch.object(enlarging, 'STRIP', 1 << 20)
def test_strips_of_a_map_are_those_of_the_whole():
    for size in ((1150, 950), (40, 30000), (4500, 250)):
        assert_greater(len(list(enlarged_strips(grid(), size, 3.0))), 1)
        expected = np.array(Image.fromarray(grid()).resize(size[::-1], Image.BICUBIC)).clip(
            grid().min(), grid().max()
        )
        assert_less(abs(resize(grid(), size) - expected).max(), 2e-6)
        for sigma in (3.0, 40.0):
            blurred = ndimage.gaussian_filter(expected, sigma)
            assert_less(
                abs(np.concatenate(list(enlarged_strips(grid(), size, sigma))) - blurred).max(),
                2e-6,
            )
    values = resize(grid(), (1150, 950))
    assert_equal(len(list(strips(1150, 950))), 2)
    np.testing.assert_array_equal(
        quantise(values), np.floor(values * np.float32(255) + np.float32(0.5)).astype('uint8')
    )


def test_strips_cover_all_rows_once():
    for height, width in ((1, 1), (3, STRIP), (3, 2 * STRIP), (5000, 1000)):
        rows = np.concatenate([np.arange(height)[each] for each in strips(height, width)])
        assert_equal(rows.tolist(), list(range(height)))


def test_an_overlay_in_strips_is_that_of_each_part():
    picture = np.random.RandomState(1).randint(0, 256, (2000, 1500, 3), 'uint8')
    values = resize(grid(), (2000, 1500))
    values[::700, :2] = 0, 1  # each part has the whole range
    values[699::700, :2] = 0, 1
    whole = map_files.overlay(picture, values)
    for first in range(0, 2000, 700):
        part = slice(first, min(first + 700, 2000))
        np.testing.assert_array_equal(whole[part], map_files.overlay(picture[part], values[part]))


def test_models_look_at_a_moderate_picture():
    small = np.random.RandomState(2).randint(0, 256, (70, 90, 3), 'uint8')
    assert_equal(limit_pixels(small) is small, True)
    for height, width, factor in ((2100, 2100, 2), (6001, 3002, 3), (5000000, 1, 1)):
        large = np.resize(np.arange(251, dtype='uint8'), (height, width, 3))
        found = limit_pixels(large)
        assert_equal(found.shape, (height // factor, width // factor, 3))
        block = large[4 * factor : 5 * factor, -factor - width % factor : width - width % factor]
        assert_equal(found[4, -1].tolist(), np.rint(block.mean((0, 1))).tolist())
    assert_less(2000 * 2000, MOST_PIXELS)


def test_a_picture_is_read_with_no_more_pixels_than_wanted():
    picture = np.repeat(
        np.repeat(np.random.RandomState(3).randint(0, 256, (20, 30, 3), 'uint8'), 4, 0), 4, 1
    )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.png')
        Image.fromarray(picture).save(path)
        np.testing.assert_array_equal(read_rgb(path, most=9600), picture)
        np.testing.assert_array_equal(read_rgb(path, most=600), picture[::4, ::4])
        assert_equal(read_rgb(path, most=9599).shape, (40, 60, 3))
