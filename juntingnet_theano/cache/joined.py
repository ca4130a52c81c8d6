"""Several caches, read as one whose training split is the training splits of all.

The other splits are those of the first. Rows of the training split count
through the caches, in their order.

>>> with open_caches(['nowhere/isun.hdf5', 'nowhere/osie.hdf5']) as cache:
...     cache.count('training')
Traceback (most recent call last):
    ...
juntingnet_theano.errors.MissingFiles: While ...
"""

import contextlib
import hashlib
from typing import Iterator, List, Sequence, Union

import numpy as np

from juntingnet_theano.cache.reader import Cache, open_cache
from juntingnet_theano.errors import BadSetting

LEARNT_FROM = ('image_size', 'map_size', 'fit', 'resampling')
"""Settings of preprocessing that images and maps of one training share."""


class JoinedCache:
    """Caches as one, as far as training reads them: see `Cache`.

    Parameters
    ----------
    caches : list of Cache
        Open.

    Attributes
    ----------
    preprocessing : PreprocessingSettings
        Of the first.
    fingerprint : str
        SHA-256 over those of all, in hexadecimal.
    training_rows : list of int64 arrays
        Rows of the training split that are of each cache.

    Raises
    ------
    BadSetting
        They differ in a setting of `LEARNT_FROM`, or one has no training
        image.
    """

    def __init__(self, caches: Sequence[Cache]) -> None:
        self._caches = caches
        self.preprocessing = caches[0].preprocessing
        for cache in caches:
            _check(cache, caches[0])
        together = '\n'.join(cache.fingerprint for cache in caches)
        self.fingerprint = hashlib.sha256(together.encode('utf-8')).hexdigest()
        ends = np.cumsum([cache.count('training') for cache in caches])
        self.training_rows = np.split(np.arange(ends[-1]), ends[:-1])

    def count(self, split: str) -> int:
        """Number of images of a split."""
        return sum(cache.count(split) for cache in self._of(split))

    def names(self, split: str) -> List[str]:
        """List of the images' names, without extension."""
        return [name for cache in self._of(split) for name in cache.names(split)]

    def kept_apart(self) -> List[str]:
        """Names of the images of any cache that are in no training split."""
        return [
            name
            for cache in self._caches
            for split in cache.splits
            if split != 'training'
            for name in cache.names(split)
        ]

    def fixation_counts(self, split: str) -> np.ndarray:
        """Fixations on each image: int array."""
        return np.concatenate([cache.fixation_counts(split) for cache in self._of(split)])

    def images(self, split: str, rows: np.ndarray) -> np.ndarray:
        """uint8 images, n x 3 x H x W."""
        return self._source(split, 'images', rows)

    def maps(self, split: str, rows: np.ndarray) -> np.ndarray:
        """uint8 maps, n x 1 x H x W."""
        return self._source(split, 'maps', rows)

    def _of(self, split):
        return self._caches if split == 'training' else self._caches[:1]

    def _source(self, split, source, rows):
        caches = self._of(split)
        starts = np.cumsum([0] + [cache.count(split) for cache in caches[:-1]])
        owner = np.searchsorted(starts, rows, 'right') - 1
        parts = [
            cache.source(split, source, rows[owner == place] - start)
            for place, (cache, start) in enumerate(zip(caches, starts))
        ]
        found = np.empty((len(rows),) + parts[0].shape[1:], parts[0].dtype)
        for place, part in enumerate(parts):
            found[owner == place] = part
        return found


@contextlib.contextmanager
def open_caches(paths: Sequence[str]) -> Iterator[Union[Cache, JoinedCache]]:
    """Open what a run trains on while a block lasts.

    Parameters
    ----------
    paths : list of str
        At least one; that of the validation images first.

    Yields
    ------
    Cache or JoinedCache
        The former of a single path.

    Raises
    ------
    MissingFiles, BadFile
        As `open_cache`.
    BadSetting
        As `JoinedCache`.
    """
    with contextlib.ExitStack() as stack:
        caches = [stack.enter_context(open_cache(path)) for path in paths]
        yield JoinedCache(caches) if len(caches) > 1 else caches[0]


def _check(cache, first):
    """Refuse a cache that cannot be trained on beside the first."""
    doing = f'training on {cache.path}'
    for key in LEARNT_FROM:
        found, wanted = (getattr(each.preprocessing, key) for each in (cache, first))
        if found != wanted:
            raise BadSetting(
                doing,
                f'its {key} is {found}',
                f'{wanted}, as {first.path} has it',
                "make it again with 'juntingnet preprocess'",
            )
    if not cache.count('training'):
        raise BadSetting(doing, 'its training split has no image', 'at least one')
