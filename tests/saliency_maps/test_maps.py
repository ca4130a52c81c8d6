"""Saliency maps: formats, ranges, resizing, blurring."""

import io
import os
import tempfile
import tracemalloc

import numpy as np
import scipy.io
from nose.tools import (
    assert_almost_equal,
    assert_equal,
    assert_in,
    assert_less,
    assert_raises,
    assert_true,
)
from PIL import Image

from juntingnet_theano.datasets.records import Fixations
from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.saliency_maps import maps


def path_of(extension):
    return os.path.join(tempfile.mkdtemp(), 'a' + extension)


def fixations_at(*points):
    x, y = np.array(points, 'float32').reshape(-1, 2).T
    return Fixations(x, y, np.zeros(len(x), 'int32'), np.full(len(x), np.nan, 'float32'))


def ramp():
    return np.linspace(0, 1, 12).reshape(3, 4)


def written(values, extension):
    path = path_of(extension)
    if extension == '.mat':
        scipy.io.savemat(path, {'I': values})
    elif extension == '.npy':
        np.save(path, values)
    else:
        Image.fromarray(values).save(path)
    return path


def test_every_format_gives_the_same_map():
    eight, sixteen = (
        (ramp() * top).astype(kind) for top, kind in ((255, 'uint8'), (65535, 'uint16'))
    )
    for values, extension in (
        (ramp(), '.mat'),
        (ramp(), '.npy'),
        (ramp().astype('float32'), '.mat'),
        (eight, '.mat'),
        (eight, '.npy'),
        (eight, '.png'),
        (sixteen, '.png'),
    ):
        found = maps.read(written(values, extension))
        assert_equal((found.dtype, found.shape), (np.dtype('float32'), (3, 4)))
        assert_less(np.abs(found - ramp()).max(), 1 / 255.0 + 1e-6)


def test_jpeg_and_colour_png_are_read_as_grey():
    eight = np.full((16, 16), 128, 'uint8')
    for extension in ('.jpg', '.png'):
        path = path_of(extension)
        Image.fromarray(eight).convert('RGB').save(path)
        assert_less(np.abs(maps.read(path) - 128 / 255.0).max(), 0.01)


def test_floats_above_one_are_divided_by_their_maximum():
    found = maps.read(written(ramp() * 40, '.npy'))
    assert_less(np.abs(found - ramp()).max(), 1e-6)


def test_floats_below_one_keep_their_scale():
    found = maps.read(written(ramp() * 0.25, '.mat'))
    assert_almost_equal(float(found.max()), 0.25)


def test_maps_that_are_none_are_refused_with_the_cause():
    bad = np.array([[0, np.nan]]), np.array([[0, np.inf]])
    for values, cause in (
        (bad[0], 'finite'),
        (bad[1], 'finite'),
        (np.array([[0.0, -1.0]]), 'negative'),
        (np.zeros((2, 2, 3)), 'shape (2, 2, 3)'),
        (np.zeros((0, 3)), 'shape (0, 3)'),
        (np.array([['a', 'b']]), 'type'),
        (np.array([[1j]]), 'type'),
    ):
        path = written(values, '.npy')
        with assert_raises(BadFile) as raised:
            maps.read(path)
        assert_in(path, str(raised.exception))
        assert_in(cause, str(raised.exception))


def test_broken_files_are_refused():
    for extension in maps.EXTENSIONS:
        for content in (b'', b'some words', b'MATLAB 5.0 MAT-file'):
            path = path_of(extension)
            with open(path, 'wb') as file:
                file.write(content)
            with assert_raises(BadFile) as raised:
                maps.read(path)
            assert_in(path, str(raised.exception))
    with assert_raises(BadFile):
        maps.read(path_of('.png'))


def test_stretch_goes_from_zero_to_one():
    found = maps.stretch([[2, 4], [3, 10]])
    assert_equal(found.tolist(), [[0, 0.25], [0.125, 1]])
    assert_equal(found.dtype, np.dtype('float32'))


def test_stretch_of_a_constant_is_zero():
    for value in (0, 0.3, 1e-40, -5):
        assert_equal(maps.stretch(np.full((2, 2), value)).tolist(), [[0, 0], [0, 0]])


def test_resize_keeps_a_constant_and_the_range():
    assert_less(np.abs(maps.resize(np.full((30, 40), 0.3), (7, 9)) - 0.3).max(), 1e-6)
    step = np.zeros((8, 8))
    step[:, 4:] = 1
    found = maps.resize(step, (64, 32))
    assert_equal(found.shape, (64, 32))
    assert_equal((found.min(), found.max()), (0, 1))


def test_resize_down_averages_rather_than_picks():
    board = np.indices((480, 640)).sum(axis=0) % 2
    found = maps.resize(board, (48, 48))
    assert_less(np.abs(found[2:-2, 2:-2] - 0.5).max(), 0.05)


