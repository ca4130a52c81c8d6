"""Gaussian pyramids: an image at half the size, a quarter, an eighth.

Shared by the classical models. Pixels of a level are centred over the pixels
that they stand for, so that a mirrored image gives the mirrored pyramid; with
one odd kernel and every second sample, each level would move by half a pixel
and the map with it.

>>> import numpy as np
>>> [level.shape for level in build_pyramid(np.zeros((9, 12)), 3)]
[(9, 12), (5, 6), (3, 3), (2, 2)]
"""

from typing import List

import numpy as np
from scipy import ndimage

ODD = np.array([1, 4, 6, 4, 1]) / 16.0
EVEN = np.array([1, 3, 3, 1]) / 8.0
"""Binomial kernels, of variance 1 and 3/4 pixel: the usual stand-ins for a
Gaussian (Burt and Adelson, 1983)."""


def build_pyramid(values: np.ndarray, depth: int) -> List[np.ndarray]:
    """An image and its halves.

    Parameters
    ----------
    values : float array, H x W
        Or H x W x C; the channels are filtered alike.
    depth : int
        How many times to halve.

    Returns
    -------
    list of float32 arrays
        ``depth + 1`` of them, the first one `values` itself.
    """
    levels = [np.asarray(values, np.float32)]
    for _ in range(depth):
        levels.append(halve(levels[-1]))
    return levels


def halve(values: np.ndarray) -> np.ndarray:
    """Low-pass and take every second sample along both sides.

    Parameters
    ----------
    values : float array, H x W or H x W x C

    Returns
    -------
    float32 array
        ceil(H / 2) x ceil(W / 2), with the borders mirrored. A side of an
        even length is sampled between pixels, of an odd length on them.
    """
    for axis in (0, 1):
        values = _half_along(values, axis)
    return values


def _half_along(values, axis):
    odd = values.shape[axis] % 2
    samples = [slice(None)] * values.ndim
    if odd:
        kernel, samples[axis] = ODD, slice(0, None, 2)
    else:
        # SciPy centres four taps on the third: output 1 is the mean of
        # pixels -1 to 2, the middle of which lies between 0 and 1.
        kernel, samples[axis] = EVEN, slice(1, None, 2)
    blurred = ndimage.correlate1d(values, kernel, axis, np.float32, mode='reflect')
    return blurred[tuple(samples)]
