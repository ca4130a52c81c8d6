"""Image files to pixels, as a person would see them.

At the raw end of the data flow: `preprocessing` and `prediction` read images
here, and nothing here knows of data sets or networks. Pixels are uint8 RGB,
H x W x 3. Transparency is laid over white, EXIF orientation is applied, and
16-bit values are scaled to 8 bits rather than clipped.

>>> import numpy as np
>>> fit(np.zeros((480, 640, 3), 'uint8'), 96).shape
(96, 96, 3)
>>> to_chw(np.zeros((96, 96, 3), 'uint8')).shape
(3, 96, 96)
"""
import contextlib
import warnings

import numpy as np
from PIL import Image, ImageOps

from juntingnet_theano.errors import BadFile, BadSetting

# What Pillow may try. Its other plug-ins include ones that start programs
# (EPS calls Ghostscript), which a file of unknown origin must not do.
FORMATS = ('JPEG', 'PNG', 'GIF', 'BMP', 'TIFF', 'WEBP', 'PPM')
EXTENSIONS = ('.jpg', '.jpeg', '.png', '.gif', '.bmp', '.tif', '.tiff',
              '.webp', '.ppm', '.pgm')
# A photograph of any camera is smaller; four bytes a pixel make 268 MB.
MAX_PIXELS = 1 << 26
FITS = ('squash', 'crop')
RESAMPLINGS = {'lanczos': Image.LANCZOS, 'bicubic': Image.BICUBIC,
               'bilinear': Image.BILINEAR, 'box': Image.BOX}

_DOING = 'reading an image'
_EXIF_ORIENTATION = 0x0112
_TURNS = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180,
          4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE, 6: Image.ROTATE_270,
          7: Image.TRANSVERSE, 8: Image.ROTATE_90}


def read_rgb(path, shrink_to=None):
    """Pixels of an image file; see `decode`.

    Parameters
    ----------
    path : str
    shrink_to : int, optional
        The square that `fit` will make of it.

    Returns
    -------
    uint8 array
        H x W x 3. The file's own H and W only without `shrink_to`.

    Raises
    ------
    BadFile
        With the path and the cause.
    """
    return read_with_size(path, shrink_to)[0]


def read_with_size(path, shrink_to=None):
    """Pixels and original size of an image file; see `decode`.

    Parameters, results and errors are those of `decode`, and `BadFile` where
    the file cannot be opened.
    """
    try:
        with open(path, 'rb') as file:
            return decode(file, path, shrink_to)
    except OSError as error:
        raise BadFile(_DOING, '{}: {}'.format(path, error.strerror or error))


def image_size(path):
    """(height, width) of an image file as seen, read from its header.

    Raises
    ------
    BadFile
        Where `path` is no image.
    """
    try:
        with open(path, 'rb') as file, _quietly():
            return _seen_size(_open(file, path))
    except OSError as error:
        raise BadFile(_DOING, '{}: {}'.format(path, error.strerror or error))


def check_rgb(image):
    """Refuse an array that is no picture.

    Parameters
    ----------
    image : object

    Raises
    ------
    BadFile
        With its type and shape.
    """
    if (not isinstance(image, np.ndarray) or image.dtype != np.uint8
            or image.ndim != 3 or image.shape[2] != 3 or not image.size):
        raise BadFile(_DOING, '{} of shape {}'.format(
            getattr(image, 'dtype', type(image).__name__), np.shape(image)),
            'an array uint8, H x W x 3')


def decode(file, path, shrink_to=None):
    """Pixels and original size of an opened image file.

    Parameters
    ----------
    file : binary file object
        At its beginning.
    path : str
        Its name, for messages.
    shrink_to : int, optional
        Let a JPEG be decoded at 1/2, 1/4 or 1/8 as long as both sides stay
        at least twice this long. For a square of 96 pixels out of 640 x 480
        that takes less than half the time, and the square's pixels differ
        from the slow way's by 0.3 of 255 on average.

    Returns
    -------
    (uint8 array, (int, int))
        H x W x 3, and the original (height, width), both upright.

    Raises
    ------
    BadFile
        Where it is no image, broken, too large, or of an unknown depth.
    """
    with _quietly():
        return _decode(file, path, shrink_to)


