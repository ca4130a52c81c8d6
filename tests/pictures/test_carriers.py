"""Equal pictures are equal pixels, whatever carried them."""

import io
import os
import pathlib
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_not_in, assert_raises
from PIL import Image

from juntingnet_theano.errors import BadFile
from juntingnet_theano.pictures import carriers as pictures
from tests.helpers.scenes import texture

FOLDER = tempfile.mkdtemp()


def carriers(path):
    """One file, carried in all ways."""
    with open(path, 'rb') as file:
        content = file.read()
    written = io.BytesIO()
    written.write(content)  # stands at its end
    return [
        path,
        pathlib.Path(path),
        content,
        bytearray(content),
        memoryview(content),
        io.BytesIO(content),
        written,
        Image.open(path),
        Image.open(io.BytesIO(content)),
    ]


def saved(name, image, **options):
    path = os.path.join(FOLDER, name)
    image.save(path, **options)
    return path


def refused(value, index=None):
    with assert_raises(BadFile) as caught:
        pictures.rgb(value, index)
    return str(caught.exception)


def test_all_carriers_of_a_file_give_its_pixels():
    picture = texture(600, 800)  # large enough to decode it smaller
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    for name, image, options in (
        ('a.png', Image.fromarray(picture), {}),
        ('a.jpg', Image.fromarray(picture), {'quality': 90}),
        ('turned.jpg', Image.fromarray(picture), {'exif': exif}),
        ('palette.gif', Image.fromarray(picture).quantize(16), {}),
        ('grey.png', Image.fromarray(picture[..., 0]), {}),
        ('clear.png', Image.fromarray(np.dstack([picture, picture[..., 1]])), {}),
    ):
        found = [pictures.rgb(each) for each in carriers(saved(name, image, **options))]
        for each in found:
            assert_equal((each.dtype, each.shape[2]), (np.uint8, 3))
            np.testing.assert_array_equal(each, found[0])
        if name in ('a.png', 'a.jpg'):
            np.testing.assert_array_equal(
                pictures.rgb(np.asarray(Image.open(os.path.join(FOLDER, name)))), found[0]
            )
    assert_equal(pictures.rgb(os.path.join(FOLDER, 'turned.jpg')).shape, (800, 600, 3))


def test_arrays_of_every_kind_are_the_picture_that_they_hold():
    colours = texture(20, 30)
    grey = colours[..., 0]
    opaque = np.dstack([colours, np.full((20, 30), 255, 'uint8')])
    for array in (
        colours,
        colours.astype('uint16') * 257,
        colours / 255.0,
        (colours / 255.0).astype('float32'),
        opaque,
        opaque / 255.0,
        colours[::-1, ::-1].copy()[::-1, ::-1],
        np.asfortranarray(colours),
        (colours.astype('uint16') * 257).astype('>u2'),
    ):
        np.testing.assert_array_equal(pictures.rgb(array), colours)
    for array in (grey, grey[..., np.newaxis], grey.astype('uint16') * 257, grey / 255.0):
        np.testing.assert_array_equal(pictures.rgb(array), np.dstack([grey] * 3))


def test_sixteen_bits_are_read_alike_from_arrays_and_files():
    deep = np.random.RandomState(0).randint(0, 65536, (20, 30))
    deep = deep.astype('uint16')
    path = saved('deep.png', Image.fromarray(deep))
    np.testing.assert_array_equal(pictures.rgb(deep), pictures.rgb(path))
    np.testing.assert_array_equal(pictures.rgb(deep)[..., 0], np.rint(deep / 257.0))


def test_transparency_is_laid_over_white():
    half = np.zeros((2, 2, 4), 'uint8')
    half[0] = (0, 0, 0, 255)
    for array in (half, half / 255.0):
        found = pictures.rgb(array)
        assert_equal((found[0].max(), found[1].min()), (0, 255))


def test_one_picture_and_several_are_told_apart():
    path = saved('a.png', Image.new('RGB', (4, 3)))
    for one in carriers(path) + [np.zeros((4, 4)), np.zeros((4, 4, 3)), 7, np.float32(1)]:
        assert_equal(pictures.is_one(one), True)
    for several in (
        [],
        (path,),
        iter([path]),
        {path},
        np.zeros((2, 4, 4, 3)),
        np.array([path, path]),
        np.array([path], object),
        pathlib.Path(FOLDER).glob('*'),
    ):
        assert_equal(pictures.is_one(several), False)


def test_what_is_no_picture_is_named_with_the_reason():
    text = os.path.join(FOLDER, 'a.txt')
    with open(text, 'w') as file:
        file.write('no picture')
    for value, *words in (
        (text, 'a.txt', 'not an image'),
        (os.path.join(FOLDER, 'gone.png'), 'gone.png', 'there is no'),
        (FOLDER, 'is a folder', 'juntingnet predict'),
        ('', 'there is no'),
        (b'', '0 bytes'),
        (b'no picture', '10 bytes', 'not an image'),
        (io.StringIO('x'), 'StringIO', 'rb'),
        (None, 'NoneType', 'no picture'),
        (7, 'int 7'),
        (np.zeros((4, 4, 2)), '(4, 4, 2)', 'H x W'),
        (np.zeros((3, 40, 40)), '(3, 40, 40)', 'H x W'),
        (np.zeros((0, 4, 3)), 'no pixels'),
        (np.zeros(4), '(4,)'),
        (np.zeros((4, 4), 'int64'), 'int64', 'uint8'),
        (np.zeros((4, 4), bool), 'bool'),
        (np.full((4, 4), 255.0), '255', '[0, 1]'),
        (np.full((4, 4), -0.5), '-0.5', '[0, 1]'),
        (np.full((4, 4), np.nan), 'nan', '[0, 1]'),
        (np.zeros((4, 4), complex), 'complex128'),
        (np.zeros((4, 4), [('x', 'u1')]), 'numbers of type'),
        (
            np.lib.stride_tricks.as_strided(np.zeros(1, 'uint8'), (9000, 9000), (0, 0)),
            'million pixels',
        ),
        (Image.new('F', (4, 4)), 'mode F', 'floating-point'),
    ):
        for index in (None, 3):
            found = refused(value, index)
            for word in words:
                assert_in(word, found)
            (assert_not_in if index is None else assert_in)('at index 3', found)


def test_urls_are_to_be_downloaded_first():
    for url in (
        'http://example.com/a.jpg',
        'https://example.com/a.jpg',
        'HTTPS://example.com/a.jpg',
        'ftp://example.com/a.jpg',
        'file:///tmp/a.jpg',
        's3://bucket/a.jpg',
        pathlib.Path('https://example.com/a.jpg'),
        'data:image/png;base64,AAAA',
    ):
        assert_in('download it first', refused(url))


class Drip(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a pipe may."""

    def __init__(self, content):
        self.content = content

    def readable(self):
        return True

    def readinto(self, buffer):
        part = self.content[: min(len(buffer), 100)]
        buffer[: len(part)] = part
        self.content = self.content[len(part) :]
        return len(part)


def test_streams_are_read_to_their_end_and_no_longer_than_any_picture():
    path = saved('drip.png', Image.fromarray(texture(20, 30)))
    with open(path, 'rb') as file:
        content = file.read()
    np.testing.assert_array_equal(pictures.rgb(Drip(content)), pictures.rgb(path))
    largest = pictures.LARGEST_FILE
    pictures.LARGEST_FILE = len(content) - 1
    try:
        assert_in('more than', refused(Drip(content)))
    finally:
        pictures.LARGEST_FILE = largest
