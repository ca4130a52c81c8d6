"""Damage that Pillow passes over: it hands out what it could decode.

A PNG has a sum of each of its chunks, and Pillow leaves out those of pixels:
one flipped bit, and the rows below are black. `jpegs` knows JPEGs that were
cut. Other formats have nothing to tell damage by.

>>> import io
>>> file = io.BytesIO()
>>> Image.new('L', (8, 8)).save(file, 'PNG')
>>> check(Image.open(file), file)
"""

import zlib
from typing import BinaryIO

from PIL import Image, PngImagePlugin

from juntingnet_theano.pictures import jpegs

_BLOCK = 1 << 20


def check(image: Image.Image, file: BinaryIO) -> None:
    """Refuse a picture that is damaged or was cut.

    Parameters
    ----------
    image : PIL.Image.Image
        Loaded, at whatever size.
    file : binary file object
        Where it came from.

    Raises
    ------
    ValueError
    """
    if isinstance(image, PngImagePlugin.PngImageFile):
        _check_sums(file)
    else:
        jpegs.check(image, file)


def _check_sums(file):
    """Hold the chunks of a PNG that make its pixels against their sums."""
    kind, place = b'', 8
    while kind != b'IEND':
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:  # no end, but whatever came before is whole
            return
        length, kind = int.from_bytes(head[:4], 'big'), head[4:]
        place += 12 + length
        if kind[:1].isupper():  # the others may be left out
            found = zlib.crc32(kind)
            while length:
                block = file.read(min(length, _BLOCK))
                if not block:
                    break
                found, length = zlib.crc32(block, found), length - len(block)
            if file.read(4) != found.to_bytes(4, 'big'):
                raise ValueError('a part of it ({}) is damaged'.format(kind.decode('latin-1')))