def _decode(file, path, shrink_to):
    image = _open(file, path)
    size = _seen_size(image)
    try:
        if shrink_to is not None:
            image.draft(None, (2 * shrink_to, 2 * shrink_to))
        return upright(image), size
    except BadFile:
        raise
    except Exception as error:
        # Pillow's decoders raise whatever a broken file leads them to.
        raise _bad(path, error)


def upright(image):
    """Pixels of a Pillow image, as a person would see them.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode; with its EXIF orientation, if it has one.

    Returns
    -------
    uint8 array, H x W x 3

    Raises
    ------
    ValueError
        Its mode has no greys from black to white. Pillow's decoders raise
        whatever a broken file leads them to.
    """
    image.load()
    turn = _TURNS.get(_orientation(image))
    image = _as_rgb(image)
    if turn is not None:
        image = image.transpose(turn)
    return np.asarray(image)


def fit(image, size, how='squash', resampling='lanczos'):
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
        return np.asarray(ImageOps.fit(Image.fromarray(image), (size, size),
                                       RESAMPLINGS[resampling]))
    raise BadSetting('fitting an image to a square', 'fit = {!r}'.format(how),
                     'one of: ' + ', '.join(FITS))


def resize(image, size, resampling='bicubic'):
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
    return np.asarray(Image.fromarray(image).resize(
        (size[1], size[0]), RESAMPLINGS[resampling]))


def to_chw(image):
    """H x W x 3 to contiguous 3 x H x W, the network's order of axes."""
    return np.ascontiguousarray(image.transpose(2, 0, 1))


@contextlib.contextmanager
def _quietly():
    """Without Pillow's warnings: what it cannot read raises, broken EXIF is
    passed over, and sizes are judged here."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


def _open(file, path):
    """A Pillow image with its header read and its size checked."""
    try:
        image = Image.open(file, formats=FORMATS)
    except Exception as error:
        raise _bad(path, error, empty=not file.seek(0, 2))
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadFile(_DOING, '{}: {} x {} pixels'.format(path, width, height),
                      'at most {} million pixels'.format(MAX_PIXELS // 10**6),
                      'scale it down first')
    return image


def _bad(path, error, empty=False):
    if empty:
        cause = '0 bytes'
    elif isinstance(error, Image.UnidentifiedImageError):
        cause = 'not an image'
    else:
        cause = str(error) or type(error).__name__
    return BadFile(_DOING, '{}: {}'.format(path, cause),
                   'a complete file of one of: ' + ', '.join(FORMATS),
                   'copy the file again, or leave it out with --skip-bad')


def _orientation(image):
    try:
        return image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:
        return 1  # viewers show an image with broken EXIF as it is stored


def _seen_size(image):
    width, height = image.size
    # Orientations 5 to 8 exchange the sides.
    if _orientation(image) in (5, 6, 7, 8):
        return width, height
    return height, width


def _as_rgb(image):
    """Pillow image of any mode to mode RGB."""
    if image.mode == 'RGB' and 'transparency' not in image.info:
        return image
    if image.mode.startswith('I'):
        return _from_16_bits(image).convert('RGB')
    if image.mode == 'F':
        raise ValueError('pixels are floating-point numbers; '
                         'expected 1, 8 or 16 bits')
    if 'A' in image.mode or 'a' in image.mode or 'transparency' in image.info:
        image = image.convert('RGBA')
        white = Image.new('RGB', image.size, 'white')
        white.paste(image, mask=image.getchannel('A'))
        return white
    # Pillow has already undone the inversion of Adobe's CMYK JPEGs.
    return image.convert('RGB')


def _from_16_bits(image):
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError('pixels from {} to {}; expected 16 bits at most'
                         .format(values.min(), values.max()))
    return Image.fromarray(np.rint(values / 257.).astype('uint8'))
