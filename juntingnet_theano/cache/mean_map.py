"""The mean map of a cache's images, and how far it is from each of them.

A network that has learnt nothing about pictures predicts this map, so every
other is measured against it.

>>> maps = np.array([[[0, 255]], [[255, 255]]], 'uint8')
>>> mean_map(lambda rows: maps[rows], [[0], [1]]).tolist()
[[0.5, 1.0]]
"""

from typing import Any, Callable, List, Sequence

import numpy as np

from juntingnet_theano.cache.reader import Cache

SLICE = 1024  # maps in memory at a time


def of_split(cache: Cache, split: str) -> np.ndarray:
    """Mean map of a split of an open cache.

    Parameters
    ----------
    cache : Cache
    split : str

    Returns
    -------
    float64 array
        48 x 48, in [0, 1].

    Raises
    ------
    BadFile, BadSetting
        The cache is broken, or the split has no maps.
    """
    rows = np.arange(cache.count(split))
    return mean_map(lambda some: cache.maps(split, some)[:, 0], pieces(rows, SLICE))


def pieces(rows: np.ndarray, slice_size: int) -> List[np.ndarray]:
    """Cut sorted rows into runs that fit in memory, for reading in order."""
    return [rows[start : start + slice_size] for start in range(0, len(rows), slice_size)]


def mean_map(read_maps: Callable[[Any], np.ndarray], rows_by_piece: Sequence[Any]) -> np.ndarray:
    """Mean of training maps.

    Parameters
    ----------
    read_maps : callable
        Rows -> uint8 maps, n x 48 x 48.
    rows_by_piece : list of int arrays

    Returns
    -------
    float64 array
        48 x 48, in [0, 1].
    """
    total = sum(read_maps(rows).sum(axis=0, dtype='float64') for rows in rows_by_piece)
    return np.asarray(total / 255.0 / sum(map(len, rows_by_piece)))


def constant_map_loss(
    constant: np.ndarray, read_maps: Callable[[Any], np.ndarray], rows_by_piece: Sequence[Any]
) -> float:
    """Mean squared error of predicting one map for every image."""
    total = sum(np.square(read_maps(rows) / 255.0 - constant).sum() for rows in rows_by_piece)
    return total / constant.size / sum(map(len, rows_by_piece))


def constant_map_uncorrelation(
    constant: np.ndarray, read_maps: Callable[[Any], np.ndarray], rows_by_piece: Sequence[Any]
) -> float:
    """Mean of one minus the correlation of one map with every image's.

    A flat map correlates with nothing.

    >>> maps = np.array([[[0, 1], [2, 3]], [[3, 2], [1, 0]]], 'uint8')
    >>> constant_map_uncorrelation(maps[0] / 255., lambda rows: maps[rows], [[0], [1]])
    1.0
    """
    found = constant - constant.mean()
    total = 0.0
    for rows in rows_by_piece:
        maps = read_maps(rows) / 255.0
        maps -= maps.mean(axis=(1, 2), keepdims=True)
        power = np.sqrt(np.square(maps).sum(axis=(1, 2)) * np.square(found).sum())
        total += len(maps) - np.sum(np.sum(maps * found, axis=(1, 2)) / np.maximum(power, 1e-12))
    return float(total / sum(map(len, rows_by_piece)))
