"""What a map is scored against: fixations here, elsewhere, and blurred.

>>> from juntingnet_theano.metrics.protocols import Protocol
>>> looks = [np.array([[0, 0], [2, 1]]), np.array([[1, 0], [1, 0]])]
>>> pool = GazePool(looks, [(2, 3), (2, 3)])
>>> pool.fixation_map(0).tolist()
[[1, 0, 0], [0, 0, 1]]
>>> pool.other_map(0, Protocol('all', others=None)).tolist()
[[0, 1, 0], [0, 0, 0]]
"""

from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.metrics.blur import gaussian, lowpass
from juntingnet_theano.metrics.protocols import OF_TWO_MAPS, Protocol

SIZES_KEPT = 64  # of which everybody's fixations are kept, 80 MB for VGA


class GroundTruth(NamedTuple):
    """What one image's map is scored against; arrays of the image's size.

    Attributes
    ----------
    fixation_map : int array, H x W
        Fixations at each pixel.
    density : float array or None
        Continuous ground truth, for the metrics that compare two maps.
    other_map : int array or None
        Fixations of other images, for AUC shuffled.
    baseline : float array or None
        What is known without the image, for information gain.
    """

    fixation_map: np.ndarray
    density: Optional[np.ndarray] = None
    other_map: Optional[np.ndarray] = None
    baseline: Optional[np.ndarray] = None


def fixation_map(x: np.ndarray, y: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """How many fixations each pixel got.

    Parameters
    ----------
    x, y : arrays
        0-based pixels, x to the right; rounded to the nearest pixel, and to
        the border where they lie half a pixel beyond it.
    size : (int, int)
        (height, width) of the image.

    Returns
    -------
    int array
        Of `size`.
    """
    return _counted(_pixels(x, y, size), None, size)


class GazePool:
    """Fixations of all images of a split, each image's negatives the others'.

    Parameters
    ----------
    fixations : sequence of n x 2 arrays
        (x, y) of each image, 0-based pixels of that image.
    sizes : sequence of (int, int)
        (height, width) of each image.
    """

    def __init__(self, fixations: Sequence[np.ndarray], sizes: Sequence[Tuple[int, int]]) -> None:
        self.sizes = [tuple(size) for size in sizes]
        seen = [
            np.unique(_pixels(points[:, 0], points[:, 1], size), return_counts=True)
            for points, size in zip(fixations, self.sizes)
        ]
        # Kept sparse and narrow: worker processes get copies.
        self._places = [places.astype(np.int32) for places, _ in seen]
        self._counts = np.concatenate([counts.astype(np.int32) for _, counts in seen])
        self._starts = np.append(0, np.cumsum(list(map(len, self._places))))
        self._everyones = {}

    def __len__(self) -> int:
        return len(self.sizes)

    def fixation_map(self, index: int) -> np.ndarray:
        """Fixations at each pixel of an image."""
        return _counted(self._places[index], self._counts[self._part(index)], self.sizes[index])

    def other_map(
        self, index: int, protocol: Protocol, rng: Optional[np.random.Generator] = None
    ) -> np.ndarray:
        """Fixations of other images, brought to the size of this one.

        A place keeps its share of the width and height, rounded down to a
        pixel.

        Parameters
        ----------
        index : int
            This image.
        protocol : Protocol
            `others`, `other_repeats`, `negative_weights` and `own_places`
            apply.
        rng : numpy.random.Generator, optional
            Draws the images where `others` is less than there are.

        Returns
        -------
        int array
            Of this image's size.
        """
        size, repeats = self.sizes[index], protocol.other_repeats
        others = [other for other in range(len(self)) if other != index]
        if protocol.others is None or protocol.others >= len(others):
            counts = self._everyone(size, repeats) - self._seen_in([index], size, repeats)
        else:
            if rng is None:
                raise BadSetting('drawing other images', 'no generator', 'one, to draw from')
            drawn = rng.choice(len(others), protocol.others, replace=False)
            counts = self._seen_in([others[each] for each in drawn], size, repeats)
        if not protocol.negative_weights:
            counts = np.minimum(counts, 1)
        if not protocol.own_places:
            counts.ravel()[self._places[index]] = 0
        return counts

    def truth(
        self,
        index: int,
        protocol: Protocol,
        rng: Optional[np.random.Generator] = None,
        density: Optional[np.ndarray] = None,
    ) -> GroundTruth:
        """All that a protocol's metrics need about an image.

        Parameters
        ----------
        index : int
        protocol : Protocol
        rng : numpy.random.Generator, optional
            As in `other_map`.
        density : array, optional
            The data set's own map, for ``truth='maps'``.

        Returns
        -------
        GroundTruth
        """
        metrics = set(protocol.metrics)
        here = self.fixation_map(index)
        others = baseline = None
        if 'auc_shuffled' in metrics:
            others = self.other_map(index, protocol, rng)
        if 'information_gain' in metrics:
            baseline = lowpass(
                self.other_map(
                    index, protocol._replace(others=None, negative_weights=True, own_places=True)
                )
            )
        if protocol.truth != 'maps' and metrics.intersection(OF_TWO_MAPS):
            density = _blurred(here, protocol)
        return GroundTruth(here, density, others, baseline)

    def _part(self, image):
        """Where an image's fixated pixels stand among everybody's."""
        return slice(self._starts[image], self._starts[image + 1])

    def _everyone(self, size, repeats):
        """All images' fixations; kept, as most sets have few sizes."""
        if len(self._everyones) >= SIZES_KEPT:
            self._everyones.clear()
        key = size, repeats
        if key not in self._everyones:
            self._everyones[key] = self._seen_in(range(len(self)), size, repeats)
        return self._everyones[key]

    def _seen_in(self, images, size, repeats):
        """Sum of the fixation maps of images at a common size."""
        places = np.concatenate([self._places[image] for image in images])
        shapes = np.repeat(
            [self.sizes[image] for image in images],
            [len(self._places[image]) for image in images],
            axis=0,
        )
        rows, columns = np.divmod(places, shapes[:, 1])
        scale = np.asarray(size) / shapes.astype(np.float64)
        rows = (rows * scale[:, 0]).astype(np.int64)
        columns = (columns * scale[:, 1]).astype(np.int64)
        counts = None
        if repeats:
            counts = np.concatenate([self._counts[self._part(image)] for image in images])
        return _counted(rows * size[1] + columns, counts, size)


def _pixels(x, y, size):
    """Index into the flattened map of each fixation."""
    height, width = size
    rows = np.clip(np.rint(y), 0, height - 1).astype(np.int64)
    columns = np.clip(np.rint(x), 0, width - 1).astype(np.int64)
    return rows * width + columns


def _counted(places, counts, size):
    pixels = size[0] * size[1]
    return np.bincount(places, counts, pixels).astype(np.int32).reshape(size)


def _blurred(fixations, protocol):
    if not protocol.truth_repeats:
        fixations = np.minimum(fixations, 1)
    if protocol.truth == 'lowpass':
        return lowpass(fixations, protocol.truth_width)
    return gaussian(fixations, protocol.truth_width, protocol.truth_padding)
