"""Image files to pixels, as a person would see them.

At the raw end of the data flow: `preprocessing` and `prediction` read images
here, and nothing here knows of data sets or networks. Files are opened and held
against limits here; `pixels` makes them uint8 RGB, H x W x 3.

>>> import numpy as np
>>> fit(np.zeros((480, 640, 3), 'uint8'), 96).shape
(96, 96, 3)
>>> to_chw(np.zeros((96, 96, 3), 'uint8')).shape
(3, 96, 96)
"""

import contextlib
import functools
import importlib.util
import os
import re
import threading
import warnings
from typing import Any, BinaryIO, Optional, Tuple

import numpy as np
from PIL import Image, ImageOps, JpegImagePlugin, features

from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.files import urls
from juntingnet_theano.pictures import jpegs, whole
from juntingnet_theano.pictures.pixels import STRIP, seen_size, upright
from juntingnet_theano.settings.preprocessing import FITS

# What Pillow may try. Its other plug-ins include ones that start programs
# (EPS calls Ghostscript), which a file of unknown origin must not do.
FORMATS = (
    ('JPEG', 'PNG', 'GIF', 'BMP', 'TIFF', 'WEBP', 'PPM')
    + (('JPEG2000',) if features.check('jpg_2000') else ())
    + (('AVIF',) if importlib.util.find_spec('PIL.AvifImagePlugin') else ())
    + (('HEIF',) if importlib.util.find_spec('pillow_heif') else ())
)
HEIF_EXTENSIONS = '.heic', '.heif', '.hif'
HEIF_HINT = 'pip install pillow-heif'
ANIMATED = tuple(each for each in ('GIF', 'PNG', 'WEBP', 'AVIF') if each in FORMATS)
"""Formats with several frames, of which the first is looked at. Those of HEIF,
TIFF and telephones' JPEGs are other pictures, or the same one smaller."""
EXTENSIONS = (
    ('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.gif', '.bmp', '.tif', '.tiff', '.webp', '.avif')
    + (('.jp2', '.j2k', '.jpx', '.jpf') if 'JPEG2000' in FORMATS else ())
    + (HEIF_EXTENSIONS if 'HEIF' in FORMATS else ())
    + ('.ppm', '.pgm', '.pbm', '.pnm')
)
MAX_PIXELS = 1 << 26
"""Pixels that are decoded: four bytes each make 268 MB."""
LARGEST = {'JPEG': 1 << 28, 'MPO': 1 << 28, 'WEBP': 1 << 25, 'AVIF': 1 << 25, 'JPEG2000': 1 << 25}
"""Pixels of formats for which that is not the limit: a JPEG can be decoded at
1/2, 1/4 or 1/8, and there are telephones of 200 million; decoders of WebP,
AVIF and JPEG 2000 hold a picture several times, or in 32 bits."""
MAX_SIDE = 1 << 17
"""Pixels of a side: a row, and the weights that make it, take memory too."""
RESAMPLINGS = {
    'lanczos': Image.Resampling.LANCZOS,
    'bicubic': Image.Resampling.BICUBIC,
    'bilinear': Image.Resampling.BILINEAR,
    'box': Image.Resampling.BOX,
}

_DOING = 'reading an image'
_HEIF = re.compile(rb'.{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)', re.DOTALL)
_LARGE = 1 << 24  # pixels, of 4 bytes each while they are decoded
_one_at_a_time = threading.Lock()


