"""From fixations to a continuous ground truth: two Gaussian blurs.

`gaussian` is SciPy's filter. `lowpass` is the benchmark's, given by its
cut-off in cycles per image.

The MIT benchmark turns fixations into a continuous ground truth with the
function ``antonioGaussian`` at 8 cycles per image: the map is
padded with zeros at its far sides to a square whose side n is a power of two,
and its spectrum is multiplied with ``exp(-(fx^2 + fy^2) / s^2)``,
``s = cycles / sqrt(ln 2)``. So the amplitude is one half at the cut-off.
That filter is separable and periodic with n. Both are applied here as one
matrix for each axis, to the fixated rows and columns only.

>>> dot = np.zeros((480, 640))
>>> dot[240, 320] = 1
>>> blurred = lowpass(dot)
>>> np.unravel_index(blurred.argmax(), dot.shape) == (240, 320)
True
"""

import functools
from typing import Sequence, Tuple

import numpy as np

from juntingnet_theano.metrics.products import product

CYCLES = 8.0
LONGEST_KEPT = 2048  # pixels of a side whose matrix is kept, 34 MB


def lowpass(fixation_map: np.ndarray, cycles: float = CYCLES) -> np.ndarray:
    """Blur a fixation map.

    Parameters
    ----------
    fixation_map : array, H x W
        Zero but for a few pixels (a dense one takes longer).
    cycles : float
        Cut-off in cycles per image, the image being the padded square.

    Returns
    -------
    float64 array, H x W
        Not scaled: a fixation spreads its 1 over its surroundings, some of
        it beyond the border (and, as the filter is periodic, from there to
        the opposite side where the padding is thin). Not below 0, unless
        the image is so small that its grid has no room for the spectrum
        (below 64 pixels for 8 cycles).
    """
    height, width = np.shape(fixation_map)
    kernel = periodic_kernel(side((height, width)), cycles)
    return _separable(fixation_map, lambda length, places: circulant(kernel, length)[:, places])


def gaussian(fixation_map: np.ndarray, sigma: float, padding: str = 'reflect') -> np.ndarray:
    """Blur a fixation map as ``scipy.ndimage.gaussian_filter`` does.

    Parameters
    ----------
    fixation_map : array, H x W
    sigma : float
        In pixels; the kernel is cut at 4 sigma.
    padding : str
        How the map is extended beyond the border (SciPy's `mode`).

    Returns
    -------
    float64 array, H x W
    """
    return _separable(
        fixation_map, lambda length, places: _gaussian_columns(length, sigma, padding, places)
    )


def _separable(fixation_map, spread):
    """`spread(length, places)` is what each place of an axis becomes."""
    values = np.asarray(fixation_map)
    rows, columns = (np.flatnonzero(values.any(axis=axis)) for axis in (1, 0))
    fixated = values[np.ix_(rows, columns)].astype(np.float64)
    height, width = values.shape
    return product(spread(height, rows), fixated, spread(width, columns).T)


@functools.lru_cache(maxsize=16)
def _gaussian_matrix(length, sigma, padding):
    """What the filter makes of each unit vector of an axis."""
    matrix = _filtered(np.eye(length), sigma, padding)
    matrix.flags.writeable = False  # it is cached
    return matrix


def _gaussian_columns(length, sigma, padding, places):
    """Columns of `_gaussian_matrix`, which is not made for a long axis."""
    if length <= LONGEST_KEPT:
        return _gaussian_matrix(length, sigma, padding)[:, places]
    units = np.zeros((length, len(places)))
    units[places, np.arange(len(places))] = 1
    return _filtered(units, sigma, padding)


def _filtered(units, sigma, padding):
    from scipy import ndimage  # here: importing takes longer than a blur

    return ndimage.gaussian_filter1d(units, sigma, axis=0, mode=padding)


def side(shape: Sequence[int]) -> int:
    """Side of the square that a map is padded to.

    >>> side((480, 640)), side((240, 320)), side((256, 256))
    (1024, 512, 256)
    """
    return 1 << (max(int(length) for length in shape) - 1).bit_length()


@functools.lru_cache(maxsize=16)
def periodic_kernel(n: int, cycles: float) -> Tuple[float, ...]:
    """One axis of the filter in space: its value at distances 0 to n - 1."""
    frequencies = np.minimum(np.arange(n), n - np.arange(n))
    gain = np.exp(-(frequencies**2) * np.log(2) / cycles**2)
    kernel = np.fft.ifft(gain).real
    # Where the Gaussian has died out, the transform leaves noise of 1e-18,
    # some of it negative, which a logarithm would choke on.
    return tuple(np.where(np.abs(kernel) < 1e-15 * kernel[0], 0, kernel))


@functools.lru_cache(maxsize=16)
def circulant(kernel: Tuple[float, ...], length: int) -> np.ndarray:
    """Symmetric length x length matrix of the kernel at all distances."""
    there_and_back = np.array(kernel[length - 1 : 0 : -1] + kernel[:length])
    # A view: the matrix itself would take gigabytes for a long side.
    step = there_and_back.strides[0]
    return np.lib.stride_tricks.as_strided(
        there_and_back[length - 1 :], (length, length), (-step, step), writeable=False
    )
