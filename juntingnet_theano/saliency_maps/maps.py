"""Saliency maps: reading them, and what is done to them.

A map is a float32 array, H x W, in [0, 1]. Readers, `prediction`,
`submission` and `report` share these functions; nothing here knows of
networks or caches.

>>> import numpy as np
>>> stretch(np.array([[1., 2.], [3., 5.]])).tolist()
[[0.0, 0.25], [0.5, 1.0]]
>>> quantise(np.array([[0., 0.5, 1.]]), 8).tolist()
[[0, 128, 255]]
"""

import math
import os
import warnings
from typing import Any, BinaryIO, Iterator, Optional, Tuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles
from juntingnet_theano.files import outside
from juntingnet_theano.pictures import jpegs, whole

MAT_VARIABLE = 'I'  # in the .mat of LSUN'15, ground truth and submissions
MAX_PIXELS = 1 << 26
MAX_BYTES = 1 << 28  # of its numbers as the file has them
STRIP = 1 << 22  # pixels of an array that are worked on at a time
# The default: about a degree of visual angle for a picture that fills a
# screen.
SIGMA_SHARE = 1 / 30.0
EXTENSIONS = ('.mat', '.png', '.jpg', '.jpeg', '.npy')

_DOING = 'reading a saliency map'


def read(path: str) -> np.ndarray:
    """Saliency map of a file; see `decode`.

    Raises
    ------
    BadFile
        With the path and the cause.
    """
    try:
        with outside.opened(path, _DOING) as file:
            return decode(file, path)
    except MissingFiles as error:
        raise BadFile(*error.args) from None


def decode(file: BinaryIO, path: str) -> np.ndarray:
    """Saliency map of an opened file.

    Parameters
    ----------
    file : binary file object
        At its beginning.
    path : str
        Its name; the extension tells the format: ``.mat`` (variable `I`),
        ``.npy``, ``.png`` or ``.jpg`` (grey, 8 or 16 bits).

    Returns
    -------
    float32 array
        H x W, in [0, 1]; see `checked`.

    Raises
    ------
    BadFile
        Where it is not readable, not two-dimensional, empty, negative or
        not finite.
    """
    extension = os.path.splitext(path)[1].lower()
    reader = {'.mat': values_of_mat, '.npy': _from_npy}.get(extension, _from_image)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # what cannot be read raises
            return checked(reader(file))
    except Exception as error:
        # SciPy and Pillow raise whatever a broken file leads them to.
        if not file.seek(0, 2):
            cause = '0 bytes'
        elif isinstance(error, UnidentifiedImageError):
            cause = 'not an image'
        else:
            cause = str(error) or type(error).__name__
        raise BadFile(
            _DOING,
            f'{path}: {cause}',
            'a map, height x width, of finite numbers from 0: .mat with '
            "variable 'I', .npy, or a grey .png or .jpg",
            'copy the file again, or leave it out with --skip-bad',
        ) from error


def checked(values: Any) -> np.ndarray:
    """A map of whatever numbers a file or a cell held.

    Parameters
    ----------
    values : array

    Returns
    -------
    float32 array
        H x W, in [0, 1]. Integers of every type are divided by 255, by
        65,535 where there are larger ones, or by the map's own maximum where
        that is larger still: what a map means does not depend on how many
        bytes a number takes. Floats above 1 are divided by their maximum.

    Raises
    ------
    ValueError
        It is not two-dimensional, empty, negative or not finite.
    """
    if not isinstance(values, np.ndarray) or values.dtype.kind not in 'buif':
        raise ValueError(
            'numbers of type {}'.format(getattr(values, 'dtype', type(values).__name__))
        )
    _check_shape(values.shape)
    low, high = values.min(), values.max()
    if low < 0:
        raise ValueError(f'negative numbers, down to {low}')
    with np.errstate(over='ignore'):
        if not np.isfinite(np.asarray([low, high]).astype('float32')).all():
            raise ValueError('numbers that are not finite')
    steps = (1,) if values.dtype.kind in 'bf' else (255, 65535)
    values = values.astype('float32')
    values /= np.float32(next((step for step in steps if high <= step), high))
    return values