@contextlib.contextmanager
def _quietly():
    """Without Pillow's warnings: what it cannot read raises, broken EXIF is
    passed over, and sizes are judged here."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


def read_rgb(path: str, shrink_to: Optional[int] = None, most: Optional[int] = None) -> np.ndarray:
    """Pixels of an image file; see `decode`.

    Parameters
    ----------
    path : str
    shrink_to : int, optional
        The square that `fit` will make of it.
    most : int, optional
        Pixels; a larger picture is scaled down by a whole number.

    Returns
    -------
    uint8 array
        H x W x 3. Smaller than the file's own H and W with `shrink_to` or
        `most`, and for a JPEG of more than `MAX_PIXELS`.

    Raises
    ------
    BadFile
        With the path and the cause.
    """
    return read_with_size(path, shrink_to, most)[0]


def read_with_size(
    path: str, shrink_to: Optional[int] = None, most: Optional[int] = None
) -> Tuple[np.ndarray, Tuple[int, int]]:
    """Pixels and original size of an image file; see `decode`.

    Parameters, results and errors are those of `decode`, and `BadFile` where
    the file cannot be opened.
    """
    with urls.opened(path, _DOING) as file:
        return decode(file, path, shrink_to, most)


def image_size(path: str) -> Tuple[int, int]:
    """(height, width) of an image file as seen, read from its header.

    Raises
    ------
    BadFile
        Where `path` is no image.
    """
    with urls.opened(path, _DOING) as file:
        return opened_size(file, path)


@_quietly()
def opened_size(file: BinaryIO, path: str) -> Tuple[int, int]:
    """(height, width) of an opened image file as seen, read from its header.

    Parameters
    ----------
    file, path
        As for `decode`.

    Raises
    ------
    BadFile
        Where it is no image.
    """
    return seen_size(_open(file, path))


def is_animated(path: str) -> bool:
    """Whether an image file has several frames, of which only the first is
    read; False where it is no image."""
    with contextlib.suppress(Exception), urls.opened(path, _DOING) as file, _quietly():
        # Most files are of another format, and looked at no further.
        return getattr(Image.open(file, formats=ANIMATED), 'is_animated', False)
    return False


@functools.lru_cache(maxsize=None)
def _register():
    """Let Pillow know what extras read."""
    if 'HEIF' in FORMATS:
        import pillow_heif  # pyright: ignore[reportMissingImports]  (an extra)

        pillow_heif.register_heif_opener()


def check_rgb(image: Any) -> None:
    """Refuse an array that is no picture.

    Parameters
    ----------
    image : object

    Raises
    ------
    BadFile
        With its type and shape.
    """
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3
        or image.shape[2] != 3
        or not image.size
    ):
        raise BadFile(
            _DOING,
            '{} of shape {}'.format(getattr(image, 'dtype', type(image).__name__), np.shape(image)),
            'an array uint8, H x W x 3',
        )


@_quietly()
def decode(
    file: BinaryIO, path: str, shrink_to: Optional[int] = None, most: Optional[int] = None
) -> Tuple[np.ndarray, Tuple[int, int]]:
    """Pixels and original size of an opened image file.

    Parameters
    ----------
    file : binary file object
        At its beginning.
    path : str
        Its name, for messages.
    shrink_to : int, optional
        Let a JPEG be decoded at 1/2, 1/4 or 1/8, and any picture of more
        than `STRIP` pixels be averaged over blocks, as long as both sides
        stay at least twice this long. For a square of 96 pixels out of 640 x
        480 that takes less than half the time, and the square's pixels differ
        from the slow way's by 0.3 of 255 on average.
    most : int, optional
        As for `read_rgb`.

    Returns
    -------
    (uint8 array, (int, int))
        H x W x 3, and the original (height, width), both upright.

    Raises
    ------
    BadFile
        Where it is no image, broken, too large, or of an unknown depth.
    """
    image = _open(file, path)
    size = seen_size(image)
    try:
        _draft(image, shrink_to)
        with _alone(image):
            image.load()
            whole.check(image, file)
            return upright(image, _shrink(image, shrink_to, most)), size
    except BadFile:
        raise
    except Exception as error:
        # Pillow's decoders raise whatever a broken file leads them to.
        raise _bad(path, error) from error


def _alone(image: Image.Image) -> Any:
    """Large pictures wait for each other: as many as there are threads would
    fill memory."""
    large = image.size[0] * image.size[1] > _LARGE
    return _one_at_a_time if large else contextlib.nullcontext()


def _free_in_child() -> None:
    global _one_at_a_time
    _one_at_a_time = threading.Lock()  # a thread of the parent may hold the other


def _shrink(image, shrink_to, most):
    """By which whole number the sides of an image are to be divided."""
    pixels, shrink = image.size[0] * image.size[1], 1
    if shrink_to is not None and pixels > STRIP:
        shrink = max(1, min(image.size) // (2 * shrink_to))
    if most is not None:
        shrink = max(shrink, int(np.ceil(np.sqrt(pixels / most))))
    return shrink


def _draft(image, shrink_to):
    """Have a JPEG decoded at a reduced size; no other format can be."""
    width, height = image.size
    if shrink_to is not None:
        image.draft(None, (2 * shrink_to, 2 * shrink_to))
    scale = 2
    while image.size[0] * image.size[1] > MAX_PIXELS and scale <= 8:
        image.draft(None, (width // scale, height // scale))
        scale *= 2


def fit(
    image: np.ndarray, size: int, how: str = 'squash', resampling: str = 'lanczos'
) -> np.ndarray:
    """Make a square of an image.

    Parameters
    ----------
    image : uint8 array
        H x W x 3.
    size : int
        Side of the square, in pixels.
    how : 'squash' or 'crop'
        Ignore the aspect ratio, so that image and map stay aligned; or cut
        out the central square first, as the authors' code did to images
        (and not to maps).
    resampling : str
        One of `RESAMPLINGS`; all average over the pixels that they merge.

    Returns
    -------
    uint8 array
        size x size x 3.

    Raises
    ------
    BadSetting
        For an unknown `how`.
    """
    if how == 'squash':
        return resize(image, (size, size), resampling)
    if how == 'crop':
        return np.asarray(
            ImageOps.fit(Image.fromarray(image), (size, size), RESAMPLINGS[resampling])
        )
    raise BadSetting('fitting an image to a square', f'fit = {how!r}', 'one of: ' + ', '.join(FITS))


def resize(image: np.ndarray, size: Tuple[int, int], resampling: str = 'bicubic') -> np.ndarray:
    """Scale an image; the aspect ratio is ignored.

    Parameters
    ----------
    image : uint8 array
        H x W x 3.
    size : (int, int)
        (height, width) to come to.
    resampling : str
        One of `RESAMPLINGS`.

    Returns
    -------
    uint8 array
        Of `size`, x 3.
    """
    return np.asarray(Image.fromarray(image).resize((size[1], size[0]), RESAMPLINGS[resampling]))


def to_chw(image: np.ndarray) -> np.ndarray:
    """H x W x 3 to contiguous 3 x H x W, the network's order of axes."""
    return np.ascontiguousarray(image.transpose(2, 0, 1))


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_free_in_child)


