"""Blocks: how many views go through the network together, and in what places.

Many pictures go through the network in multiples of `ROWS` views. BLAS rounds
each row of its blocks of twelve in its own way, and the rows left over in another.
So a picture keeps its place, even after one that is broken, and blank views fill
the end: a map does not depend on the pictures beside it.

>>> in_blocks(lambda pixels: np.full(len(pixels), len(pixels)))(np.zeros((2, 3))).tolist()
[12, 12]
"""

import math
from typing import Callable

import numpy as np

ROWS = 12


def in_blocks(model: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """A model that is given whole blocks of `ROWS` views, blank ones at the end."""

    def filled(pixels):
        end = np.zeros((-len(pixels) % ROWS,) + pixels.shape[1:], pixels.dtype)
        return model(np.concatenate([pixels, end]))[: len(pixels)]

    return filled


def in_half_blocks(
    model: Callable[[np.ndarray], np.ndarray], count: int
) -> Callable[[np.ndarray], np.ndarray]:
    """A model whose pictures, of `count` views each, begin blocks of `ROWS` views
    or lie in their first half, which is rounded alike: what one gives does not
    depend on its place.

    >>> in_half_blocks(lambda pixels: np.arange(len(pixels)), 2)(np.zeros((8, 3))).tolist()
    [0, 1, 2, 3, 4, 5, 12, 13]
    """
    share = pictures_a_block(count) * count

    def spread(pixels):
        rows = np.arange(len(pixels))
        rows = rows // share * ROWS + rows % share
        blocks = np.zeros((-(-len(pixels) // share) * ROWS,) + pixels.shape[1:], pixels.dtype)
        blocks[rows] = pixels
        return model(blocks)[rows]

    return spread


def pictures_a_block(count: int) -> int:
    """Of `count` views, for `in_half_blocks`.

    >>> pictures_a_block(1), pictures_a_block(12)
    (6, 1)
    """
    return max(1, ROWS // 2 // count)


def group_size(batch: int, count: int) -> int:
    """Pictures that go through the network at once, for a `batch` of views.

    >>> group_size(60, 12), group_size(60, 1), group_size(7, 2)
    (5, 60, 6)
    """
    least = ROWS // math.gcd(ROWS, count)  # pictures that fill whole blocks
    return max(1, batch // count // least) * least
