"""A small map enlarged and blurred, as matrix products of small tiles.

Both steps of section 3.1, step 7, are linear along each axis, but between
them the resize cuts its overshoot, so that they cannot become one matrix:

    grid (48 x 48) -> rows . grid . columns' -> cut -> band . tile . band'

`rows` and `columns` hold the bicubic weights of each pixel, those outside the
map too: the Gaussian mirrors the borders, and mirrored weights give mirrored
pixels. Away from there every tile is blurred by the same `band`, a row of the
kernel for each pixel of the tile. Nothing is computed in float64 but the
weights.

Tiles also keep each product below the size from which OpenBLAS hands it to
its own threads. `prediction` calls this from one thread per core, and threads
of threads wait for each other in busy loops.

``maps.blur(maps.resize(...))``, Pillow and SciPy, takes more than twice the
time: with it the folder of ``bench_predict.py`` takes half as much processor
time again from file to file.

>>> import numpy as np
>>> [strip.shape for strip in enlarged_strips(np.eye(4), (60, 80), 3.)]
[(60, 80)]
"""

import functools
from typing import Iterator, Tuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from juntingnet_theano.saliency_maps.maps import STRIP, resize_weights

TILE = 32
"""Side of a tile in pixels. The band of a Gaussian of 3 pixels is 32 x 56;
larger tiles waste fewer products on it, but 64 reach OpenBLAS's threads."""
_KEPT_LENGTH = 1 << 14  # pixels of an axis whose weights are kept for the next
TRUNCATE = 4.0  # deviations, as `maps.blur`


def enlarged_strips(grid: np.ndarray, size: Tuple[int, int], sigma: float) -> Iterator[np.ndarray]:
    """What ``blur(resize(grid, size), sigma)`` of `saliency_maps` gives.

    Parameters
    ----------
    grid : float array
        Rows x columns; 48 x 48 from the network.
    size : (int, int)
        Height and width to come to.
    sigma : float
        Deviation of the Gaussian in pixels of `size`, above 0.

    Yields
    ------
    float32 array, rows x W
        Strips of the map from top to bottom, within 1e-6 of the range of
        `grid` of the slow way's.
    """
    grid = np.asarray(grid, 'float32')
    band = _band(sigma)
    margin = band.shape[1] - TILE
    rows, columns = (
        (_weights if length <= _KEPT_LENGTH else _weights.__wrapped__)(length, cells, margin)
        for length, cells in zip(size, grid.shape)
    )
    low, high = grid.min(), grid.max()
    # Strips of whole tiles, no smaller than the margin that they share.
    more = _margin_tiles(band) // TILE
    step = max(more, STRIP // (len(columns) * TILE * TILE), 1)
    for first in range(0, len(rows) - more, step):
        full = _resized(grid, rows[first : first + step + more], columns)
        np.clip(full, low, high, out=full)
        blurred = _blurred_across(_blurred_down(full, band), band)
        yield blurred[: size[0] - first * TILE, : size[1]]


@functools.lru_cache(maxsize=8)
def _band(sigma):
    """Tile x (tile + 2 radius): the kernel, one pixel further in each row."""
    radius = int(TRUNCATE * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    band = np.zeros((TILE, TILE + 2 * radius), 'float32')
    for row in range(TILE):
        band[row, row : row + len(kernel)] = kernel
    return band


# Photographs come in few sizes; 64 axes of 640 pixels hold 8 MB.
@functools.lru_cache(maxsize=64)
def _weights(length, cells, margin):
    """Tiles x tile x cells: weights of `margin` / 2 mirrored pixels, of all
    pixels of an axis, and of mirrored ones until the tiles are full."""
    full = -(-length // TILE) * TILE + -(-margin // TILE) * TILE
    before = margin // 2
    pixels = np.pad(np.arange(length), (before, full - length - before), 'symmetric')
    weights = resize_weights(cells, length)[pixels]
    return weights.reshape(-1, TILE, cells)


def _resized(grid, rows, columns):
    """Full-size map with margins, its overshoot not yet cut."""
    part = rows @ grid  # tiles x tile x cells
    full = np.empty((len(rows) * TILE, len(columns) * TILE), 'float32')
    np.matmul(part[:, np.newaxis], columns.transpose(0, 2, 1), out=_tiles(full, TILE, TILE))
    return full


def _blurred_down(full, band):
    """Without the margin above and below."""
    height = full.shape[0] - _margin_tiles(band)
    down = np.empty((height, full.shape[1]), 'float32')
    np.matmul(band, _tiles(full, band.shape[1], TILE), out=_tiles(down, TILE, TILE))
    return down


def _blurred_across(down, band):
    """Without the margin to the left and right."""
    width = down.shape[1] - _margin_tiles(band)
    across = np.empty((down.shape[0], width), 'float32')
    np.matmul(_tiles(down, TILE, band.shape[1]), band.T, out=_tiles(across, TILE, TILE))
    return across


def _margin_tiles(band):
    """Pixels of the margin, in whole tiles."""
    return -(-(band.shape[1] - TILE) // TILE) * TILE


def _tiles(full, height, width):
    """View of an array as tiles, down x across x height x width.

    They start a `TILE` apart; those that are larger overlap, and only as
    many are taken as lie in the array.
    """
    down = (full.shape[0] - height) // TILE + 1
    across = (full.shape[1] - width) // TILE + 1
    row, column = full.strides
    return as_strided(full, (down, across, height, width), (TILE * row, TILE * column, row, column))
