"""Losses of maps, as symbolic expressions: what training minimises.

>>> import juntingnet_theano
>>> import numpy as np
>>> import theano.tensor as T
>>> maps = T.constant(np.array([[0., 1., 2.]], 'float32'))
>>> round(float(LOSSES['correlation'](3 * maps + 1, maps).eval()), 6)
0.0
"""

from typing import Any

import numpy as np

import theano.tensor as T  # pyright: ignore[reportMissingImports]  # the finder answers
from lasagne.objectives import squared_error

SMALLEST_POWER = np.float32(1e-6)
"""Keeps the correlation of a map that is one value everywhere defined, and
its gradient finite; maps in [0, 1] of any use have some thousand times this
sum of squares."""


def squared(output: Any, targets: Any) -> Any:
    """Mean squared error over pixels and images.

    Parameters
    ----------
    output, targets : Theano matrix
        Predicted and true maps, images x pixels.

    Returns
    -------
    Theano scalar
        The Euclidean loss of the paper's section 3, read as a mean. Its
        gradient is that of `summed` divided by 1152, so the same learning
        rate takes other steps.
    """
    return squared_error(output, targets).mean()


def summed(output: Any, targets: Any) -> Any:
    """Half the squared error, summed over pixels, as mean over images.

    The other reading of the paper's Euclidean loss (section 3): Caffe's
    layer of that name computes ``|output - target|^2 / 2`` for each image.

    Parameters
    ----------
    output, targets : Theano matrix
        As in `squared`.

    Returns
    -------
    Theano scalar
    """
    return squared_error(output, targets).sum(axis=1).mean() * np.float32(0.5)


def correlation(output: Any, targets: Any) -> Any:
    """One minus Pearson's correlation of each map with its truth, as mean.

    Not the paper's. A predicted map is read by its order and its shape, not
    by its values: each metric of the challenge is the same for a + b map,
    b > 0 (the similarity as well, since it stretches maps first). The
    squared error depends on the values; this loss does not, and its gradient
    does not shrink as the number of pixels grows.

    Parameters
    ----------
    output, targets : Theano matrix
        As in `squared`; the output may have any range.

    Returns
    -------
    Theano scalar
        In [0, 2].
    """
    found, expected = centre(output), centre(targets)
    power = T.sqr(found).sum(axis=1) * T.sqr(expected).sum(axis=1)
    products = (found * expected).sum(axis=1)
    return 1 - (products / T.sqrt(power + SMALLEST_POWER)).mean()


def centre(maps: Any) -> Any:
    """Maps less the mean of each, images x pixels."""
    return maps - maps.mean(axis=1, keepdims=True)


LOSSES = {'squared': squared, 'summed': summed, 'correlation': correlation}