def stretch(values: np.ndarray) -> np.ndarray:
    """Bring a map's minimum to 0 and its maximum to 1.

    Returns
    -------
    float32 array
        A constant map becomes 0 everywhere.
    """
    values = np.asarray(values, 'float32')
    return stretched(values, values.min(), values.max())


def stretched(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """As `stretch`, for a part of a map whose minimum and maximum are `low`
    and `high`."""
    # Subnormal ranges would overflow in the division.
    if high - low < np.finfo('float32').tiny:
        return np.zeros_like(values)
    found = values - low
    found /= high - low
    return found


def strips(height: int, width: int) -> Iterator[slice]:
    """Slices of rows that an array is worked on by, so that what is made on
    the way takes little memory beside it.

    >>> list(strips(3, 2 * STRIP))
    [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)]
    """
    rows = max(1, STRIP // width)
    for start in range(0, height, rows):
        yield slice(start, min(start + rows, height))


def resize(values: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """Scale a map, averaging over the pixels that it merges (bicubic).

    Parameters
    ----------
    values : float array
        H x W.
    size : (int, int)
        (height, width) to come to; the aspect ratio is ignored.

    Returns
    -------
    float32 array
        Of `size`, within the range of `values` (bicubic overshoot is cut).
    """
    found = np.empty(size, 'float32')
    for rows, strip in zip(strips(*size), resized_strips(values, size)):
        found[rows] = strip
    return found


def resized_strips(values: np.ndarray, size: Tuple[int, int]) -> Iterator[np.ndarray]:
    """As `resize`, a strip of rows at a time.

    Yields
    ------
    float32 array
        Those of `strips`, from top to bottom.
    """
    values = np.asarray(values, 'float32')
    low, high = values.min(), values.max()
    image = Image.fromarray(values)
    for rows in strips(*size):
        box = (
            0,
            rows.start * image.height / size[0],
            image.width,
            rows.stop * image.height / size[0],
        )
        found = np.array(
            image.resize((size[1], rows.stop - rows.start), Image.Resampling.BICUBIC, box)
        )
        yield np.clip(found, low, high, out=found)


def resize_weights(before: int, after: int) -> np.ndarray:
    """One axis of `resize`, before overshoot is cut, as a matrix.

    Parameters
    ----------
    before, after : int
        Lengths in pixels.

    Returns
    -------
    float32 array, after x before
        What each old pixel gives to a new one; rows sum to 1.
    """
    return _bicubic(np.eye(before, dtype='float32'), (after, before))


def _bicubic(values, size):
    return np.asarray(Image.fromarray(values).resize((size[1], size[0]), Image.Resampling.BICUBIC))


def blur(values: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian filter.

    Parameters
    ----------
    values : float array
        H x W.
    sigma : float
        Standard deviation in pixels; 0 leaves the map as it is. Borders are
        mirrored and the kernel is cut at 4 sigma, SciPy's defaults, which
        the authors and SALICON used.

    Returns
    -------
    float32 array
    """
    from scipy import ndimage  # a quarter of a second, for few callers

    values = np.asarray(values, 'float32')
    return ndimage.gaussian_filter(values, sigma) if sigma else values


def quantise(values: np.ndarray, bits: int = 8) -> np.ndarray:
    """Round a map in [0, 1] to unsigned integers.

    Parameters
    ----------
    values : float array
        Numbers outside [0, 1] are cut.
    bits : 8 or 16

    Returns
    -------
    uint8 or uint16 array
        1 becomes 255 or 65535.

    Raises
    ------
    BadSetting
        For any other number of bits.
    """
    if bits not in (8, 16):
        raise BadSetting('quantising a saliency map', f'{bits} bits', '8 or 16')
    values = np.asarray(values)
    # float32 tells 8 bits' greys apart to 1e-5 of a grey, at half the time.
    kind = 'float32' if (bits, values.dtype) == (8, 'float32') else 'float64'
    found = np.empty(values.shape, f'uint{bits}')
    for rows in strips(len(values), max(1, values[:1].size)) if values.ndim else [...]:
        scaled = np.clip(np.asarray(values[rows], kind), 0, 1)
        scaled *= (1 << bits) - 1
        # Half up, not half to even: 0.5 is 128 whatever the neighbours are.
        # The cast cuts decimals off.
        scaled += 0.5
        found[rows] = scaled
    return found


def from_fixations(
    fixations: Any, size: Tuple[int, int], sigma: float, most: Optional[int] = None
) -> np.ndarray:
    """Density map of fixations, as SALICON's own code makes it.

    Every fixated pixel counts once, however often it was hit; Gaussian;
    minimum to 0 and maximum to 1 (``buildFixMap``, with sigma 19 there).

    Parameters
    ----------
    fixations : records.Fixations
        0-based (x, y), all inside the image.
    size : (int, int)
        (height, width) of the image.
    sigma : float
        In pixels; 0 takes `SIGMA_SHARE` of the longer side.
    most : int, optional
        Pixels; the map of a larger image has its sides divided by a whole
        number. The blur takes a minute for 16 million pixels.

    Returns
    -------
    float32 array
        Of `size`, or smaller; zeros where there are no fixations.
    """
    sigma = sigma or SIGMA_SHARE * max(size)
    shrink = 1 if most is None else max(1, math.ceil(math.sqrt(size[0] * size[1] / most)))
    hits = np.zeros([-(-side // shrink) for side in size], 'float32')
    rows, columns = (np.rint(each).astype(int) // shrink for each in (fixations.y, fixations.x))
    hits[rows, columns] = 1
    return stretch(blur(hits, sigma / shrink))


def values_of_mat(file: BinaryIO) -> Any:
    """The map of a MAT file of any version, as it was stored.

    Parameters
    ----------
    file : binary file object

    Returns
    -------
    array or other object

    Raises
    ------
    ValueError, ...
        The file has no variable `I`, or claims more than a map has;
        whatever else a broken file leads SciPy to.
    """
    # Slow to import, and only MAT files need them.
    import scipy.io

    from juntingnet_theano.files import mat5, mat73

    if mat73.is_73(file):
        return _variable(mat73.read(file, MAT_VARIABLE, MAX_BYTES))
    # Look before unpacking: a few kilobytes can hold gigabytes of zeros.
    mat5.check(file, MAT_VARIABLE, MAX_BYTES + _HEAD)
    shape, kind = _variable({name: found for name, *found in scipy.io.whosmat(file)})
    _check_shape(shape)
    outside.allow(shape, _SIZES.get(kind, 8), 'a map', MAX_BYTES)
    return _variable(scipy.io.loadmat(file, variable_names=[MAT_VARIABLE]))


_SIZES = {
    'logical': 1,
    'int8': 1,
    'uint8': 1,
    'int16': 2,
    'uint16': 2,
    'single': 4,
    'int32': 4,
    'uint32': 4,
}
"""Bytes of a number of MATLAB's classes; the others have 8."""

_HEAD = 1 << 16  # more than what stands before a map's numbers


def _variable(content):
    if MAT_VARIABLE not in content:
        raise ValueError(f"no variable '{MAT_VARIABLE}'")
    return content[MAT_VARIABLE]


def _from_npy(file):
    version = np.lib.format.read_magic(file)
    if version != (1, 0):  # the later ones are for names of fields
        raise ValueError('.npy of version {}.{}'.format(*version))
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    outside.allow(shape, max(dtype.itemsize, 1), 'a map', MAX_BYTES)
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


def _from_image(file):
    """As `checked` takes it: 16 bits keep their scale where all is dark."""
    image = Image.open(file, formats=('PNG', 'JPEG'))
    if image.size[0] * image.size[1] > MAX_PIXELS:
        raise ValueError('{} x {} pixels'.format(*image.size))
    jpegs.check_scans(image, file)
    image.load()
    whole.check(image, file)
    if image.mode.startswith('I'):
        values = np.array(image, 'float32')
        values /= np.float32(65535)
        return values
    return np.asarray(image.convert('L'))


def _check_shape(shape):
    # Python's numbers: a product of forged ones could wrap around in C.
    if len(shape) != 2 or not 0 < int(shape[0]) * int(shape[1]) <= MAX_PIXELS:
        raise ValueError(f'shape {tuple(shape)}')
