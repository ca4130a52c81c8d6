"""Views of a picture: what the network sees, and how maps come together."""

import numpy as np
from nose.tools import assert_equal, assert_less, assert_true

from juntingnet_theano.prediction.views import merge, pixels, views
from juntingnet_theano.settings.postprocessing import VIEWS, PostProcessing
from tests.helpers.one_picture import saliency

PICTURE = np.random.RandomState(0).randint(0, 256, (80, 120, 3)).astype('uint8')


def red(images):
    """A model that looks at red: two pixels to a cell."""
    return (images[:, 0].reshape(-1, 48, 2, 48, 2).mean((2, 4)) / 255.0).astype('float32')


def gradient_picture():
    """Red that grows to the right and down, in each part alike."""
    rows, columns = np.mgrid[:192, :256]
    picture = np.zeros((192, 256, 3), 'uint8')
    picture[..., 0] = np.rint(rows / 191.0 * 100 + columns / 255.0 * 150)
    return picture


def test_views_cover_the_picture_and_stay_in_it():
    seen = np.zeros((100, 100))
    for view in views(12):
        assert_true(0 <= view.left <= 1 - view.side + 1e-9)
        assert_true(0 <= view.top <= 1 - view.side + 1e-9)
        top, left, side = (int(100 * part) for part in (view.top, view.left, view.side))
        if side < 100:
            seen[top : top + side, left : left + side] += 1
    assert_equal(len(set(views(12))), 12)
    assert_true(seen.min() >= 2)


def test_each_second_view_is_the_mirror_of_the_one_before():
    found = pixels(PICTURE, 96, 12, 'squash')
    assert_equal(found.shape, (12, 3, 96, 96))
    np.testing.assert_array_equal(found[1::2], found[::2, :, :, ::-1])
    np.testing.assert_array_equal(found[:1], pixels(PICTURE, 96, 1, 'squash'))


def test_a_part_is_that_of_the_picture():
    marked = np.zeros((80, 120, 3), 'uint8')
    marked[:20, 90:] = 255  # right, top: in the third view's corner
    found = pixels(marked, 96, 12, 'squash')
    assert_true((found[4, :, 2:24, 66:94] > 250).all())
    assert_equal(found[2, :, :, :60].max(), 0)


def test_one_pixel_has_twelve_views():
    assert_equal(pixels(PICTURE[:1, :1], 96, 12, 'squash').shape, (12, 3, 96, 96))


def test_maps_of_all_views_agree_on_a_picture_that_is_a_model_of_itself():
    # A model without context sees the same in a part as in the whole, so
    # that more views must not move anything.
    picture = gradient_picture()
    one, two, twelve = (saliency(red, picture, PostProcessing(views=count)) for count in VIEWS)
    assert_less(abs(two - one).max(), 0.01)
    assert_less(abs(twelve - one).max(), 0.02)


def test_a_mirrored_map_is_turned_back_before_the_mean():
    grids = np.zeros((2, 48, 48), 'float32')
    grids[0, 3, 5], grids[1, 3, 42] = 1, 3
    found = merge(grids, 2)
    assert_equal((found[3, 5], found.sum()), (2, 2))


def test_standardised_maps_do_not_depend_on_their_range():
    rng = np.random.RandomState(1)
    grids = rng.rand(12, 48, 48).astype('float32')
    scales = rng.uniform(1, 9, (12, 1, 1)).astype('float32')
    np.testing.assert_allclose(
        merge(grids * scales - 2, 12, True), merge(grids, 12, True), atol=1e-4
    )
    assert_true(np.isfinite(merge(0 * grids, 12, True)).all())
