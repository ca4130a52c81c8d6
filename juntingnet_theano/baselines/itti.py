"""Saliency of Itti, Koch and Niebur (1998).

L. Itti, C. Koch and E. Niebur, "A Model of Saliency-Based Visual Attention
for Rapid Scene Analysis", IEEE PAMI 20 (11), 1998. Written from the paper.
The defaults are those under which its scores are quoted as a baseline: the
variant for small pictures that comes with the GBVS bundle. `PAPER` holds
those of 1998.

>>> import numpy as np
>>> picture = np.zeros((64, 64, 3), 'uint8')
>>> picture[40:48, 16:24] = 255
>>> row, column = np.unravel_index(saliency(picture).argmax(), (64, 64))
>>> bool(abs(row - 44) < 4 and abs(column - 20) < 4)
True
"""

import functools
from typing import Any, Sequence, Tuple

import numpy as np
from scipy import ndimage

from juntingnet_theano.baselines import gabor
from juntingnet_theano.baselines.colours import to_opponents
from juntingnet_theano.baselines.grids import coarse_size, fade, finish, label, limit_pixels
from juntingnet_theano.baselines.pyramids import build_pyramid
from juntingnet_theano.pictures.images import check_rgb
from juntingnet_theano.saliency_maps.maps import resize, stretch

PAPER = {'centres': (2, 3, 4), 'deltas': (3, 4), 'shrink': 16, 'border': 0, 'blur': 0}
"""Parameters of the paper, for pictures of 640 x 480."""

NEIGHBOURS = np.ones((3, 3))


def saliency(
    image: np.ndarray,
    centres: Sequence[int] = (2, 3),
    deltas: Sequence[int] = (2,),
    angles: Sequence[float] = gabor.ANGLES,
    shrink: float = 8,
    border: float = 1 / 6.0,
    blur: float = 0.03,
) -> np.ndarray:
    """Where a picture differs from its surroundings.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        RGB.
    centres : sequence of int
        Pyramid levels c of the centres; level n is 1 / 2^n of the picture.
        2, 3 and 4 in the paper, 2 and 3 in the bundle.
    deltas : sequence of int
        Surrounds lie at the levels c + delta: 3 and 4 in the paper, 2 in
        the bundle (2 and 3 would be more faithful, but leave too few pixels
        of a picture below 640).
    angles : sequence of float
        Preferred orientations in degrees.
    shrink : float
        The map is that many times smaller than the picture: 8 in the
        bundle, 16 in the paper (level 4).
    border : float
        The map fades out over that share of its longer side. No published
        parameter: chosen by scores, see docs/evaluation.rst.
    blur : float
        Deviation of the last Gaussian, in shares of the longer side; none in
        the paper, 0.03 (of the width) in the bundle.

    Returns
    -------
    float32 array, H x W
        From 0 to 1; all 0 for a picture of one colour.

    Raises
    ------
    BadFile
        The array is no picture.
    """
    check_rgb(image)
    whole, image = image.shape[:2], limit_pixels(image)
    size = image.shape[:2]
    coarse = coarse_size(size, max(size) / float(shrink))
    depth = max(centres) + max(deltas)
    channel = _Channel(coarse, centres, deltas)
    intensity, red_green, blue_yellow = (
        build_pyramid(plane, depth) for plane in to_opponents(image)
    )
    conspicuity = [
        channel(intensity),
        channel(red_green) + channel(blue_yellow),
        _total(normalise(channel(levels)) for levels in _oriented(intensity, angles, min(centres))),
    ]
    total = _total(map(normalise, conspicuity)) / 3
    return finish(fade(total, int(round(border * max(coarse)))), whole, blur)


def normalise(values: np.ndarray) -> np.ndarray:
    """The operator N(.): promote maps with few strong peaks.

    Parameters
    ----------
    values : float array, H x W

    Returns
    -------
    float32 array
        The map, stretched to [0, 1], times the square of 1 less the mean of
        all its local maxima but the greatest (section 2.2). A peak that is a
        plateau counts once. A map with one peak keeps its height, one with
        many equal peaks becomes 0.
    """
    values = stretch(values)
    peaks, count = label(
        (values > 0) & (values == ndimage.maximum_filter(values, footprint=NEIGHBOURS)), NEIGHBOURS
    )
    if count < 2:
        return values
    heights = np.zeros(count + 1)
    heights[peaks] = values  # neighbours with one number are level
    others = (heights[1:].sum() - 1) / (count - 1)
    return values * np.float32((1 - others) ** 2)


def _total(maps):
    return functools.reduce(np.add, maps)


class _Channel:
    """Centre-surround differences of one pyramid, added at one size.

    Differences of opponent colours are taken centre less surround, as is
    usual; the paper's equations 2 and 3 turn the surround's sign, which would
    make large plain areas salient.
    """

    def __init__(
        self, size: Tuple[int, int], centres: Sequence[int], deltas: Sequence[int]
    ) -> None:
        self._size = size
        self._pairs = [(centre, centre + delta) for centre in centres for delta in deltas]

    def __call__(self, levels: Sequence[Any]) -> np.ndarray:
        return _total(
            resize(self._difference(levels[centre], levels[surround]), self._size)
            for centre, surround in self._pairs
        )

    def _difference(self, centre, surround):
        return normalise(np.abs(centre - resize(surround, centre.shape)))


def _oriented(levels, angles, first):
    """A pyramid of oriented energy for each angle, from level `first` on."""
    energies = [
        None if level < first else gabor.energy(values, angles)
        for level, values in enumerate(levels)
    ]
    for index in range(len(angles)):
        yield [each and each[index] for each in energies]
