"""A damaged PNG is refused: its sums are held against what was read."""

import io

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano.errors import BadFile
from juntingnet_theano.pictures import images
from juntingnet_theano.saliency_maps import maps


def png(mode='RGB', **options):
    pixels = np.random.RandomState(0).randint(0, 256, (90, 120, 3)).astype('uint8')
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, 'PNG', **options)
    return file.getvalue()


def flipped(content, place):
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def check_refused(content):
    for decode in (images.decode, maps.decode):
        with assert_raises(BadFile) as caught:
            decode(io.BytesIO(content), 'a.png')
        assert_in('a.png: ', str(caught.exception))


def test_one_wrong_bit_of_the_pixels_is_refused():
    for mode in ('RGB', 'L', 'P', '1', 'I;16', 'RGBA'):
        content = png(mode)
        start = content.index(b'IDAT') + 4
        for place in range(start, len(content) - 12, 1 + len(content) // 30):
            check_refused(flipped(content, place))


def test_other_bytes_in_the_place_of_those_that_are_missing_are_refused():
    content = png()
    for share in (0.2, 0.5, 0.9, 0.999):
        start = content[: int(share * len(content))]
        for byte in (b'', b'\0', b'\xff', b'\xaa'):
            check_refused(start + byte * (len(content) - len(start)))


def test_a_wrong_palette_is_refused_and_a_wrong_comment_is_not():
    content = png('P')
    whole = images.decode(io.BytesIO(content), 'a.png')[0]
    check_refused(flipped(content, content.index(b'PLTE') + 9))
    place = content.index(b'IEND') - 4
    changed = content[:place] + b'\0\0\0\4tEXta\0bc' + bytes(4) + content[place:]
    np.testing.assert_array_equal(images.decode(io.BytesIO(changed), 'a.png')[0], whole)


def test_bytes_after_the_end_do_not_count():
    content = png()
    for more in (b'', bytes(100), content):
        assert_equal(images.decode(io.BytesIO(content + more), 'a.png')[1], (90, 120))
