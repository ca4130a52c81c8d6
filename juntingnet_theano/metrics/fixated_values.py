"""Metrics that read a map at the fixations: NSS and information gains.

>>> fixations = np.array([[0, 1], [0, 0]])
>>> round(nss(np.array([[0., 3.], [1., 0.]]), fixations), 4)
1.4142
"""

import numpy as np

from juntingnet_theano.metrics.arrays import EPS, find_fixated, is_flat, match_size, min_max


def nss(
    saliency_map: np.ndarray, fixation_map: np.ndarray, ddof: int = 1, repeats: bool = False
) -> float:
    """Normalised scanpath saliency: mean z-score at the fixations.

    Parameters
    ----------
    saliency_map, fixation_map : arrays
        As in `auc.judd`.
    ddof : {1, 0}
        1 divides by the sample's standard deviation (MATLAB), 0 by the
        population's (SALICON, pysaliency).
    repeats : bool
        As in `auc.judd`.

    Returns
    -------
    float
        In standard deviations of the map; 0 is chance. NaN without fixations
        and for a constant map (where MATLAB returns rounding noise) or one
        that is not finite.

    Notes
    -----
    NSS.m of the MIT benchmark; Peters et al. 2005.
    """
    places, weights = find_fixated(fixation_map, repeats)
    values = match_size(saliency_map, np.shape(fixation_map)).ravel()
    if not len(places) or is_flat(values):
        return np.nan
    there = np.average(values[places], weights=weights)
    return float((there - values.mean()) / values.std(ddof=ddof))


def information_gain(
    saliency_map: np.ndarray, fixation_map: np.ndarray, baseline: np.ndarray, repeats: bool = False
) -> float:
    """How much better the map predicts fixations than a baseline does.

    Both maps are stretched to [0, 1] and divided by their sum; the mean over
    fixations of the difference of their logarithms.

    Parameters
    ----------
    saliency_map, fixation_map, repeats
        As in `nss`.
    baseline : array
        What is known without looking at the image, such as the centre bias;
        resized too.

    Returns
    -------
    float
        In bits per fixation. A fixation on the map's minimum costs 52 bits.
        NaN without fixations, or where a map is constant or not finite.

    Notes
    -----
    InfoGain.m of the MIT benchmark; Kuemmerer et al. 2015.
    """
    places, weights = find_fixated(fixation_map, repeats)
    maps = [match_size(each, np.shape(fixation_map)).ravel() for each in (saliency_map, baseline)]
    if not len(places) or any(is_flat(each) for each in maps):
        return np.nan
    ours, theirs = (
        np.log2(EPS + stretched[places] / stretched.sum()) for stretched in map(min_max, maps)
    )
    return float(np.average(ours - theirs, weights=weights))


def uniform_gain(density: np.ndarray, fixation_map: np.ndarray, repeats: bool = False) -> float:
    """How much better a density foretells fixations than a flat one does.

    Parameters
    ----------
    density : array
        Not negative; divided by its sum.
    fixation_map, repeats
        As in `nss`.

    Returns
    -------
    float
        In bits per fixation; minus infinity where somebody looked at a 0. NaN
        without fixations, or for a map that is negative, not finite or 0.

    Notes
    -----
    ``information_gain`` of pysaliency's models (Kuemmerer et al. 2015), over
    its uniform model.

    >>> uniform_gain(np.array([[2.0, 1.0], [1.0, 0.0]]), np.array([[1, 0], [0, 0]]))
    1.0
    """
    places, weights = find_fixated(fixation_map, repeats)
    values = match_size(density, np.shape(fixation_map)).ravel()
    total = values.sum()
    if not len(places) or not np.isfinite(total) or total <= 0 or values.min() < 0:
        return np.nan
    with np.errstate(divide='ignore'):
        gains = np.log2(values[places] / total * values.size)
    return float(np.average(gains, weights=weights))
