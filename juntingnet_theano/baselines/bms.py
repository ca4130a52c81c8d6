"""Boolean map saliency of Zhang and Sclaroff (2013).

J. Zhang and S. Sclaroff, "Saliency Detection: A Boolean Map Approach", ICCV
2013; whitening from "Exploiting Surroundedness for Saliency Detection", IEEE
PAMI, 2015. Written from the papers; defaults are the parameters of the
authors' demonstration.

A threshold makes a boolean map of a colour channel. Its regions that do not
reach the picture's border are surrounded: figures on a ground. Saliency is
how often a pixel is part of a figure, over all thresholds.

>>> import numpy as np
>>> picture = np.full((60, 80, 3), 90, 'uint8')
>>> picture[20:36, 40:56] = 200
>>> row, column = np.unravel_index(saliency(picture).argmax(), (60, 80))
>>> bool(abs(row - 28) < 4 and abs(column - 48) < 4)
True
"""

from typing import Iterator, List, Sequence

import numpy as np
from scipy import ndimage

from juntingnet_theano.baselines.colours import to_lab
from juntingnet_theano.baselines.grids import coarse_size, finish, label
from juntingnet_theano.pictures.images import check_rgb, resize
from juntingnet_theano.saliency_maps.maps import quantise, stretch


def saliency(
    image: np.ndarray,
    step: int = 8,
    opening: int = 5,
    dilation: int = 7,
    spread: int = 23,
    blur: float = 20,
    picture_side: int = 400,
    whiten: bool = False,
) -> np.ndarray:
    """How often each pixel is part of a surrounded region.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        RGB.
    step : int
        From one threshold to the next, of 256 values of a channel.
    opening : int
        Side of the square that boolean maps are opened with, in pixels of
        the scaled picture, as the three that follow.
    dilation : int
        Side of the square that surrounded regions grow by before they are
        normalised.
    spread : int
        Side of the square that the mean attention map is dilated with.
    blur : float
        Deviation of the last Gaussian.
    picture_side : int
        Longer side that the picture is scaled to. No published parameter:
        600 scored alike on training images and took three times as long.
    whiten : bool
        Decorrelate the three channels first, as in 2015.

    Returns
    -------
    float32 array, H x W
        From 0 to 1; all 0 where no region is surrounded.

    Raises
    ------
    BadFile
        The array is no picture.
    """
    check_rgb(image)
    size = coarse_size(image.shape[:2], picture_side)
    channels = to_lab(resize(image, size))
    attention = np.zeros(size, np.float32)
    for channel in whiten_channels(channels) if whiten else channels:
        for boolean in boolean_maps(channel, step, opening):
            region = dilate(find_surrounded(boolean), dilation)
            # Divided by its norm, a small figure weighs more than a large.
            attention += region * np.float32(1 / np.sqrt(max(np.count_nonzero(region), 1)))
    return finish(
        ndimage.maximum_filter(attention, spread), image.shape[:2], blur / float(picture_side)
    )


def boolean_maps(channel: np.ndarray, step: int, opening: int) -> Iterator[np.ndarray]:
    """Thresholded maps of a channel and their inverses, opened.

    Opening a thresholded map is thresholding the channel's grey opening, and
    opening its inverse is inverting its closing, so that two filters a
    channel do for all its maps.

    Parameters
    ----------
    channel : float array, H x W
        Stretched to 0 to 255.
    step, opening : int
        As in `saliency`.

    Yields
    ------
    bool array, H x W
    """
    levels = quantise(stretch(channel))
    opened = ndimage.grey_opening(levels, (opening, opening))
    closed = ndimage.grey_closing(levels, (opening, opening))
    for threshold in range(0, 255, step):
        yield opened > threshold
        yield closed <= threshold


def find_surrounded(boolean: np.ndarray) -> np.ndarray:
    """Regions that do not reach the border.

    Parameters
    ----------
    boolean : bool array, H x W

    Returns
    -------
    bool array, H x W
        `boolean` without the pixels from which a path of true pixels, left,
        right, up or down, leads to the border.
    """
    regions, count = label(boolean)
    inside = np.ones(count + 1, bool)
    inside[0] = False
    for edge in (regions[0], regions[-1], regions[:, 0], regions[:, -1]):
        inside[edge] = False
    return inside.take(regions)


def dilate(boolean: np.ndarray, side: int) -> np.ndarray:
    """True where the square of that side around a pixel holds a true one.

    Parameters
    ----------
    boolean : bool array, H x W
    side : int
        In pixels, odd.

    Returns
    -------
    bool array, H x W
    """
    # A thirtieth of the time of ndimage.binary_dilation.
    for axis in (0, 1):
        source = np.moveaxis(boolean, axis, 0)
        boolean = boolean.copy()
        grown = np.moveaxis(boolean, axis, 0)
        for shift in range(1, min(side // 2, len(source) - 1) + 1):
            grown[shift:] |= source[:-shift]
            grown[:-shift] |= source[shift:]
    return boolean


def whiten_channels(channels: Sequence[np.ndarray]) -> List[np.ndarray]:
    """Channels without correlation, of variance 1.

    Parameters
    ----------
    channels : sequence of float arrays, H x W

    Returns
    -------
    list of float arrays, H x W
        The channels times the inverse square root of their covariance;
        directions without variance stay as they are.
    """
    flat = np.array([np.ravel(each) for each in channels], np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    variances, axes = np.linalg.eigh(flat.dot(flat.T) / flat.shape[1])
    scales = np.ones_like(variances)
    there = variances > 1e-9 * variances.max()
    scales[there] = variances[there] ** -0.5
    return list((axes * scales).dot(axes.T).dot(flat).reshape((len(flat),) + np.shape(channels[0])))
