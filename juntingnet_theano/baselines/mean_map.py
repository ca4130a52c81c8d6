"""The mean training map: where people look on average in one data set.

A network that predicts it for every picture has learned nothing about
pictures.

>>> import numpy as np
>>> found = saliency(np.zeros((4, 6, 3), 'uint8'), np.full((48, 48), .25))
>>> found.shape, float(found[0, 0])
((4, 6), 0.25)
"""

import numpy as np

from juntingnet_theano.cache import open_cache
from juntingnet_theano.cache.mean_map import of_split
from juntingnet_theano.pictures.images import check_rgb
from juntingnet_theano.saliency_maps.maps import resize


def read(path: str, split: str = 'training') -> np.ndarray:
    """Mean map of a cache.

    Parameters
    ----------
    path : str
        A cache of ``juntingnet preprocess``.
    split : str

    Returns
    -------
    float32 array
        48 x 48, in [0, 1].

    Raises
    ------
    MissingFiles, BadFile, BadSetting
        There is no such cache, it is broken, or the split has no maps.
    """
    with open_cache(path) as cache:
        return of_split(cache, split).astype(np.float32)


def saliency(image: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The mean map, at a picture's size.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        Only its size matters.
    mean : float array
        From `read`.

    Returns
    -------
    float32 array, H x W
        In [0, 1]; not stretched, so that its values are those of the mean.

    Raises
    ------
    BadFile
        The array is no picture.
    """
    check_rgb(image)
    return resize(mean, image.shape[:2])
