"""Crops in the graph against SciPy's interpolation."""

import numpy as np
from nose.tools import assert_equal, assert_true
from scipy.ndimage import map_coordinates

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.network.warping import crop, crop_and_colour
from juntingnet_theano.training.augmentation import draw

import theano
import theano.tensor as T

RNG = np.random.RandomState(0)
IMAGES = RNG.uniform(0, 1, (4, 3, 12, 12)).astype('float32')
MAPS = RNG.uniform(0, 1, (4, 1, 6, 6)).astype('float32')
CHANGES = draw(RNG, 4, crop=0.4, colour=0.3)


def by_hand(plane, box):
    left, top, width, height = box.astype('float64')
    size = len(plane)
    shares = (np.arange(size) + 0.5) / size
    return map_coordinates(
        plane.astype('float64'),
        np.meshgrid(
            (top + height * shares) * size - 0.5,
            (left + width * shares) * size - 0.5,
            indexing='ij',
        ),
        order=1,
        mode='nearest',
    )


def compiled():
    names = [
        T.tensor4(dtype='float32'),
        T.tensor4(dtype='float32'),
        T.matrix(dtype='float32'),
        T.tensor3(dtype='float32'),
    ]
    return theano.function(names, crop_and_colour(*names))


def test_crops_are_those_of_scipy():
    planes, boxes = T.tensor4(dtype='float32'), T.matrix(dtype='float32')
    found = theano.function([planes, boxes], crop(planes, boxes))(IMAGES, CHANGES.boxes)
    expected = [
        [by_hand(plane, box) for plane in image] for image, box in zip(IMAGES, CHANGES.boxes)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-5)
    assert_equal(found.dtype, np.float32)


def test_images_get_their_colours_and_maps_their_maximum():
    images, maps = compiled()(IMAGES, MAPS, *CHANGES)
    for i, box in enumerate(CHANGES.boxes):
        expected = [
            by_hand(plane, box) * factor + summand
            for plane, (factor, summand) in zip(IMAGES[i], CHANGES.colours[i])
        ]
        np.testing.assert_allclose(images[i], np.clip(expected, 0, 1), atol=4e-5)
        plane = by_hand(MAPS[i, 0], box)
        np.testing.assert_allclose(maps[i, 0], plane / plane.max(), atol=4e-5)


def test_the_whole_image_in_its_own_colours_is_itself():
    same = draw(RNG, 4, 0, 0)
    images, maps = compiled()(IMAGES, MAPS / MAPS.max((1, 2, 3), keepdims=True), *same)
    np.testing.assert_allclose(images, IMAGES, atol=2e-5)
    np.testing.assert_allclose(maps, MAPS / MAPS.max((1, 2, 3), keepdims=True), atol=2e-5)


def test_an_empty_map_stays_empty():
    _, maps = compiled()(IMAGES, 0 * MAPS, *CHANGES)
    assert_true((maps == 0).all())
