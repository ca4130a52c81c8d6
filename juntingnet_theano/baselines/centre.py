"""The centre: people look there first, whatever the picture shows.

Tatler, "The central fixation bias in scene viewing", Journal of Vision 7
(14), 2007. A model must beat this map to have learned from pictures.

>>> import numpy as np
>>> found = saliency(np.zeros((3, 5, 3), 'uint8'))
>>> float(found[1, 2]), bool(found[0, 0] == found[2, 4] == 0)
(1.0, True)
"""

import numpy as np

from juntingnet_theano.pictures.images import check_rgb
from juntingnet_theano.saliency_maps.maps import stretch


def saliency(image: np.ndarray, sigma: float = 0.2) -> np.ndarray:
    """A Gaussian in the middle.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        Only its size matters.
    sigma : float
        Deviation as a share of each side, so that the map is as wide or high
        as the picture.

    Returns
    -------
    float32 array, H x W
        0 at the corners, 1 at the centre; all 0 for a single pixel.

    Raises
    ------
    BadFile
        The array is no picture.
    """
    check_rgb(image)
    down, along = (_gaussian(side, sigma * side) for side in image.shape[:2])
    found = np.empty(image.shape[:2], np.float32)
    np.multiply.outer(down, along, dtype=np.float64, casting='same_kind', out=found)
    return stretch(found)


def _gaussian(length, sigma):
    offsets = np.arange(length) - (length - 1) / 2.0
    return np.exp(-np.square(offsets / sigma) / 2)