def test_resize_keeps_places():
    # A blob's centre of mass, as a share of the sides, stays where it is.
    y, x = np.mgrid[:120, :160]
    blob = np.exp(-((x - 40) ** 2 + (y - 90) ** 2) / 200.0)
    found = maps.resize(blob, (48, 48))
    rows, columns = np.mgrid[:48, :48]
    assert_almost_equal((found * (rows + 0.5)).sum() / found.sum() / 48, 90.5 / 120, 2)
    assert_almost_equal((found * (columns + 0.5)).sum() / found.sum() / 48, 40.5 / 160, 2)


def test_blur_of_a_point_is_the_gaussian():
    point = np.zeros((41, 41))
    point[20, 20] = 1
    y, x = np.mgrid[-20:21, -20:21]
    gaussian = np.exp(-(x**2 + y**2) / 18.0)
    found = maps.blur(point, 3)
    assert_equal(found.dtype, np.dtype('float32'))
    assert_less(np.abs(found - gaussian / gaussian.sum()).max(), 1e-5)
    assert_equal(maps.blur(point, 0).tolist(), point.tolist())


def test_quantise_rounds_and_cuts():
    values = [[0, 1, -3, 7, 0.5, 0.4 / 255, 0.6 / 255]]
    assert_equal(maps.quantise(values).tolist(), [[0, 255, 0, 255, 128, 0, 1]])
    assert_equal(maps.quantise(values).dtype, np.dtype('uint8'))
    wide = maps.quantise([[1, 0.5]], 16)
    assert_equal((wide.dtype, wide.tolist()), (np.dtype('uint16'), [[65535, 32768]]))
    with assert_raises(BadSetting):
        maps.quantise(values, 12)


def test_from_fixations_is_what_salicon_says():
    # Binary map, however often a pixel was hit; direct sum of Gaussians
    # where the border is far enough; minimum 0, maximum 1.
    points = [(50, 40), (50, 40), (58, 44)]
    found = maps.from_fixations(fixations_at(*points), (90, 110), 4)
    y, x = np.mgrid[:90, :110]
    direct = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / 32.0) for a, b in set(points))
    assert_less(np.abs(found - direct / direct.max()).max(), 2e-3)
    assert_equal((found.min(), found.max()), (0, 1))


def test_from_no_fixations_is_zero():
    found = maps.from_fixations(fixations_at(), (4, 5), 2)
    assert_equal((found.shape, found.max()), ((4, 5), 0))


def test_from_fixations_keeps_x_and_y_apart():
    found = maps.from_fixations(fixations_at((30, 5)), (20, 40), 1)
    assert_equal(np.unravel_index(found.argmax(), found.shape), (5, 30))
    assert_true(found[5, 30] == 1)


def test_a_large_map_from_fixations_is_that_of_a_smaller_picture():
    points = fixations_at((100, 40), (300, 244), (399, 299))
    small = maps.from_fixations(points, (300, 400), 30, most=300 * 400 // 16)
    assert_equal(small.shape, (75, 100))
    whole = maps.from_fixations(points, (300, 400), 30)
    averaged = whole.reshape(75, 4, 100, 4).mean((1, 3))
    assert_less(np.abs(small - averaged).max(), 0.03)
    # The blur of what a JPEG may have would take a gigabyte, and hours.
    tracemalloc.start()
    maps.from_fixations(points, (1 << 14, 1 << 14), 0.0, most=1 << 14)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_less(most, 1 << 20)


def test_quantise_gives_float32_the_greys_that_float64_has():
    values = np.random.RandomState(0).uniform(-0.1, 1.1, (300, 300))
    for bits in (8, 16):
        single = maps.quantise(values.astype('float32'), bits)
        exact = np.clip(values, 0, 1) * ((1 << bits) - 1)
        # Nearest grey; float32 itself is off by 2^-25 of the range.
        assert_less(np.abs(single - exact).max(), 0.5 + 2e-5 * 2 ** (bits - 8))
    greys = np.arange(256)
    assert_equal(maps.quantise((greys / 255.0).astype('float32')).tolist(), greys.tolist())
    assert_equal(int(maps.quantise(np.float32([0.5]))[0]), 128)


def test_integers_of_every_type_are_the_same_map():
    eight = np.random.RandomState(0).randint(0, 201, (9, 12))
    expected = maps.read(written(eight.astype('uint8'), '.npy'))
    for kind in ('int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', '>i4', '>u2'):
        for extension in ('.npy', '.mat'):
            np.testing.assert_array_equal(
                maps.read(written(eight.astype(kind), extension)), expected
            )
        np.testing.assert_array_equal(maps.checked(eight.astype(kind)), expected)
    sixteen = maps.read(written(257 * eight.astype('int64'), '.npy'))
    np.testing.assert_allclose(sixteen, expected, atol=1e-7)
    large = maps.read(written(eight.astype('int64') << 40, '.npy'))
    np.testing.assert_allclose(large, eight / eight.max(), atol=1e-7)


def test_what_is_no_map_is_said_in_words_of_files():
    for content, cause in ((b'', '0 bytes'), (b'no picture', 'not an image')):
        with assert_raises(BadFile) as caught:
            maps.decode(io.BytesIO(content), 'a.png')
        assert_equal(caught.exception.got, 'a.png: ' + cause)
