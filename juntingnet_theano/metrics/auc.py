"""The three AUCs of the MIT benchmark, and the exact one of pysaliency.

All ask how well a map's values tell fixated places from others, as the area
under a ROC curve: 1 is perfect, 0.5 chance. They differ in the others (the
negatives) and in the thresholds:

============ ==================================== ==========================
metric       negatives                            thresholds
============ ==================================== ==========================
`judd`       all pixels that were not fixated     the fixated values
`borji`      as many random pixels, many times    0, step, 2 step, ... 1
`shuffled`   fixated places of other images       the same, or all values
`uniform`    all pixels                           all values
============ ==================================== ==========================

`judd`, `shuffled` without step and `uniform` see ranks only. `borji` and
`shuffled` with steps depend on the map's histogram too: its blur, its gamma.

Sources: AUC_Judd.m, AUC_Borji.m and AUC_shuffled.m of the MIT benchmark
(docs/challenge.rst); Judd et al. 2012; Borji et al. 2013; Zhang et al. 2008.

>>> fixations = np.eye(4)
>>> judd(fixations, fixations, np.random.default_rng(0))
1.0
>>> uniform(fixations, fixations)
0.875
"""

from typing import Any, Optional

import numpy as np

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.metrics.arrays import find_fixated, is_flat, match_size, min_max

SPLITS = 100
STEP = 0.1
JITTER = 1e-7
BUCKETS = 1 << 14
TINY = np.finfo(np.float64).tiny * BUCKETS


def judd(
    saliency_map: np.ndarray,
    fixation_map: np.ndarray,
    rng: Optional[np.random.Generator] = None,
    repeats: bool = False,
) -> float:
    """AUC Judd: against all pixels that were not fixated, by one sort.

    Parameters
    ----------
    saliency_map : array, h x w
        Resized to the fixation map where sizes differ.
    fixation_map : array, H x W
        Fixations at each pixel; any value above 0 is a fixation.
    rng : numpy.random.Generator, optional
        Adds up to 1e-7 to each pixel, so that none are equal, as the
        benchmark does; without it the map is taken as it is.
    repeats : bool
        Whether a pixel counts as often as it was fixated, or once.

    Returns
    -------
    float
        In [0, 1]. NaN where nothing was or everything was fixated, the map
        is not finite or, without `rng`, constant. Where fixated values are
        equal and there is no jitter, the curve steps back and the value is
        a little off, as the benchmark's is. Chance is (n + 2) / (2 n + 2)
        for n fixations, as trapezoids start at (0, 0).
    """
    places, weights = find_fixated(fixation_map, repeats)
    values = match_size(saliency_map, np.shape(fixation_map)).ravel()
    if rng is not None:
        values = values + rng.random(values.size) * JITTER
    if not 0 < len(places) < values.size or is_flat(values):
        return np.nan
    values = min_max(values)
    order = np.argsort(-values[places], kind='stable')
    thresholds, hits = values[places][order], np.cumsum(weights[order])
    above = values.size - np.searchsorted(np.sort(values), thresholds)
    passed = np.arange(1, len(order) + 1)
    return _area((above - passed) / float(values.size - len(order)), hits / hits[-1])


def uniform(saliency_map: np.ndarray, fixation_map: np.ndarray, repeats: bool = True) -> float:
    """AUC against all pixels, fixated ones included; equal values half.

    Parameters
    ----------
    saliency_map, fixation_map, repeats
        As in `judd`; pysaliency counts repeated fixations each.

    Returns
    -------
    float
        In [0, 1]; 0.5 for a constant map. NaN where nothing was fixated or
        the map is not finite.
    """
    values = match_size(saliency_map, np.shape(fixation_map)).ravel()
    places, weights = find_fixated(fixation_map, repeats)
    return _exact(values[places], weights, values)


