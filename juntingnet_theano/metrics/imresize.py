"""Resizing as MATLAB's ``imresize`` does it: bicubic, with antialiasing.

Keys' cubic kernel with a = -1/2 (Keys 1981, eq. 4); where an axis shrinks,
the kernel is stretched by the same factor, so that it averages. Rows of
weights sum to 1, and beyond the border the picture is mirrored. The axis that
shrinks more comes first, as in MATLAB.

An AUC asks which of two values is larger, so equal ones must not differ by their
last digit, nor on another processor, as BLAS lets them. Sums are over the pixels
in their order and in reverse, and the mean counts: a symmetrical map stays one.

>>> imresize(np.arange(16.).reshape(4, 4), (2, 2)).round(3).tolist()
[[2.305, 4.383], [10.617, 12.695]]
"""

import functools
from typing import Any, Sequence, Tuple

import numpy as np


def imresize(values: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Scale a map.

    Parameters
    ----------
    values : float array, h x w
    shape : (int, int)
        (height, width) to come to; the aspect ratio is free.

    Returns
    -------
    float64 array
        Of `shape`. Bicubic: it may leave the range of `values` a little.
    """
    values = np.asarray(values, np.float64)
    scales = [float(target) / length for target, length in zip(shape, values.shape)]
    for axis in sorted((0, 1), key=scales.__getitem__):
        forth, back = weights(values.shape[axis], int(shape[axis]))
        lines = np.ascontiguousarray(values if axis == 0 else values.T)
        lines = (forth @ lines + back @ lines) / 2
        values = lines if axis == 0 else lines.T
    return np.ascontiguousarray(values)


@functools.lru_cache(maxsize=8)
def weights(length: int, target: int) -> Tuple[Any, Any]:
    """How each new pixel of an axis is mixed from the old ones.

    Parameters
    ----------
    length, target : int
        Pixels before and after.

    Returns
    -------
    two of scipy.sparse.csr_array, float64, target x length
        Equal, but for the order in which their rows are summed up.
    """
    from scipy import sparse  # here: importing takes longer than resizing

    scale = target / float(length)
    stretch = min(scale, 1.0)
    centres = (np.arange(target) + 0.5) / scale - 0.5
    reach = int(np.ceil(4 / stretch)) + 2
    places = np.floor(centres - 2 / stretch).astype(int)[:, None] + np.arange(reach)
    kernel = cubic(stretch * (centres[:, None] - places))
    kernel /= kernel.sum(axis=1, keepdims=True)
    # Mirrored with the border pixel repeated: ... 1 0 | 0 1 2 | 2 1 ...
    places %= 2 * length
    places = np.minimum(places, 2 * length - 1 - places)
    matrix = np.zeros((target, length))
    np.add.at(matrix, (np.arange(target)[:, None], places), kernel)
    matrix += matrix[::-1, ::-1]  # mirrored to the last digit
    matrix /= 2
    forth = sparse.csr_array(matrix)
    ends = np.repeat(forth.indptr[:-1] + forth.indptr[1:] - 1, np.diff(forth.indptr))
    order = ends - np.arange(forth.nnz)
    return forth, sparse.csr_array(
        (forth.data[order], forth.indices[order], forth.indptr), forth.shape
    )


def cubic(distance: np.ndarray) -> np.ndarray:
    """Keys' kernel: 1 at 0, 0 at every other whole number and from 2 on."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0))
