"""Which rows of a cache make which minibatch of which epoch.

Everything here is a function of the settings and the epoch's number, so that
a resumed run sees the minibatches that the uninterrupted one would have seen.

>>> training, validation = split_rows(10, 0.2, seed=0)
>>> len(training), len(validation)
(8, 2)
"""

import itertools
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training.augmentation import Changes, draw


class Minibatch(NamedTuple):
    """Rows of a loaded slice, and which of them to mirror.

    Attributes
    ----------
    piece : int
        Number of the slice that the rows lie in.
    rows : int32 array
        Positions in that slice.
    flip : int32 array
        1 where the row is mirrored.
    changes : augmentation.Changes, optional
        Crops and colours, where the settings ask for any.
    """

    piece: int
    rows: np.ndarray
    flip: np.ndarray
    changes: Optional[Changes] = None

    @property
    def arguments(self) -> Tuple[np.ndarray, ...]:
        """What `functions.Trainer.train` takes."""
        return (self.rows, self.flip) + (self.changes or ())


def split_rows(
    count: int, holdout: float, seed: int, first: bool = False
) -> Tuple[np.ndarray, np.ndarray]:
    """Divide the training split into training and validation (section 3.2).

    The paper says 80 % and 20 % and not which; the library the authors used
    took the first fifth. Here the held-out rows are drawn at random by
    default, since public lists are often sorted by source.

    Parameters
    ----------
    count : int
        Rows of the training split.
    holdout : float
        Share to hold out, in [0, 1).
    seed : int
    first : bool
        Hold out the first rows instead of random ones.

    Returns
    -------
    (int64 array, int64 array)
        Sorted rows for training and for validation.
    """
    order = np.arange(count) if first else np.random.RandomState(seed).permutation(count)
    held = int(round(holdout * count))
    return np.sort(order[held:]), np.sort(order[:held])


def epoch_minibatches(sizes: Sequence[int], epoch: int, settings: Settings) -> Iterator[Minibatch]:
    """The minibatches of one epoch; each row comes exactly once.

    Parameters
    ----------
    sizes : list of int
        Rows of each slice.
    epoch : int
        From 0.
    settings : Settings
        Uses `seed`, `shuffle`, `batch_size`, `mirror`, `crop`, `colour`.

    Yields
    ------
    Minibatch
        The last one of a slice may be short. Half of each is mirrored, as
        the authors' code does (section 3.2).
    """
    rng = np.random.RandomState([settings.seed, epoch])
    order = np.arange(len(sizes))
    if settings.shuffle:
        rng.shuffle(order)
    for piece in map(int, order):
        rows = np.arange(sizes[piece], dtype='int32')
        if settings.shuffle:
            rng.shuffle(rows)
        for start in range(0, len(rows), settings.batch_size):
            chosen = rows[start : start + settings.batch_size]
            flip = _flips(rng, len(chosen), settings.mirror)
            changes = (
                draw(rng, len(chosen), settings.crop, settings.colour)
                if settings.changing
                else None
            )
            yield Minibatch(piece, chosen, flip, changes)


def mirror_in_place(sizes: Sequence[int], settings: Settings) -> Iterator[List[np.ndarray]]:
    """Which images lie mirrored when each epoch begins, epoch after epoch.

    The authors' code mirrored half of each minibatch in the very array that
    the next epoch reads, so that the mirrorings of all epochs add up.

    Parameters
    ----------
    sizes : list of int
        Rows of each slice.
    settings : Settings
        With `mirror_in_place`, whose rows are in their order.

    Yields
    ------
    list of int32 array
        1 where an image is mirrored, an array a slice; that of epoch 0 first.
    """
    state = [np.zeros(size, 'int32') for size in sizes]
    for epoch in itertools.count():
        yield [each.copy() for each in state]
        for minibatch in epoch_minibatches(sizes, epoch, settings):
            state[minibatch.piece][minibatch.rows] ^= minibatch.flip


def _flips(rng, count, share):
    """int32: 1 for a share of the places, drawn at random."""
    flip = np.zeros(count, 'int32')
    flip[: int(round(share * count))] = 1
    rng.shuffle(flip)
    return flip


def cut_in_order(size: int, batch_size: int) -> List[np.ndarray]:
    """Rows 0 to `size` in runs of `batch_size`, for validation."""
    return [
        np.arange(start, min(start + batch_size, size), dtype='int32')
        for start in range(0, size, batch_size)
    ]
