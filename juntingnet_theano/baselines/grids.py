"""What the classical models do around their own idea: size, borders, finish.

>>> import numpy as np
>>> coarse_size((480, 640), 32)
(24, 32)
>>> fade(np.ones((1, 4)), 1).tolist()
[[0.5, 1.0, 1.0, 0.5]]
"""

from typing import Optional, Tuple, cast

import numpy as np
from scipy import ndimage

from juntingnet_theano.saliency_maps.maps import blur, resize, stretch

MOST_PIXELS = 1 << 22
"""What a model looks at. Its features lie some pixels apart, and were chosen
for pictures of 640 x 480."""


def limit_pixels(image: np.ndarray) -> np.ndarray:
    """A picture that has no more pixels than `MOST_PIXELS`.

    Parameters
    ----------
    image : uint8 array, H x W x 3

    Returns
    -------
    uint8 array
        The same, or each square of a whole number of pixels averaged; what
        does not fill a square at the right and the bottom is left out.
    """
    height, width = image.shape[:2]
    factor = int(np.ceil(np.sqrt(height * width / MOST_PIXELS)))
    factor = min(factor, height, width)
    if factor < 2:
        return image
    found = np.empty((height // factor, width // factor, 3), np.uint8)
    for row in range(len(found)):
        squares = image[row * factor : (row + 1) * factor, : found.shape[1] * factor].reshape(
            factor, -1, factor, 3
        )
        found[row] = np.rint(squares.mean((0, 2), np.float32))
    return found


def coarse_size(size: Tuple[int, int], longer: float) -> Tuple[int, int]:
    """(height, width) of one aspect ratio whose longer side is given.

    Parameters
    ----------
    size : (int, int)
    longer : float
        In pixels.

    Returns
    -------
    (int, int)
        At least 1.
    """
    scale = longer / float(max(size))
    height, width = (max(1, int(round(side * scale))) for side in size)
    return height, width


def label(boolean: np.ndarray, neighbours: Optional[np.ndarray] = None) -> Tuple[np.ndarray, int]:
    """Number the connected regions of a boolean map.

    Parameters
    ----------
    boolean : bool array, H x W
    neighbours : bool array, 3 x 3, optional
        Which neighbours are connected: by default left, right, up and down.

    Returns
    -------
    (int array, int)
        The number of each pixel's region, H x W, 0 for false pixels; and how
        many regions there are.
    """
    regions = np.empty(boolean.shape, np.int32)
    return regions, cast(int, ndimage.label(boolean, neighbours, regions))


def fade(values: np.ndarray, width: int) -> np.ndarray:
    """Lower a map linearly towards its borders.

    Filters see mirrored pixels there, not the scene.

    Parameters
    ----------
    values : float array, H x W
    width : int
        Pixels from full strength to outside; at most half of a side.

    Returns
    -------
    float32 array
    """
    down, along = (_ramp(side, min(width, side // 2)) for side in values.shape)
    return values * down[:, np.newaxis] * along


def _ramp(length, width):
    nearest = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1
    return np.minimum(nearest / (width + 1.0), 1).astype(np.float32)


def finish(values: np.ndarray, size: Tuple[int, int], sigma: float) -> np.ndarray:
    """Bring a model's map to the picture.

    Parameters
    ----------
    values : float array
    size : (int, int)
        The picture's (height, width).
    sigma : float
        Deviation of the last Gaussian in shares of the longer side. Applied
        before resizing, where it takes a hundredth of the time.

    Returns
    -------
    float32 array
        Of `size`, from 0 to 1; all 0 where nothing stands out.
    """
    return stretch(resize(blur(values, sigma * max(values.shape)), size))
