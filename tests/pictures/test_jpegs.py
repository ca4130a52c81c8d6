"""A JPEG that was cut is refused, whatever stands where its rows were."""

import io

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano.errors import BadFile
from juntingnet_theano.pictures import images, jpegs
from juntingnet_theano.saliency_maps import maps

WAYS = (
    ('RGB', {}),
    ('RGB', {'subsampling': 0, 'optimize': True}),
    ('RGB', {'restart_marker_blocks': 7}),
    ('RGB', {'restart_marker_rows': 1}),
    ('RGB', {'progressive': True}),
    ('L', {}),
    ('L', {'progressive': True}),
    ('CMYK', {}),
)


def jpeg(mode, options, grey=0):
    """A file of noise; the lowest rows may be grey."""
    pixels = np.random.RandomState(0).randint(0, 256, (200, 300, 3)).astype('uint8')
    pixels[len(pixels) - grey :] = 128
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, 'JPEG', **options)
    return file.getvalue()


def decoded(content, shrink_to=None):
    return images.decode(io.BytesIO(content), 'a.jpg', shrink_to)[0]


def check_refused(content):
    for read in (
        decoded,
        lambda content: decoded(content, 24),
        lambda content: maps.decode(io.BytesIO(content), 'a.jpg'),
    ):
        with assert_raises(BadFile) as caught:
            read(content)
        assert_in('a.jpg: ', str(caught.exception))


def test_what_was_cut_is_refused_whatever_follows():
    for mode, options in WAYS:
        for grey in (0, 80):
            content = jpeg(mode, options, grey)
            for share in (0.3, 0.4, 0.5, 0.6):
                start = content[: int(len(content) * share)]
                for rest in (
                    b'',
                    jpegs.END,
                    jpegs.END + content[len(start) :],  # one wrong byte makes a marker
                    bytes(4 * len(content)),
                    bytes(99) + jpegs.END,
                ):
                    check_refused(start + rest)


def test_whole_files_are_read_though_they_end_in_grey_or_go_on():
    for mode, options in WAYS:
        for grey in (0, 80):
            content = jpeg(mode, options, grey)
            whole = decoded(content)
            for more in (bytes(5000), jpegs.END, content):
                np.testing.assert_array_equal(decoded(content + more), whole)
            assert_equal(decoded(content, 24).shape, (50, 75, 3))


def test_a_byte_before_the_cut_is_no_part_of_a_marker():
    content = jpeg('RGB', {})
    place = content.index(b'\xff\x00', len(content) // 2)
    check_refused(content[: place + 1] + jpegs.END)
