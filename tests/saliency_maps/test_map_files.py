"""Map files hold what was written, to the precision that their form has."""

import io
import os
import tempfile

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_less, assert_raises, assert_true
from PIL import Image

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.prediction.enlarging import enlarged_strips
from juntingnet_theano.saliency_maps import map_files, maps


def ramp(height=40, width=50):
    values = np.arange(height * width, dtype='float64')
    return (values / values[-1]).reshape(height, width)


def target(name):
    return os.path.join(tempfile.mkdtemp(), name)


def test_png_of_8_bits_rounds_to_the_nearest_grey():
    path = target('a.png')
    map_files.write(path, ramp(), 'png8')
    pixels = np.asarray(Image.open(path))
    assert_equal(pixels.dtype, np.uint8)
    assert_less(np.abs(pixels / 255.0 - ramp()).max(), 0.5 / 255 + 1e-9)


def test_png_of_16_bits_keeps_65536_greys():
    path = target('a.png')
    map_files.write(path, ramp(), 'png16')
    pixels = np.asarray(Image.open(path)).astype('float64')
    assert_equal(len(np.unique(pixels)), ramp().size)
    assert_less(np.abs(pixels / 65535.0 - ramp()).max(), 0.5 / 65535 + 1e-9)


def test_npy_is_float32_exactly():
    path = target('a.npy')
    map_files.write(path, ramp(), 'npy')
    np.testing.assert_array_equal(np.load(path), ramp().astype('float32'))
    assert_equal(np.load(path).dtype, np.float32)


def test_mat_holds_float64_in_variable_i():
    path = target('a.mat')
    map_files.write(path, ramp(), 'mat')
    found = scipy.io.loadmat(path)
    assert_equal([key for key in found if not key.startswith('_')], ['I'])
    assert_equal(found['I'].dtype, np.float64)
    np.testing.assert_array_equal(found['I'], ramp())


def test_every_form_is_read_back_by_the_reader_of_maps():
    for form, ending in sorted(map_files.FORMS.items()):
        path = target('a' + ending)
        map_files.write(path, ramp(), form)
        step = {'png8': 1 / 255.0, 'png16': 1 / 65535.0}.get(form, 1e-6)
        assert_less(np.abs(maps.read(path) - ramp()).max(), step)


def test_unknown_form_names_the_nearest():
    with assert_raises(BadSetting) as caught:
        map_files.write(target('a.png'), ramp(), 'png61')
    assert_in("did you mean 'png16'?", str(caught.exception))


def test_encoded_png_is_a_grey_png():
    image = Image.open(io.BytesIO(map_files.encode_png(ramp())))
    assert_equal((image.format, image.mode, image.size), ('PNG', 'L', (50, 40)))


def test_encoded_png_holds_every_pixel_for_pillow():
    rng = np.random.RandomState(0)
    for height, width in ((1, 1), (1, 9), (9, 1), (33, 70)):
        for bits in (8, 16):
            greys = rng.randint(0, 1 << bits, (height, width))
            data = map_files.encode_png(greys / float((1 << bits) - 1), bits)
            Image.open(io.BytesIO(data)).verify()  # checksums
            found = np.asarray(Image.open(io.BytesIO(data)))
            np.testing.assert_array_equal(found, greys)


def test_encoded_png_of_a_blurred_map_is_smaller_than_pillows_quickest():
    y, x = np.mgrid[:48, :48]
    grid = 0.9 * np.exp(-((x - 20) ** 2 + (y - 30) ** 2) / 150.0) + 0.01 * np.random.RandomState(
        0
    ).randn(48, 48)
    values = np.concatenate(list(enlarged_strips(grid, (480, 640), 3.0)))
    pillow = io.BytesIO()
    Image.fromarray(maps.quantise(values)).save(pillow, 'PNG', compress_level=1)
    assert_less(len(map_files.encode_png(values)), len(pillow.getvalue()))


def test_heat_gets_lighter_all_the_way():
    colours = map_files.colours(map_files.INFERNO) / 255.0
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear.dot([0.2126, 0.7152, 0.0722])  # Rec. 709
    assert_true((np.diff(luminance) > 0).all())


def test_overlay_is_the_blend_by_hand_at_minimum_and_maximum():
    image = np.full((2, 2, 3), 200, 'uint8')
    shown = map_files.overlay(image, np.array([[0.0, 0], [0, 0.3]]), 0.6)
    assert_equal(
        shown[0, 0].tolist(), np.rint(0.8 * 200 + 0.2 * np.array([0, 0, 4])).astype(int).tolist()
    )
    assert_equal(
        shown[1, 1].tolist(),
        np.rint(0.4 * 200 + 0.6 * np.array([252, 255, 164])).astype(int).tolist(),
    )


def test_overlay_takes_a_map_of_another_size():
    image = np.zeros((60, 80, 3), 'uint8')
    assert_equal(map_files.overlay(image, ramp(48, 48)).shape, (60, 80, 3))


def test_overlay_is_written_as_its_name_says():
    image = np.zeros((60, 80, 3), 'uint8')
    for name, kind in (('a.jpg', 'JPEG'), ('a.png', 'PNG')):
        path = target(name)
        map_files.write_overlay(path, image, ramp(60, 80))
        found = Image.open(path)
        assert_equal((found.format, found.size), (kind, (80, 60)))
    with assert_raises(BadSetting):
        map_files.write_overlay(target('a.tga'), image, ramp(60, 80))


def test_a_map_that_cannot_be_written_leaves_no_file():
    path = target('a.png')
    with assert_raises(Exception):
        map_files.write(path, np.zeros((2, 2, 2)), 'png16')
    assert_equal(os.listdir(os.path.dirname(path)), [])
