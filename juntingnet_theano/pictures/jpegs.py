"""JPEG files that take minutes to decode, and whose data end before their rows.

libjpeg fills what is missing with grey. It warns, and Pillow passes that on to
nobody, so that half a picture looks like a whole one wherever any marker, or
many zeros, stand where the rest was. Where the last pixel is such a grey, this
module asks whether the picture would be another one if more data followed. A
whole picture has all that it needs, and may end in grey. A progressive one must
have every bit of every coefficient in a scan.

>>> import io
>>> file = io.BytesIO()
>>> Image.effect_noise((64, 64), 64).save(file, 'JPEG')
>>> check(Image.open(file), file)
>>> half = io.BytesIO(file.getvalue()[:2000] + END)
>>> check(Image.open(half), half)
Traceback (most recent call last):
    ...
ValueError: the data end before the rows do
"""

import io
import re
from typing import BinaryIO, Iterator, NamedTuple, Sequence

import numpy as np
from PIL import Image, JpegImagePlugin

END = b'\xff\xd9'
GREYS = 127, 129
"""What no coefficients become, in any colour space."""
LARGEST = 1 << 28
"""Bytes of a file that is looked at."""
MAX_SCANS, MAX_SCANNED_PIXELS = 64, 1 << 31
"""Scans of a progressive JPEG: encoders write about ten, and each takes as
long as a whole picture."""
MAX_COEFFICIENTS = 1 << 29
_BLOCK, _TAIL = 1 << 20, 1 << 16
_MARKER = re.compile(rb'\xff[^\x00\xff\xd0-\xd7]')  # neither data nor a restart
_NOISE = bytes(range(1, 255)) * 4
# At whatever restart the data end: of eight in turn, one is the next.
_MORE = b''.join(_NOISE + b'\xff' + bytes([0xD0 + number % 8]) for number in range(16))


def check_scans(image: Image.Image, file: BinaryIO) -> None:
    """Refuse a JPEG that would take minutes or gigabytes to decode.

    Parameters
    ----------
    image : PIL.Image.Image
        With its header read; of any format.
    file : binary file object
        Where it came from; stays where it is.

    Raises
    ------
    ValueError
    """
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return
    pixels = image.size[0] * image.size[1]
    place = file.tell()
    file.seek(0)
    scans, last = 0, b''
    for block in iter(lambda: file.read(_BLOCK), b''):
        scans += (last + block).count(b'\xff\xda')
        last = block[-1:]
    file.seek(place)
    if scans > MAX_SCANS or scans * pixels > MAX_SCANNED_PIXELS:
        raise ValueError(
            f'{scans} scans of {pixels:,} pixels; at most {MAX_SCANS}, and '
            f'{MAX_SCANNED_PIXELS:,} pixels in all: save it anew'
        )
    # Two bytes for each coefficient are kept until the last scan.
    if 'progressive' in image.info:
        parts = [across * down for _, across, down, _ in image.layer]
        if 2 * pixels * sum(parts) // max(parts) > MAX_COEFFICIENTS:
            raise ValueError(
                f'a progressive JPEG of {pixels:,} pixels takes more than '
                f'{MAX_COEFFICIENTS // 10**6:,} MB: save it as one that is not progressive'
            )


class Scan(NamedTuple):
    """A scan's header, where its data end, and whether a marker stands there."""

    header: bytes
    end: int
    has_end: bool


def check(image: Image.Image, file: BinaryIO) -> None:
    """Refuse a JPEG that lacks rows.

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
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return
    last = np.asarray(image.crop((image.width - 1, image.height - 1, image.width, image.height)))
    is_grey = bool(((last >= GREYS[0]) & (last <= GREYS[1])).all())
    if 'progressive' not in image.info and not is_grey and _ends(file):
        return
    scans = list(_scans(file))
    if not scans or scans[-1].end > LARGEST:
        return
    if not scans[-1].has_end:
        raise ValueError('the data have no end')
    if any(_missing(scans, component) for component, *_ in image.layer):
        raise ValueError('the data end before all scans')
    if is_grey:
        file.seek(0)
        data = file.read(scans[0].end).rstrip(b'\xff')
        if not np.array_equal(_small(data + END), _small(data + _MORE + END)):
            raise ValueError('the data end before the rows do')


def _ends(file: BinaryIO) -> bool:
    """Whether the end of the file has the marker of an end."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    return END in file.read()


def _scans(file: BinaryIO) -> Iterator[Scan]:
    """The scans, as far as the file has segments one after the other."""
    place = 2
    while True:
        file.seek(place)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xFF, 0xD9):
            return
        length = int.from_bytes(head[2:], 'big')
        place += 2 + length
        if head[1] == 0xDA:
            header = file.read(length - 2)
            place = _end_of_data(file, place)
            file.seek(place)
            yield Scan(header, place, len(file.read(2)) == 2)


def _end_of_data(file: BinaryIO, place: int) -> int:
    """Place of the marker after the data of a scan, or of the file's end."""
    file.seek(place)
    before = b''
    for block in iter(lambda: file.read(_BLOCK), b''):
        found = _MARKER.search(before + block)
        if found:
            return place - len(before) + found.start()
        place, before = place + len(block), block[-1:]
    return place


def _missing(scans: Sequence[Scan], component: int) -> bool:
    """Whether bits of some coefficient of a component are in no scan."""
    bits = [1] * 64
    for scan in scans:
        count = scan.header[0]
        if component in scan.header[1 : 1 + 2 * count : 2]:
            first, last, place = scan.header[1 + 2 * count : 4 + 2 * count]
            bits[first : last + 1] = [place & 15] * (last + 1 - first)
    return any(bits)


def _small(data: bytes) -> np.ndarray:
    """Pixels at an eighth of the size."""
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    image.draft(None, (1, 1))
    return np.asarray(image)
