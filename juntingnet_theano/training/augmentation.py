"""Random crops and colours: which part of an image training sees, and how bright.

This module draws the numbers; `network.warping` applies them. The paper only
mirrors (section 3.2). Without new crops a network of 35 million weights
memorises some thousand images within thirty epochs.

>>> import numpy as np
>>> changes = draw(np.random.RandomState(0), 2, crop=0.25, colour=0)
>>> changes.boxes.shape, changes.colours[0].tolist()
((2, 4), [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
"""

from typing import NamedTuple

import numpy as np

STRETCH = 0.1
"""Largest logarithm of a crop's change of the ratio of sides."""


class Changes(NamedTuple):
    """What happens to each image of a minibatch.

    Attributes
    ----------
    boxes : float32 array, n x 4
        Left, top, width and height of the part that is kept, as shares of
        the image's sides.
    colours : float32 array, n x 3 x 2
        Factor and summand of each channel, for pixels in [0, 1].
    """

    boxes: np.ndarray
    colours: np.ndarray


def draw(rng: np.random.RandomState, count: int, crop: float, colour: float) -> Changes:
    """Draw the changes of some images.

    Parameters
    ----------
    rng : numpy.random.RandomState
    count : int
    crop : float
        Largest share of each side that is cut off, in [0, 1).
    colour : float
        Largest change of contrast; of brightness and of a single channel's
        contrast, a quarter and a half of it.

    Returns
    -------
    Changes
    """
    width = 1 - rng.uniform(0, crop, count)
    height = width * np.exp(rng.uniform(-STRETCH, STRETCH, count))
    height = np.minimum(height, 1) if crop else np.ones(count)
    left = rng.uniform(0, 1, count) * (1 - width)
    top = rng.uniform(0, 1, count) * (1 - height)
    factors = (
        1 + rng.uniform(-colour, colour, (count, 1)) + rng.uniform(-colour, colour, (count, 3)) / 2
    )
    summands = np.repeat(rng.uniform(-colour, colour, (count, 1)) / 4, 3, 1)
    return Changes(
        np.stack([left, top, width, height], 1).astype('float32'),
        np.stack([factors, summands], 2).astype('float32'),
    )
