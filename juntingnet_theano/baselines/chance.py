"""Chance: every pixel drawn on its own, uniformly.

Its AUCs are 0.5 and its correlation 0, up to sampling. A constant map would
say the same, but no metric that divides by a map's spread can score it.

>>> import numpy as np
>>> picture = np.zeros((40, 50, 3), 'uint8')
>>> bool((saliency(picture) == saliency(picture)).all())
True
>>> bool(.45 < saliency(picture).mean() < .55)
True
"""

import zlib

import numpy as np

from juntingnet_theano.pictures.images import check_rgb
from juntingnet_theano.saliency_maps.maps import strips


def saliency(image: np.ndarray, seed: int = 0) -> np.ndarray:
    """Uniform noise.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        Its pixels are part of the seed: each picture has noise of its own,
        and the same one whenever and wherever it is predicted.
    seed : int

    Returns
    -------
    float32 array, H x W
        In [0, 1).

    Raises
    ------
    BadFile
        The array is no picture.
    """
    check_rgb(image)
    rng = np.random.RandomState([seed, zlib.crc32(np.ascontiguousarray(image))])
    found = np.empty(image.shape[:2], np.float32)
    for rows in strips(*found.shape):
        found[rows] = rng.random_sample(found[rows].shape)
    return found
