"""The numbers in map files, as stored; any number there may be false.

What a file claims is held against limits before it is unpacked. `maps.decode`
makes maps of these numbers.

>>> import io
>>> file = io.BytesIO()
>>> np.save(file, np.eye(2, dtype='uint8'))
>>> of_npy(io.BytesIO(file.getvalue())).tolist()
[[1, 0], [0, 1]]
"""

from typing import Any, BinaryIO, Sequence

import numpy as np
from PIL import Image

from juntingnet_theano.files import outside
from juntingnet_theano.pictures import jpegs, whole

MAT_VARIABLE = 'I'  # in the .mat of LSUN'15, ground truth and submissions
MAX_PIXELS = 1 << 26
MAX_BYTES = 1 << 28  # of its numbers as the file has them

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


def of_mat(file: BinaryIO) -> Any:
    """The variable `I` of a MAT file of any version.

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
    check_shape(shape)
    outside.allow(shape, _SIZES.get(kind, 8), 'a map', MAX_BYTES)
    return _variable(scipy.io.loadmat(file, variable_names=[MAT_VARIABLE]))


def of_npy(file: BinaryIO) -> np.ndarray:
    """The array of a .npy file of plain numbers."""
    version = np.lib.format.read_magic(file)
    if version != (1, 0):  # the later ones are for names of fields
        raise ValueError('.npy of version {}.{}'.format(*version))
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    outside.allow(shape, max(dtype.itemsize, 1), 'a map', MAX_BYTES)
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


def of_image(file: BinaryIO) -> np.ndarray:
    """Greys of a PNG or JPEG. Those of 16 bits are divided by 65,535 already, since
    a dark map would be taken for one of 8 bits."""
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


def check_shape(shape: Sequence[int]) -> None:
    """ValueError for what is not two-dimensional, empty, or too large."""
    # Python's numbers: a product of forged ones could wrap around in C.
    if len(shape) != 2 or not 0 < int(shape[0]) * int(shape[1]) <= MAX_PIXELS:
        raise ValueError(f'shape {tuple(shape)}')


def _variable(content):
    if MAT_VARIABLE not in content:
        raise ValueError(f"no variable '{MAT_VARIABLE}'")
    return content[MAT_VARIABLE]