def _open(file, path):
    """A Pillow image with its header read and its size checked."""
    try:
        _register()
        try:
            image = Image.open(file, formats=FORMATS)
        except Image.DecompressionBombError as error:
            # Ours is the limit that decides, and a JPEG may be larger.
            file.seek(0)
            if file.read(2) != b'\xff\xd8':
                raise ValueError(
                    f'{error}: more than {MAX_PIXELS // 10**6} million pixels'
                ) from None
            file.seek(0)
            image = JpegImagePlugin.jpeg_factory(file, path)
    except Exception as error:
        file.seek(0)
        if 'HEIF' not in FORMATS and _HEIF.match(file.read(12)):
            raise BadFile(
                _DOING, f'{path}: a HEIC, which Pillow alone cannot read', None, HEIF_HINT
            ) from error
        raise _bad(path, error, empty=not file.seek(0, 2)) from error
    width, height = image.size
    is_jpeg = isinstance(image, JpegImagePlugin.JpegImageFile)
    largest = LARGEST.get(image.format or '', MAX_PIXELS)
    if width * height > largest:
        raise BadFile(
            _DOING,
            f'{path}: {width} x {height} pixels',
            f'at most {largest // 10**6} million pixels in a {image.format}',
            'scale it down first'
            if is_jpeg
            else 'save it as a JPEG: that is read at a reduced size, up to '
            f'{LARGEST["JPEG"] // 10**6} million',
        )
    if max(width, height) > MAX_SIDE:
        raise BadFile(
            _DOING,
            f'{path}: {width} x {height} pixels',
            f'sides of at most {MAX_SIDE:,} pixels',
            'cut it into parts',
        )
    try:
        jpegs.check_scans(image, file)
    except ValueError as error:
        raise _bad(path, error) from None
    return image


def cause(error: Exception, empty: bool = False) -> str:
    """Why a decoder failed, in a few words; `empty` files have 0 bytes."""
    if empty:
        return '0 bytes'
    if isinstance(error, Image.UnidentifiedImageError):
        return 'not an image'
    return str(error) or type(error).__name__


def _bad(path, error, empty=False):
    return BadFile(
        _DOING,
        f'{path}: {cause(error, empty)}',
        'a complete file of one of: ' + ', '.join(FORMATS),
        'copy the file again, or leave it out with --skip-bad',
    )
