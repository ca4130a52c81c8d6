"""The RGB pixels of a picture, however it is passed.

A person has a path, an upload, a Pillow image or an array. Models read all of
them here, so that equal pictures get equal maps. The content of files goes
through `images`, at full size.

>>> import numpy as np
>>> grey = np.full((2, 3), 51, 'uint8')
>>> float_grey, rgba = grey / 255., np.dstack([grey] * 3 + [grey * 0 + 255])
>>> [int(rgb(each)[0, 0, 0]) for each in (grey, float_grey, rgba)]
[51, 51, 51]
>>> is_one('a.jpg'), is_one(['a.jpg'])
(True, False)
"""

import contextlib
import io
import os
import re
from typing import Any, NamedTuple, Optional, Tuple

import numpy as np
from PIL import Image

from juntingnet_theano.errors import BadFile, JuntingNetError
from juntingnet_theano.files import outside
from juntingnet_theano.pictures.images import MAX_PIXELS, MAX_SIDE, decode
from juntingnet_theano.pictures.pixels import upright

DOING = 'reading a picture'
KINDS = 'a path, an open file, bytes, a Pillow image, or an array H x W or H x W x 1, 3 or 4'
CHUNK = 1 << 20
LARGEST_FILE = 1 << 29
"""Bytes; a file object may be a stream that never ends."""

# 'C:' is a drive; Path turns '//' into '/'.
_URL = re.compile(r'([a-zA-Z][a-zA-Z0-9+.-]+:/|data:)')
_ROUNDING = 1e-6  # how far arithmetic may leave [0, 1]


def is_one(value: Any) -> bool:
    """Is this one picture, or something that holds several?

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
        False for an iterable of pictures; an array of four axes, or of
        paths, is one.
    """
    if _is_array(value):
        kind = getattr(getattr(value, 'dtype', None), 'kind', None)
        return np.ndim(value) < 4 and kind not in ('U', 'O')
    return (
        isinstance(value, (str, os.PathLike, bytes, bytearray, memoryview, Image.Image))
        or hasattr(value, 'read')
        or not hasattr(value, '__iter__')
    )


class Taken(NamedTuple):
    """A picture that can no longer be changed or closed from outside.

    Attributes
    ----------
    shown : str
        What was given, for messages.
    index : int or None
        Its place among those given.
    held : str, bytes or uint8 array, H x W x 3
        A path, the content of a file, or pixels.
    """

    shown: str
    index: Optional[int]
    held: Any


def take(value: Any, index: Optional[int] = None) -> Taken:
    """Take over a picture before its owner moves on to the next.

    A generator of pictures may close a file, or write the next picture into
    the same array.

    Parameters
    ----------
    value, index
        As for `rgb`.

    Returns
    -------
    Taken

    Raises
    ------
    BadFile
        As `rgb`.
    """
    shown = described(value)
    with _errors_placed(shown, index):
        return Taken(shown, index, _held(value))


def pixels(taken: Taken) -> Tuple[np.ndarray, Tuple[int, int]]:
    """Pixels and size of a picture that was taken; paths are opened only here.

    Parameters
    ----------
    taken : Taken

    Returns
    -------
    (uint8 array, (int, int))
        H x W x 3, and the picture's own (height, width): `images` may decode
        a huge one at a reduced size.

    Raises
    ------
    BadFile
        As `rgb`.
    """
    shown, index, held = taken
    with _errors_placed(shown, index):
        if isinstance(held, str):
            return _of_path(held)
        if isinstance(held, bytes):
            return decode(io.BytesIO(held), shown)
        return held, held.shape[:2]


def rgb(value: Any, index: Optional[int] = None) -> np.ndarray:
    """Pixels of one picture.

    Parameters
    ----------
    value : str, path, bytes, binary file object, PIL.Image.Image or array
        A file is read from its beginning, and may be given again. Arrays are
        H x W or H x W x 1, 3 (RGB) or 4 (RGBA), of uint8, uint16 or floats
        in [0, 1].
    index : int, optional
        Its place among those given, for messages.

    Returns
    -------
    uint8 array, H x W x 3
        Upright, transparency laid over white.

    Raises
    ------
    BadFile
        With the index, what was given, and why it is no picture.
    """
    return pixels(take(value, index))[0]