def borji(
    saliency_map: np.ndarray,
    fixation_map: np.ndarray,
    rng: np.random.Generator,
    splits: int = SPLITS,
    step: float = STEP,
    draws: Optional[int] = None,
    endpoint: bool = True,
    repeats: bool = False,
) -> float:
    """AUC Borji: against random pixels, drawn with replacement.

    Only how many of a draw lie between two thresholds matters, and these
    numbers are multinomial: they are drawn instead of the pixels.

    Parameters
    ----------
    saliency_map, fixation_map, repeats
        As in `judd`.
    rng : numpy.random.Generator
    splits : int
        Draws, whose AUCs are averaged.
    step : float
        Distance of thresholds on the map stretched to [0, 1]. They are
        i * step, as Octave's colon has them; MATLAB's may differ in the last
        digit, which matters to maps with values on thresholds.
    draws : int, optional
        Pixels in a draw; as many as there are fixations by default.
        SALICON's evaluation takes 100,000, in one split.
    endpoint : bool
        Whether the largest value met is a threshold where it is a multiple
        of `step` (MATLAB's colon), or not (SALICON's ``numpy.arange``).

    Returns
    -------
    float
        In [0, 1]. NaN with less than two fixations, for a constant map and
        one that is not finite.
    """
    places, weights = find_fixated(fixation_map, repeats)
    values = match_size(saliency_map, np.shape(fixation_map)).ravel()
    if len(places) < 2 or is_flat(values):
        return np.nan
    values = min_max(values)
    counts = _counts(values, step, endpoint)
    draws = int(weights.sum()) if draws is None else draws
    negatives = rng.multinomial(draws, counts / counts.sum(), splits)
    return _stepped(_counts(values[places], step, endpoint, weights), negatives, endpoint)


def shuffled(
    saliency_map: np.ndarray,
    fixation_map: np.ndarray,
    other_map: np.ndarray,
    rng: Optional[np.random.Generator] = None,
    splits: Optional[int] = SPLITS,
    step: Optional[float] = STEP,
    endpoint: bool = True,
    repeats: bool = False,
) -> float:
    """AUC shuffled: against places fixated in other images.

    A map that only knows where people look in any image gets about 0.5.
    As in `borji`, the numbers between thresholds are drawn; without
    replacement they are multivariate hypergeometric.

    Parameters
    ----------
    saliency_map, fixation_map
        As in `judd`.
    other_map : array, H x W
        Fixations of other images at each pixel, of the fixation map's size.
    rng : numpy.random.Generator, optional
        Not needed where nothing is drawn.
    splits : int or None
        Draws of as many places of `other_map` as there are fixations, all of
        them if there are fewer. None takes all at once.
    step : float or None
        As in `borji`. None compares all values exactly, equal ones half, as
        pysaliency does; it goes with ``splits=None``.
    endpoint : bool
        As in `borji`.
    repeats : bool
        Whether places of both maps count as often as they were fixated.

    Returns
    -------
    float
        In [0, 1]. NaN without fixations in either map, for a map that is not
        finite and, with `step`, for a constant one.

    Raises
    ------
    BadSetting
        `other_map` has another size; a step is needed to draw.
    """
    if np.shape(other_map) != np.shape(fixation_map):
        raise BadSetting(
            'scoring AUC shuffled',
            f'other fixations of shape {np.shape(other_map)}',
            f'as the fixation map, {np.shape(fixation_map)}',
        )
    places, weights = find_fixated(fixation_map, repeats)
    others, other_weights = find_fixated(other_map, repeats)
    values = match_size(saliency_map, np.shape(fixation_map)).ravel()
    if step is None:
        if splits is not None:
            raise BadSetting(
                'scoring AUC shuffled', 'splits without a step', 'splits=None, or a step'
            )
        return _exact(values[places], weights, values[others], other_weights)
    if not len(places) or not len(others) or is_flat(values):
        return np.nan
    values = min_max(values)
    negatives = _counts(values[others], step, endpoint, other_weights)[np.newaxis]
    drawn = int(weights.sum())
    if splits is not None and drawn < negatives.sum():
        if rng is None:
            raise BadSetting('scoring AUC shuffled', 'no generator', 'one, to draw splits from')
        negatives = rng.multivariate_hypergeometric(
            negatives[0].astype(np.int64), drawn, splits, method='marginals'
        )
    return _stepped(_counts(values[places], step, endpoint, weights), negatives, endpoint)


