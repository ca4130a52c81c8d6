"""Earth mover's distance of two maps, exactly.

The least work that turns one density into the other. As the ground distance
is a metric, what both have in common may stay, so only the excess of one over
the other is moved: a linear programme half as wide each way.

>>> a, b = np.zeros((2, 3)), np.zeros((2, 3))
>>> a[0, 0], b[0, 2] = 1, 1
>>> round(emd(a, b, shrink=1), 9)
2.0
"""

import numpy as np

from juntingnet_theano.metrics.arrays import as_map
from juntingnet_theano.metrics.imresize import imresize

SHRINK = 32
"""The benchmark's ``downsize``: a picture of 640 x 480 becomes 20 x 15."""


def emd(saliency_map: np.ndarray, ground_truth: np.ndarray, shrink: int = SHRINK) -> float:
    """Earth mover's distance.

    Parameters
    ----------
    saliency_map, ground_truth : arrays, h x w and H x W
        Not negative.
    shrink : int
        The ground truth is reduced so many times on each side, rounded up,
        and the map is brought to that size.

    Returns
    -------
    float
        In cells of the reduced grid (times `shrink` for pixels), from 0. NaN
        where a map is not finite or its sum is 0.

    Notes
    -----
    EMD.m of the MIT benchmark: both maps divided by their sums,
    Euclidean distances, nothing left over. It calls FastEMD (Pele and Werman
    2009), which rounds masses to integers; this solves for the real numbers.
    """
    truth = as_map(ground_truth)
    cells = [-(-length // shrink) for length in truth.shape]
    densities = [imresize(as_map(each), cells) for each in (saliency_map, truth)]
    sums = [each.sum() for each in densities]
    if not all(np.isfinite(total) and total > 0 for total in sums):
        return np.nan
    surplus = densities[0] / sums[0] - densities[1] / sums[1]
    return _transport(surplus)


def _transport(surplus):
    """Least work to level a grid whose sum is 0."""
    # Here, since importing takes longer than scoring a hundred maps.
    from scipy import sparse
    from scipy.optimize import linprog
    from scipy.spatial.distance import cdist

    # Rounding left over in the sum would make the constraints contradict.
    surplus = surplus - surplus.mean()
    givers, takers = np.argwhere(surplus > 0), np.argwhere(surplus < 0)
    if not len(givers):
        return 0.0
    amounts = np.concatenate([surplus[surplus > 0], -surplus[surplus < 0]])
    leaves = sparse.kron(sparse.eye(len(givers)), np.ones((1, len(takers))))
    arrives = sparse.kron(np.ones((1, len(givers))), sparse.eye(len(takers)))
    # Any one of the sums follows from the others.
    solution = linprog(
        cdist(givers, takers).ravel(),
        A_eq=sparse.vstack([leaves, arrives]).tocsr()[:-1],
        b_eq=amounts[:-1],
        method='highs',
    )
    return float(solution.fun)
