"""Several views of one picture, whose maps are averaged.

This is not in the paper, which looks once at the whole picture in 96 x 96 pixels.
The mirrored picture has the mirrored map; five overlapping parts show what is too
small in the whole. The network stays the same, but runs more often.

>>> from juntingnet_theano.settings.postprocessing import VIEWS
>>> [len(views(count)) for count in VIEWS]
[1, 2, 12]
>>> import numpy as np
>>> merge(np.ones((2, 48, 48), 'float32'), 2).shape
(48, 48)
"""

from typing import List, NamedTuple

import numpy as np

from juntingnet_theano.pictures import images
from juntingnet_theano.pictures.images import to_chw
from juntingnet_theano.saliency_maps.maps import resize

SHARE = 0.75
"""Side of a part, as share of the picture's; smaller ones raise AUC shuffled
and lower CC (experiments/README.rst)."""

FADING = 0.33
"""Share of a part's side over which it fades in from each edge."""


class View(NamedTuple):
    """A part of a picture: left, top and side as shares of the picture's
    sides, and whether it is mirrored."""

    left: float
    top: float
    side: float
    mirrored: bool


def views(count: int) -> List[View]:
    """The views of a `count` from `VIEWS`; first the whole picture."""
    rest = 1 - SHARE
    parts = [(0.0, 0.0, 1.0)] + [
        (left, top, SHARE)
        for left, top in ((0.0, 0.0), (rest, 0.0), (0.0, rest), (rest, rest), (rest / 2, rest / 2))
    ]
    return [View(*part, mirrored) for part in parts for mirrored in (False, True)][:count]


def side(size: int, count: int) -> int:
    """Side that a picture needs for each view to have `size` pixels.

    >>> side(96, 1), side(96, 12)
    (96, 128)
    """
    return int(np.ceil(size / min(view.side for view in views(count))))


def pixels(picture: np.ndarray, size: int, count: int, fit: str) -> np.ndarray:
    """What the network sees of a picture.

    Parameters
    ----------
    picture : uint8 array, H x W x 3
    size : int
        Side of the network's input.
    count : int
        One of `VIEWS`.
    fit : {'squash', 'crop'}
        How the picture becomes a square, see `images.fit`; its parts are
        those of a larger one.

    Returns
    -------
    uint8 array, count x 3 x size x size
    """
    found = [to_chw(images.fit(picture, size, fit))]
    larger = side(size, count)
    square = to_chw(images.fit(picture, larger, fit)) if larger > size else found[0]
    for view in views(count)[1:]:
        if view.mirrored:
            found.append(found[-1][:, :, ::-1])
        else:
            top, left = (int(round(start * square.shape[1])) for start in (view.top, view.left))
            found.append(square[:, top : top + size, left : left + size])
    return np.stack(found)


def merge(grids: np.ndarray, count: int, standardise: bool = False) -> np.ndarray:
    """One map of the maps of all views.

    Parameters
    ----------
    grids : float32 array, count x 48 x 48
    count : int
        One of `VIEWS`.
    standardise : bool
        Bring each to mean 0 and deviation 1 first: for networks whose values
        have no meaning (`losses.correlation`).

    Returns
    -------
    float32 array
        48 x 48; 96 x 96 with parts, which count as much as the whole.
    """
    if count == 1:
        return grids[0]
    if standardise:
        grids = np.stack([standardise_map(grid) for grid in grids])
    both = [(grids[i] + grids[i + 1][:, ::-1]) / 2 for i in range(0, count, 2)]
    if count == 2:
        return both[0]
    size = 2 * len(both[0])
    total, times = np.zeros((2, size, size), 'float32')
    for view, grid in zip(views(count)[2::2], both[1:]):
        length = int(round(view.side * size))
        top, left = (int(round(start * size)) for start in (view.top, view.left))
        place = np.s_[top : top + length, left : left + length]
        share = _fading(length)
        total[place] += share * resize(grid, (length, length))
        times[place] += share
    whole = resize(both[0], (size, size))
    return (whole + total / times) / 2


def _fading(length):
    """How much each cell of a part counts: less and less towards its edges,
    so that none of them is seen."""
    cells = np.arange(length) + 0.5
    ramp = np.minimum(np.minimum(cells, length - cells) / (FADING * length), 1)
    return np.outer(ramp, ramp).astype('float32')


def standardise_map(grid: np.ndarray) -> np.ndarray:
    """A map with mean 0 and deviation 1; a constant one becomes 0."""
    deviation = grid.std()
    return (grid - grid.mean()) / (deviation if deviation else 1)
