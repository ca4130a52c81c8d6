"""Weights as small whole numbers, for files that travel.

Each column of a matrix (the weights into one unit) is divided by a share of
its own standard deviation and rounded. The codes are bell-shaped, so that
deflate, which HDF5 applies to them, stores them in about half a bit more than
their entropy: log2(deviation / step) + 2.05 of a normal distribution.

>>> import numpy as np
>>> weights = np.random.RandomState(0).normal(0, .01, (1000, 4))
>>> codes, step = quantise_weights(weights, bits=5)
>>> codes.dtype, step.shape
(dtype('int8'), (4,))
>>> bool(abs(restore_weights(codes, step) - weights).max() <= step.max() / 2 + 1e-9)
True
"""

from typing import Tuple

import numpy as np

ENTROPY = 0.5 * np.log2(2 * np.pi * np.e)
"""Bits of a normal distribution in steps of one deviation."""

LARGEST = 127


def quantise_weights(values: np.ndarray, bits: float) -> Tuple[np.ndarray, np.ndarray]:
    """Whole numbers for the weights into each unit.

    Parameters
    ----------
    values : float array, inputs x units
    bits : float
        Entropy of a code, between 2 and 7.

    Returns
    -------
    (int8 array, float32 array)
        Codes of the shape of `values`, and the step of each unit. A step
        grows where the largest weight would not fit.
    """
    step = values.std(axis=0) * 2 ** (ENTROPY - bits)
    step = np.maximum(step, abs(values).max(axis=0) / LARGEST)
    step = np.maximum(step, np.finfo('float32').tiny).astype('float32')
    return np.rint(values / step).astype('int8'), step


def restore_weights(codes: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Weights, float32, from what `quantise_weights` gave."""
    return codes * step
