"""Post-processing in the order of the paper, and in that of the released code."""

import numpy as np
from nose.tools import (
    assert_almost_equal,
    assert_equal,
    assert_greater,
    assert_in,
    assert_less,
    assert_raises,
)
from scipy import ndimage

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.prediction.postprocessing import postprocess
from juntingnet_theano.settings.postprocessing import PostProcessing


def delta(value=1.0):
    grid = np.zeros((48, 48), 'float32')
    grid[20, 30] = value
    return grid


def gaussian(sigma, length, centre):
    """Samples of a Gaussian that sum to 1."""
    values = np.exp(-0.5 * ((np.arange(length) - centre) / sigma) ** 2)
    return values / values.sum()


def gaussian_map(sigma, size, centre):
    return np.outer(gaussian(sigma, size[0], centre[0]), gaussian(sigma, size[1], centre[1]))


def test_paper_blurs_a_delta_to_a_gaussian_of_three_pixels():
    found = postprocess(delta(), (48, 48))
    expected = gaussian_map(3.0, (48, 48), (20, 30))
    assert_less(np.abs(found - expected).max(), 1e-4 * expected.max())


def test_constants_stay_constant_at_any_size():
    for size in ((48, 48), (37, 113), (300, 20), (1, 1)):
        found = postprocess(np.full((48, 48), 0.25, 'float32'), size)
        assert_equal(found.shape, size)
        assert_equal(found.dtype, np.float32)
        np.testing.assert_allclose(found, 0.25, rtol=1e-6)


def test_paper_sigma_is_of_the_stimulus_and_released_sigma_of_the_grid():
    size = (480, 480)  # ten pixels a cell
    spreads = {}
    for post in ('paper', 'released'):
        row = postprocess(delta(), size, PostProcessing(post)).sum(axis=0)
        x = np.arange(size[1])
        mean = (row * x).sum() / row.sum()
        spreads[post] = np.sqrt((row * (x - mean) ** 2).sum() / row.sum())
        assert_almost_equal(mean, 30 * 10 + 4.5, delta=0.5)
    assert_greater(spreads['released'], 29)
    assert_less(spreads['released'], 32)
    assert_less(spreads['paper'], 8)


def test_paper_is_scipy_after_a_resize_of_whole_cells():
    # Of a map that a resize leaves as it is, only the filter remains.
    grid = np.repeat(np.linspace(0, 1, 48, dtype='float32')[:, None], 48, 1)
    np.testing.assert_allclose(
        postprocess(grid, (48, 48)),
        ndimage.gaussian_filter(grid, 3.0, mode='reflect', truncate=4.0),
        atol=1e-6,
    )


def test_released_is_the_blurred_grid_stretched():
    rng = np.random.RandomState(0)
    grid = rng.rand(48, 48).astype('float32')
    blurred = ndimage.gaussian_filter(grid, 3.0)
    expected = (blurred - blurred.min()) / (blurred.max() - blurred.min())
    np.testing.assert_allclose(
        postprocess(grid, (48, 48), PostProcessing('released')), expected, atol=1e-5
    )


def test_clip_keeps_values_and_cuts_what_leaves_the_range():
    grid = np.full((48, 48), 0.4, 'float32')
    grid[:, :10], grid[:, -10:] = -0.5, 1.5
    found = postprocess(grid, (96, 96))
    assert_equal((found.min(), found.max()), (0, 1))
    assert_almost_equal(float(found[48, 48]), 0.4, places=3)


def test_stretch_uses_the_whole_range():
    grid = np.linspace(0.2, 0.3, 48 * 48).reshape(48, 48).astype('float32')
    found = postprocess(grid, (96, 96), PostProcessing(scale='stretch'))
    assert_equal((found.min(), found.max()), (0, 1))
    assert_less(postprocess(grid, (96, 96)).max(), 0.31)


def test_sigma_is_that_of_the_filter():
    # Beyond the width of the cubic interpolation, a delta's.
    for sigma in (1.5, 6.0):
        row = postprocess(delta(), (48, 48), PostProcessing(sigma=sigma)).sum(axis=0)
        x = np.arange(48)
        mean = (row * x).sum() / row.sum()
        assert_almost_equal(
            np.sqrt((row * (x - mean) ** 2).sum() / row.sum()), sigma, delta=0.01 * sigma
        )


def test_a_sigma_that_is_none_is_refused():
    for sigma in (0, -1, float('nan'), float('inf'), 1e9):
        with assert_raises(BadSetting):
            PostProcessing(sigma=sigma).check()
        with assert_raises(BadSetting):
            PostProcessing(power=sigma).check()


def test_power_is_that_of_the_finished_map():
    grid = np.random.RandomState(0).rand(48, 48).astype('float32')
    for order in ('paper', 'released'):
        plain = postprocess(grid, (96, 96), PostProcessing(order))
        found = postprocess(grid, (96, 96), PostProcessing(order, power=1.5))
        np.testing.assert_allclose(found, plain.astype('float64') ** 1.5, atol=1e-6)
        assert_equal(found.dtype, np.float32)


def test_unknown_choices_are_named():
    for arguments, offer in (
        (dict(order='papers'), "'paper'"),
        (dict(scale='strech'), "'stretch'"),
    ):
        with assert_raises(BadSetting) as caught:
            postprocess(delta(), (48, 48), PostProcessing(**arguments))
        assert_in('did you mean ' + offer, str(caught.exception))
