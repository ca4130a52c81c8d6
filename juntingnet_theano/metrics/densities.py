"""Metrics that compare two maps: CC, Similarity and KL divergence.

The second map is the continuous ground truth, for the benchmark the fixation
map after `lowpass`; the first is resized to it where sizes differ.

>>> a, b = np.array([[0., 1.], [1., 2.]]), np.array([[0., 2.], [0., 2.]])
>>> round(cc(a, b), 4), similarity(a, b), round(kl_divergence(a, a), 9)
(0.7071, 0.75, -0.0)
"""

from typing import Optional

import numpy as np

from juntingnet_theano.metrics.arrays import EPS, as_map, is_flat, match_size, min_max


def cc(saliency_map: np.ndarray, ground_truth: np.ndarray) -> float:
    """Pearson's correlation coefficient of two maps.

    Parameters
    ----------
    saliency_map : array, h x w
    ground_truth : array, H x W

    Returns
    -------
    float
        In [-1, 1]. NaN where a map is constant (MATLAB: NaN or rounding
        noise) or not finite.

    Notes
    -----
    CC.m of the MIT benchmark.
    """
    truth = as_map(ground_truth)
    values = match_size(saliency_map, truth.shape)
    if is_flat(values) or is_flat(truth):
        return np.nan
    a, b = (each.ravel() - each.mean() for each in (values, truth))
    # einsum, as BLAS would start threads for sums that take microseconds.
    ab, aa, bb = (np.einsum('i,i', *pair) for pair in ((a, b), (a, a), (b, b)))
    return float(ab / np.sqrt(aa * bb))


def similarity(saliency_map: np.ndarray, ground_truth: np.ndarray, stretch: bool = True) -> float:
    """Histogram intersection: how much of two densities lies on one place.

    Parameters
    ----------
    saliency_map : array, h x w
    ground_truth : array, H x W
    stretch : bool
        Whether each map's minimum is taken to 0 before it is divided by its
        sum (MATLAB), or only where it is negative (pysaliency, in which a
        map of zeros then becomes the uniform density).

    Returns
    -------
    float
        In [0, 1]. With `stretch`, 0 where a map is zero everywhere and NaN
        where it is another constant. NaN where a map is not finite.

    Notes
    -----
    similarity.m of the MIT benchmark; Judd et al. 2012.
    """
    truth = as_map(ground_truth)
    values = match_size(saliency_map, truth.shape)
    density = _stretched_density if stretch else _shifted_density
    return float(np.minimum(density(values), density(truth)).sum())


def kl_divergence(
    saliency_map: np.ndarray,
    ground_truth: np.ndarray,
    floor: Optional[float] = None,
    eps: float = EPS,
) -> float:
    """Kullback and Leibler's divergence of the map from the ground truth.

    ``sum(G * ln(eps + G / (S + eps)))`` of maps divided by their sums.

    Parameters
    ----------
    saliency_map : array, h x w
        Not negative.
    ground_truth : array, H x W
        Not negative.
    floor : float, optional
        Added to every pixel of both maps, after one with negative numbers
        has been lifted to 0. pysaliency's default is 1e-20 with `eps` 0.
    eps : float
        As in the formula.

    Returns
    -------
    float
        In nats, from 0 (equal), or a rounding error below it. Finite for a
        map of zeros, 0 for a ground truth of zeros, as in MATLAB. NaN where
        a map is not finite, or negative without `floor` (where MATLAB's
        logarithm becomes complex).

    Notes
    -----
    KLdiv.m of the MIT benchmark.
    """
    truth = as_map(ground_truth)
    values = match_size(saliency_map, truth.shape)
    if floor is not None:
        values, truth = (each - min(each.min(), 0) + floor for each in (values, truth))
    values, truth = (each / each.sum() if each.any() else each for each in (values, truth))
    # A negative number has no logarithm, and 0 / 0 is met without eps.
    with np.errstate(divide='ignore', invalid='ignore'):
        terms = truth * np.log(eps + truth / (values + eps))
    # Where the truth is 0 its term is 0, whatever the map is.
    terms[(truth == 0) & np.isfinite(values)] = 0
    return float(terms.sum())


def _stretched_density(values):
    if not values.any():
        return values
    if is_flat(values):
        return np.full(values.shape, np.nan)
    stretched = min_max(values)
    return stretched / stretched.sum()


def _shifted_density(values):
    shifted = values - min(values.min(), 0)
    total = shifted.sum()
    if total == 0:
        return np.full(values.shape, 1.0 / values.size)
    return shifted / total
