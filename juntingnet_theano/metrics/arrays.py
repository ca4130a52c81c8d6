"""What all metrics do first: maps as double precision, of one size.

>>> min_max(np.array([[1., 2.], [3., 5.]])).tolist()
[[0.0, 0.25], [0.5, 1.0]]
"""

from typing import Sequence, Tuple

import numpy as np

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.metrics.imresize import imresize

EPS = np.finfo(np.float64).eps
"""2.2204e-16, which the benchmark adds inside logarithms (MATLAB's eps)."""


def as_map(values: np.ndarray) -> np.ndarray:
    """A map as float64, so that integers are not divided as integers.

    Parameters
    ----------
    values : array, H x W
        Any numbers or booleans.

    Returns
    -------
    float64 array, H x W
        The array itself where it is one already.

    Raises
    ------
    BadSetting
        It has other than two axes, or no pixel.
    """
    values = np.asarray(values)
    if values.ndim != 2 or not values.size or values.dtype.kind not in 'buif':
        raise BadSetting(
            'scoring a saliency map',
            f'an array of {values.dtype} of shape {values.shape}',
            'numbers, height x width',
        )
    return np.asarray(values, np.float64)


def match_size(saliency_map: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """A map as float64 and of the given size.

    Parameters
    ----------
    saliency_map : array, h x w
    shape : (int, int)
        (H, W), of the fixation map or the ground truth.

    Returns
    -------
    float64 array, H x W
        Resized as the benchmark does (`imresize`) where sizes differ.
    """
    values = as_map(saliency_map)
    return values if values.shape == tuple(shape) else imresize(values, shape)


def is_flat(values: np.ndarray) -> bool:
    """Whether nothing can be told apart: values all equal, or not finite.

    One NaN is enough: minimum and maximum are NaN then.

    >>> is_flat(np.full((2, 2), .3)), is_flat(np.array([[0, np.nan]]))
    (True, True)
    """
    low, high = values.min(), values.max()
    return not (np.isfinite(low) and np.isfinite(high) and low < high)


def min_max(values: np.ndarray) -> np.ndarray:
    """Minimum to 0 and maximum to 1, of a map that is not flat."""
    low = values.min()
    return (values - low) / (values.max() - low)


def find_fixated(fixation_map: np.ndarray, repeats: bool) -> Tuple[np.ndarray, np.ndarray]:
    """Where the fixations are, and how often each place counts.

    Parameters
    ----------
    fixation_map : array, H x W
        Fixations at each pixel; any value above 0 is a fixation.
    repeats : bool
        Whether a pixel counts as often as it was fixated, or once.

    Returns
    -------
    (int array, float array)
        Indices into the flattened map, and the weight of each.
    """
    flat = np.ravel(fixation_map)
    places = np.flatnonzero(flat > 0)
    weights = flat[places] if repeats else np.ones(len(places))
    return places, weights.astype(np.float64)
