"""The tiled products give what Pillow and SciPy give one after the other."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from nose.tools import assert_equal, assert_less, assert_true
from PIL import Image
from scipy import ndimage

from juntingnet_theano.prediction.enlarging import enlarged_strips

# A tile is 32 pixels: below, at, above and between its multiples.
SIZES = (
    (480, 640),
    (1, 1),
    (1, 700),
    (37, 113),
    (32, 64),
    (33, 31),
    (24, 5),
    (375, 500),
    (1080, 1920),
)


def enlarge(grid, size, sigma):
    return np.concatenate(list(enlarged_strips(grid, size, sigma)))


def grid(seed=0, shape=(48, 48)):
    return np.random.RandomState(seed).uniform(-0.1, 1.1, shape).astype('float32')


def by_libraries(values, size, sigma):
    full = np.asarray(Image.fromarray(values).resize(size[::-1], Image.BICUBIC))
    return ndimage.gaussian_filter(np.clip(full, values.min(), values.max()), sigma)


def by_loop(row, sigma):
    """Gaussian of one row, borders mirrored, in float64."""
    radius = int(4 * sigma + 0.5)
    mirrored = list(row) + list(row[::-1])
    found = []
    for centre in range(len(row)):
        parts = [
            (np.exp(-0.5 * (step / sigma) ** 2), mirrored[(centre + step) % len(mirrored)])
            for step in range(-radius, radius + 1)
        ]
        found.append(
            sum(weight * value for weight, value in parts) / sum(weight for weight, _ in parts)
        )
    return np.array(found)


def test_equals_pillow_and_scipy_at_any_size():
    for seed, size in enumerate(SIZES):
        found = enlarge(grid(seed), size, 3.0)
        assert_equal((found.shape, found.dtype), (size, np.float32))
        difference = np.abs(found - by_libraries(grid(seed), size, 3.0))
        assert_less(difference.max(), 1e-6, size)


def test_equals_pillow_and_scipy_at_other_sigmas_and_grids():
    for sigma in (0.5, 1.0, 7.3, 19.0):
        for shape in ((48, 48), (3, 60), (1, 1)):
            found = enlarge(grid(1, shape), (50, 90), sigma)
            expected = by_libraries(grid(1, shape), (50, 90), sigma)
            assert_less(np.abs(found - expected).max(), 1e-6)


def test_equals_a_loop_where_no_resize_is_needed():
    values = np.repeat(grid(2)[:1], 48, axis=0)  # rows alike
    found = enlarge(values, (48, 48), 3.0)
    for row in (0, 20, 47):
        assert_less(np.abs(found[row] - by_loop(values[0].astype(float), 3.0)).max(), 1e-6)


def test_overshoot_is_cut_before_the_blur():
    step = np.zeros((48, 48), 'float32')
    step[:, 24:] = 1
    found = enlarge(step, (480, 640), 3.0)
    assert_true(found.min() >= 0 and found.max() <= 1 + 1e-6)
    # What a single matrix would do: overshoot survives, some cells wide.
    full = np.asarray(Image.fromarray(step).resize((640, 480), Image.BICUBIC))
    assert_true(ndimage.gaussian_filter(full, 3.0).max() > 1.01)


def test_a_result_stays_when_the_next_one_is_made():
    first = enlarge(grid(3), (60, 80), 3.0)
    kept = first.copy()
    enlarge(grid(4), (60, 80), 3.0)
    np.testing.assert_array_equal(first, kept)


def test_threads_do_not_disturb_each_other():
    alone = [enlarge(grid(i), (100 + i, 150), 3.0) for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda i: enlarge(grid(i), (100 + i, 150), 3.0), range(8)))
    for one, other in zip(alone, together):
        np.testing.assert_array_equal(one, other)


def test_not_a_number_is_seen_and_not_spread_as_zero():
    broken = grid()
    broken[5, 5] = np.nan
    assert_true(np.isnan(enlarge(broken, (60, 80), 3.0)).any())
