"""Gaze of several observers, from MATLAB's conventions to ours.

Shared by the readers. In the LSUN'15 editions of iSUN and SALICON, gaze is a
struct array, one struct per observer: `location` and `timestamp` of the raw
samples, `fixation` (SALICON's own files: `fixations`) as 1-based (x, y).

>>> import numpy as np
>>> gaze = [{'fixation': np.array([[1., 1.], [9., 9.]])}]
>>> fixations, dropped = to_fixations(gaze, (4, 4))
>>> fixations.x.tolist(), fixations.y.tolist(), dropped
([0.0], [0.0], 1)
"""

from typing import Any, Mapping, Sequence, Tuple

import numpy as np

from juntingnet_theano.datasets.records import Fixations

FIELDS = ('fixation', 'fixations')
# Timestamps of a trial begin at 0 and end near 3,000 to 5,000 where images
# were shown for 3 to 5 seconds, in steps of 100 for SALICON's resampled
# mouse tracks: they are milliseconds.
SECONDS = 1e-3


def to_fixations(
    observers: Sequence[Mapping[str, Any]], size: Tuple[int, int]
) -> Tuple[Fixations, int]:
    """Pool the fixations of all observers of one image.

    Parameters
    ----------
    observers : list of dict
        As `matfiles.read` gives the struct array.
    size : (int, int)
        (height, width) of the image.

    Returns
    -------
    (Fixations, int)
        0-based, and how many lay outside the image and were left out.

    Raises
    ------
    ValueError
        Where an observer has neither field or its shape is not n x 2.
    """
    parts = [_observer(index, struct) for index, struct in enumerate(observers)]
    return within(from_points(np.concatenate([np.zeros((0, 4))] + parts)), size)


def within(fixations: Fixations, size: Tuple[int, int]) -> Tuple[Fixations, int]:
    """The fixations inside an image.

    Parameters
    ----------
    fixations : Fixations
    size : (int, int)
        (height, width) of the image.

    Returns
    -------
    (Fixations, int)
        And how many lay outside.
    """
    # Pixel 0 reaches from -0.5 to 0.5. NaN compares false and is dropped.
    x, y = fixations.x, fixations.y
    with np.errstate(invalid='ignore', over='ignore'):
        inside = (x >= -0.5) & (x < size[1] - 0.5) & (y >= -0.5) & (y < size[0] - 0.5)
    return (Fixations(*(field[inside] for field in fixations)), int(np.sum(~inside)))


def of_pixels(hits: np.ndarray) -> Fixations:
    """`Fixations` of a matrix that is not 0 at fixated pixels.

    Parameters
    ----------
    hits : array
        height x width.

    Raises
    ------
    ValueError
        Where it is no matrix.
    """
    hits = np.asarray(hits)
    if hits.ndim != 2 or hits.dtype.kind not in 'buif' or not hits.size:
        raise ValueError(f'fixated pixels of shape {hits.shape} and type {hits.dtype}')
    y, x = np.nonzero(hits)
    unknown = np.full(len(x), np.nan)
    return from_points(np.column_stack([x, y, np.full(len(x), -1), unknown]))


def from_points(points: np.ndarray) -> Fixations:
    """`Fixations` of an n x 4 array of x, y, subject and time in seconds."""
    x, y, subject, t = points.T
    with np.errstate(over='ignore'):  # infinity lies outside every image
        return Fixations(
            x.astype('float32'), y.astype('float32'), subject.astype('int32'), t.astype('float32')
        )


def _observer(index, struct):
    """n x 4 array of one observer: x, y, subject, t."""
    field = next((name for name in FIELDS if name in struct), None)
    if field is None:
        raise ValueError('gaze without fixations, only: {}'.format(', '.join(struct) or 'nothing'))
    places = np.asarray(struct[field], 'float64')
    if not places.size:
        return np.zeros((0, 4))
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(f'{field} of shape {places.shape}, expected n x 2')
    times = np.asarray(struct.get('timestamp', ()), 'float64').ravel()
    # Where fixations were merged from samples, their times are not given.
    if len(times) != len(places):
        times = np.full(len(places), np.nan)
    return np.column_stack([places - 1, np.full(len(places), index), times * SECONDS])