def described(value: Any) -> str:
    """What was given, in a few words.

    >>> described(b'GIF89a'), described(np.zeros((4, 5)))
    ('6 bytes', 'an array float64 of shape (4, 5)')
    """
    if isinstance(value, (str, os.PathLike)):
        return os.fsdecode(value) or 'an empty path'
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f'{memoryview(value).nbytes:,} bytes'
    if isinstance(value, Image.Image):
        return 'a Pillow image, {} x {}, mode {}'.format(*value.size, value.mode)
    if hasattr(value, 'read'):
        name = getattr(value, 'name', '')
        return f'the file {name if isinstance(name, str) and name else type(value).__name__}'
    if _is_array(value):
        return 'an array {} of shape {}'.format(getattr(value, 'dtype', ''), tuple(np.shape(value)))
    return f'{type(value).__name__} {repr(value):.60}'


def _is_array(value):
    """NumPy's, and those of libraries that speak its language."""
    return hasattr(value, '__array__') and not isinstance(value, Image.Image)


@contextlib.contextmanager
def _errors_placed(shown, index):
    """Errors of whatever is below as `BadFile`, with the index."""
    try:
        yield
    except JuntingNetError as error:
        got, expected, hint = error.got, error.expected, error.hint
    except Exception as error:
        # Whatever Pillow's decoders, or a file object, lead to.
        got = f'{shown}: {str(error) or type(error).__name__}'
        expected, hint = KINDS, None
    else:
        return
    raise BadFile(DOING, got if index is None else f'at index {index}: {got}', expected, hint)


def _held(value):
    if isinstance(value, (str, os.PathLike)):
        return os.fsdecode(value)
    if isinstance(value, Image.Image):
        _check_size(*value.size)
        return _some(upright(value).copy())
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if hasattr(value, 'read'):
        return _content(value)
    if _is_array(value):
        return _of_array(np.asarray(value))
    raise TypeError('no picture')


def _of_path(path):
    if _URL.match(path) and not os.path.exists(path):
        raise BadFile(
            DOING, path + ' is a URL', 'a local file', 'download it first: curl -o picture.jpg URL'
        )
    if os.path.isdir(path):
        raise BadFile(
            DOING,
            path + ' is a folder',
            KINDS,
            f"predict(pathlib.Path({path!r}).glob('*.jpg')), or: juntingnet predict {path}",
        )
    with outside.opened(path, DOING) as file:
        return decode(file, path)


def _content(file):
    """All of a file object, wherever it stands: one that was just written
    stands at its end."""
    if hasattr(file, 'seekable') and file.seekable():
        file.seek(0)
    content = bytearray()
    while len(content) <= LARGEST_FILE:
        chunk = file.read(CHUNK)  # a pipe may give less than it has
        if not isinstance(chunk, bytes):
            raise TypeError("opened as text, not with 'rb'")
        if not chunk:
            return bytes(content)
        content += chunk
    raise ValueError(f'more than {LARGEST_FILE // 10**6:,} MB')


def _of_array(values):
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.ndim != 2 and (values.ndim != 3 or values.shape[2] not in (3, 4)):
        raise ValueError('not H x W or H x W x 1, 3 or 4')
    _check_size(*values.shape[:2])
    levels = np.ascontiguousarray(_bytes(_some(values)))
    return upright(Image.fromarray(levels))


def _bytes(values):
    """Numbers of an array as uint8."""
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == 'u' and values.dtype.itemsize == 2:
        # As files of 16 bits are read: `images` rounds greys, and Pillow
        # takes the high byte of colours.
        return (np.rint(values / 257.0) if values.ndim == 2 else values >> 8).astype('uint8')
    if values.dtype.kind != 'f':
        raise ValueError(
            f'numbers of type {values.dtype}; expected uint8, uint16 or floats in [0, 1]'
        )
    low, high = values.min(), values.max()
    if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):  # NaN neither
        raise ValueError(f'floats from {low:.4g} to {high:.4g}; expected [0, 1]')
    return np.rint(255.0 * np.clip(values, 0, 1)).astype('uint8')


def _some(values):
    if not values.size:
        raise ValueError('no pixels')
    return values


def _check_size(*sides):
    if sides[0] * sides[1] > MAX_PIXELS:
        raise ValueError(f'more than {MAX_PIXELS // 10**6} million pixels; scale it down first')
    if max(sides) > MAX_SIDE:
        raise ValueError(f'a side of more than {MAX_SIDE:,} pixels; cut it into parts')
