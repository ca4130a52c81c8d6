"""Saliency maps as probability densities, and the few numbers in between.

A density says how likely each pixel is to be looked at next; its sum is 1. It
is what likelihoods and information gain need (Kuemmerer et al. 2015). The
numbers are those of `settings.density`; three of them (power, floor, weight of
the centre) and the centre itself are fitted by maximum likelihood.

>>> log_p = log_density(np.eye(6, 8), Density())
>>> log_p.shape, round(float(np.exp(log_p).sum()), 5)
((6, 8), 1.0)
>>> round(float(np.exp(centre_log_density((6, 8), Density())).sum()), 5)
1.0
"""

from typing import Sequence, Tuple

import numpy as np

from juntingnet_theano.settings.density import Density

GRID = 48, 64
"""Cells to which pictures are brought for fitting: the maps are smooth, as
they come from 48 x 48 cells."""


def log_density(saliency_map: np.ndarray, numbers: Density) -> np.ndarray:
    """Natural logarithm of the density of a map.

    Parameters
    ----------
    saliency_map : array, H x W
        In [0, 1].
    numbers : Density

    Returns
    -------
    float32 array, H x W
        Its `logsumexp` is 0, within 0.001.
    """
    values = np.asarray(saliency_map, 'float64')
    found = numbers.power * np.log(values + numbers.floor)
    found += numbers.centre * centre_log_density(values.shape, numbers)
    return (found - _log_sum(found)).astype('float32')


def centre_log_density(size: Tuple[int, int], numbers: Density) -> np.ndarray:
    """The same for the centre alone: what is known without the picture.

    Parameters
    ----------
    size : (int, int)
        (height, width)
    numbers : Density

    Returns
    -------
    float64 array, height x width
    """
    axes = (
        np.exp(-0.5 * (((np.arange(length) + 0.5) / length - middle) / sigma) ** 2)
        for length, middle, sigma in zip(
            size, (numbers.y, numbers.x), (numbers.sigma_y, numbers.sigma_x)
        )
    )
    gaussian = np.outer(*axes)
    pixels = size[0] * size[1]
    return np.log(
        (1 - numbers.uniform) * gaussian / max(gaussian.sum(), 1e-300) + numbers.uniform / pixels
    )


def gain(log_p: np.ndarray, other: np.ndarray, fixation_map: np.ndarray) -> float:
    """Information gain of one density over another, in bits per fixation.

    Parameters
    ----------
    log_p, other : float arrays, H x W
        Natural logarithms.
    fixation_map : int array, H x W
        Fixations at each pixel.

    Returns
    -------
    float
    """
    return float(((log_p - other) * fixation_map).sum() / fixation_map.sum() / np.log(2))


def fit(maps: Sequence[np.ndarray], looks: Sequence[np.ndarray]) -> Density:
    """The numbers under which fixations are most likely.

    Parameters
    ----------
    maps : sequence of float arrays, H x W
        In [0, 1].
    looks : sequence of n x 2 arrays
        (x, y) of the fixations of each, as shares of width and height.

    Returns
    -------
    Density
    """
    from scipy.optimize import minimize

    from juntingnet_theano.saliency_maps.maps import resize

    small = np.stack([np.clip(resize(np.asarray(each, 'float32'), GRID), 0, 1) for each in maps])
    # NumPy 1 would stay in float32, whose steps hide the slope of the loss.
    small = small.astype('float64')
    counts = np.stack([_counts(places) for places in looks])
    shares = counts / counts.sum((1, 2), keepdims=True)  # pictures count alike
    everyone = shares.mean(0)

    def centre(theta):
        x, y, first, second, odds = theta
        wide, high = np.exp(first), np.exp(second)
        return Density(1.0, 0.1, 1.0, x, y, wide, high, 1 / (1 + np.exp(-odds)))

    found = centre(
        minimize(
            lambda theta: -(everyone * centre_log_density(GRID, centre(theta))).sum(),
            [0.5, 0.5, np.log(0.25), np.log(0.25), -2.0],
            bounds=[(0, 1), (0, 1), (-4, 3), (-4, 3), (-9, 5)],
            method='L-BFGS-B',
        ).x
    )
    prior = centre_log_density(GRID, found)

    def loss(theta):
        energy = np.exp(theta[0]) * np.log(small + np.exp(theta[1])) + theta[2] * prior
        return (_log_sum(energy, axis=(1, 2)) - (shares * energy).sum((1, 2))).mean()

    power, floor, weight = minimize(
        loss, [0.0, -3.0, 0.5], bounds=[(-3, 3), (-9, 3), (-2, 4)], method='L-BFGS-B'
    ).x
    fitted = found._replace(power=np.exp(power), floor=np.exp(floor), centre=weight)
    return Density(*(round(float(each), 6) for each in fitted)).check()


def _counts(places):
    """Fixations in each cell of the grid."""
    rows, columns = (
        np.clip((share * length).astype(int), 0, length - 1)
        for share, length in zip(np.asarray(places, 'float64').T[::-1], GRID)
    )
    return np.bincount(rows * GRID[1] + columns, minlength=GRID[0] * GRID[1]).reshape(GRID)


def _log_sum(values, axis=None):
    high = values.max(axis=axis, keepdims=True)
    found = high + np.log(np.exp(values - high).sum(axis=axis, keepdims=True))
    return found.squeeze() if axis is None else found.squeeze(axis)
