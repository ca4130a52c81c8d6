"""The rows of its caches that a run trains and validates on, slice by slice.

>>> from juntingnet_theano.settings.training import Settings
>>> class TwoRows(object):
...     def count(self, split):
...         return 2
>>> TrainingData(TwoRows(), Settings(holdout=0.5)).count('validation')
1
"""

from typing import Any, List, Tuple, Union

import numpy as np

from juntingnet_theano import names
from juntingnet_theano.cache import Cache, JoinedCache
from juntingnet_theano.cache.mean_map import (
    constant_map_loss,
    constant_map_uncorrelation,
    mean_map,
    pieces,
)
from juntingnet_theano.errors import BadSetting
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import minibatches


class TrainingData:
    """The rows of its caches that a run trains and validates on.

    Slices go to the device one after another; a set that fits into one slice
    is loaded once. Of an image that an epoch has twice there are two rows.

    Parameters
    ----------
    cache : cache.Cache or cache.JoinedCache
        What `settings.caches` names, open.
    settings : Settings

    Attributes
    ----------
    left_out : int
        Training images of further caches that have the name of an image which
        is not trained on: held out, or of another split of any of the caches.

    Raises
    ------
    BadSetting
        Where no image is left to train or to validate on.
    """

    def __init__(self, cache: Union[Cache, JoinedCache], settings: Settings) -> None:
        self.cache = cache
        parts = (
            cache.training_rows
            if isinstance(cache, JoinedCache)
            else [np.arange(cache.count('training'))]
        )
        count = len(parts[0])
        training, held = minibatches.split_rows(
            count, settings.holdout, settings.split_seed, settings.holdout_from == 'first'
        )
        validation = ('training', held)
        if not settings.holdout:
            validation = ('validation', np.arange(cache.count('validation')))
        others = _unseen(cache, held, parts[1:])
        self.left_out = sum(map(len, parts[1:])) - sum(map(len, others))
        training = _woven([training] + others, settings.cache_weights)
        self.splits = {'training': ('training', training)}
        if settings.gaze_from:
            gazed = cache.fixation_counts('training')[training] > 0
            self.splits['gazed'] = ('training', training[gazed])
        self.splits['validation'] = validation
        self.pieces = {}
        for role, (_, rows) in self.splits.items():
            if not len(rows):
                raise BadSetting(
                    f'choosing {role} images of ' + ', '.join(settings.caches),
                    f'{count} training images, holdout={settings.holdout}',
                    'at least one image',
                )
            self.pieces[role] = pieces(rows, settings.slice_size)
        self._settings = settings
        self._loaded = {}

    def count(self, role: str) -> int:
        """Images of a role: 'training', 'gazed' (those of them with gaze) or
        'validation'."""
        return len(self.splits[role][1])

    def sizes(self, role: str) -> List[int]:
        """Rows of each slice of a role."""
        return [len(rows) for rows in self.pieces[role]]

    def epochs(self) -> int:
        """How many epochs the run has: as the settings say, or as many whole
        ones as reach their budget of minibatches."""
        if not self._settings.minibatches:
            return self._settings.epochs
        done = epochs = 0
        while done < self._settings.minibatches:
            done += sum(
                -(-size // self._settings.batch_size) for size in self.sizes(self.role(epochs))
            )
            epochs += 1
        return epochs

    def sample(self) -> np.ndarray:
        """int32 rows of the first validation slice, evenly spread, as many as
        a minibatch holds."""
        size = len(self.pieces['validation'][0])
        count = min(size, self._settings.batch_size)
        return np.linspace(0, size - 1, count).astype('int32')

    def role(self, epoch: int) -> str:
        """The role of the images that an epoch, counted from 0, trains on."""
        late = self._settings.gaze_from and epoch + 1 >= self._settings.gaze_from
        return 'gazed' if late else 'training'

    def load(self, role: str, piece: int, data_slice: Any) -> None:
        """Bring one slice to the device, unless it is there."""
        if self._loaded.get(data_slice) == (role, piece):
            return
        split, rows = self.splits[role][0], self.pieces[role][piece]
        data_slice.load(self.cache.images(split, rows), self.maps(role, rows))
        self._loaded[data_slice] = role, piece

    def maps(self, role: str, rows: np.ndarray) -> np.ndarray:
        """uint8 maps n x 48 x 48 of some rows of a role."""
        return self.cache.maps(self.splits[role][0], rows)[:, 0]

    def mean_map(self) -> Tuple[np.ndarray, float]:
        """Mean training map, 48 x 48 in [0, 1], and its squared error on the
        validation set, in the units of the run's loss."""
        mean = mean_map(lambda rows: self.maps('training', rows), self.pieces['training'])
        error = constant_map_loss(
            mean, lambda rows: self.maps('validation', rows), self.pieces['validation']
        )
        if self._settings.targets == 'symmetric':  # twice as far apart
            error *= 4
        if self._settings.loss == 'summed':
            error *= mean.size / 2.0
        return mean, error

    def mean_map_loss(self) -> float:
        """The run's loss of the mean training map on the validation set."""
        mean, error = self.mean_map()
        if self._settings.loss != 'correlation':
            return error
        return constant_map_uncorrelation(
            mean, lambda rows: self.maps('validation', rows), self.pieces['validation']
        )


def _unseen(cache, held, parts):
    """Rows of further caches, without names that are not to be trained on:
    sets share pictures, and a network that has seen one is judged too well."""
    if not parts:
        return []
    every = [names.key(name) for name in cache.names('training')]
    apart = {every[row] for row in held} | set(map(names.key, cache.kept_apart()))
    return [rows[[every[row] not in apart for row in rows]] for rows in parts]


def _woven(parts, weights):
    """Rows of all caches, each as often as its cache's weight says, so mixed
    that each slice has its share of each cache."""
    parts = [np.tile(rows, weight) for rows, weight in zip(parts, weights or [1] * len(parts))]
    places = np.concatenate([(np.arange(len(rows)) + 0.5) / max(len(rows), 1) for rows in parts])
    return np.concatenate(parts)[np.argsort(places, kind='stable')]