def _counts(values, step, endpoint, weights=None):
    """Weight of the values in [0, 1] from each threshold up to the next.

    Without `endpoint` there are two numbers for a threshold: of the values
    equal to it and of those above.
    """
    # 1 / .1 is 10, but 1 / (1 / 3.) could be 2.999...: hence the tolerance.
    thresholds = np.minimum(np.arange(int(1 / step * (1 + 1e-12)) + 1) * step, 1)
    fences = np.append(thresholds, np.inf)
    # The quotient may be rounded to the wrong side of a threshold.
    place = (values / step).astype(np.intp)
    place -= values < fences[place]
    place += values >= fences[place + 1]
    if not endpoint:
        place = 2 * place + (values > fences[place])
    return np.bincount(place, weights, len(thresholds) * (1 if endpoint else 2))


def _stepped(positives, negatives, endpoint):
    """Mean area over splits (rows of `negatives`), from their `_counts`."""
    tp, fp = (_share_above(counts) for counts in (positives, negatives))
    tp = np.broadcast_to(tp, fp.shape)
    if not endpoint:
        # A threshold is used if some value, of either kind, lies above it.
        used = (tp[:, 1::2] > 0) | (fp[:, 1::2] > 0)
        tp, fp = (np.where(used, each[:, ::2], 0) for each in (tp, fp))
    return float(np.mean(_area(fp[:, ::-1], tp[:, ::-1])))


def _share_above(counts):
    """Share of the values that lie at each edge or above."""
    above = np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]
    return above / above[..., :1].astype(np.float64)


def _area(fp: np.ndarray, tp: np.ndarray) -> Any:
    """Trapezoids under curves that are completed by (0, 0) and (1, 1)."""
    ends = [(0, 0)] * (fp.ndim - 1) + [(1, 1)]
    fp, tp = (np.pad(each, ends, 'constant', constant_values=(0, 1)) for each in (fp, tp))
    widths = np.diff(fp, axis=-1)
    area = (widths * (tp[..., 1:] + tp[..., :-1])).sum(axis=-1) / 2
    return area if area.ndim else float(area)


def _exact(positives, weights, negatives, negative_weights=None):
    """Mann and Whitney: the share of pairs in which the positive is larger;
    equal ones count half."""
    if (
        not len(positives)
        or not len(negatives)
        or not (np.isfinite(positives).all() and np.isfinite(negatives).all())
    ):
        return np.nan
    total = len(negatives) if negative_weights is None else negative_weights.sum()
    smaller, not_larger = _weight_below(negatives, negative_weights, positives)
    return float(np.average((smaller + not_larger) / (2.0 * total), weights=weights))


def _weight_below(values, weights, thresholds):
    """Weight of the values smaller than each threshold, and not larger.

    Counted in buckets, of which only those that a threshold falls into are
    sorted: for a few hundred thresholds that is faster than sorting all.
    """
    low, high = values.min(), values.max()
    scale = BUCKETS / (high - low) if high - low > TINY else 0.0
    bucket, wanted = (
        np.minimum((each - low) * scale, BUCKETS - 1).astype(np.intp)
        for each in (values, np.clip(thresholds, low, high))
    )
    near = np.zeros(BUCKETS, bool)
    near[wanted] = True
    counts = np.bincount(bucket, weights, BUCKETS)
    counts[near] = 0
    inside = near[bucket]
    order = np.argsort(values[inside])
    close = values[inside][order]
    ranks = (
        np.arange(len(close) + 1)
        if weights is None
        else np.append(0, np.cumsum(weights[inside][order]))
    )
    below = np.cumsum(counts)[wanted]
    return tuple(
        below + ranks[np.searchsorted(close, thresholds, which)] for which in ('left', 'right')
    )
