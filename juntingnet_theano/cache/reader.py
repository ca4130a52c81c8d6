"""Reading a cache: rows of a split, names, sizes, fixations, provenance.

A file that is cut, foreign, or made with other settings is refused with its
cause.

>>> try:
...     open_cache('nowhere/isun.hdf5')
... except MissingFiles as error:
...     print(error.hint)
make it with 'juntingnet preprocess isun'
"""

import json
import os
from typing import Any, List, Optional, Sequence, Union

import numpy as np

from juntingnet_theano.cache import claims, fuel
from juntingnet_theano.datasets.records import Fixations
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles, StaleCache, did_you_mean
from juntingnet_theano.files import hdf5_files, outside
from juntingnet_theano.settings.preprocessing import PreprocessingSettings

Rows = Union[slice, np.ndarray, Sequence[int]]
"""Which rows of a split to read; a slice is read fastest."""

_DOING = 'opening a cache'
_REMAKE = "make it again with 'juntingnet preprocess'"


def open_cache(path: str, expected_settings: Optional[PreprocessingSettings] = None) -> 'Cache':
    """Open a cache for reading.

    Parameters
    ----------
    path : str
    expected_settings : PreprocessingSettings, optional
        What the cache must have been made with.

    Returns
    -------
    Cache
        A context manager.

    Raises
    ------
    MissingFiles
        Where there is no such file.
    BadFile
        Where it is no complete cache.
    StaleCache
        Where its settings differ from `expected_settings`; says which.
    """
    if not os.path.exists(path):
        name = os.path.splitext(os.path.basename(path))[0]
        raise MissingFiles(
            _DOING, f'{path} does not exist', None, f"make it with 'juntingnet preprocess {name}'"
        )
    cache = Cache(path)
    if expected_settings is not None:
        differing = [
            f'{key}: wanted {wanted}, found {found}'
            for key, wanted, found in zip(
                expected_settings._fields, expected_settings, cache.preprocessing
            )
            if wanted != found
        ]
        if differing:
            cache.close()
            raise StaleCache(
                _DOING, f'{path} was made with other settings', '; '.join(differing), _REMAKE
            )
    return cache


class Cache:
    """An open cache; a context manager.

    Parameters
    ----------
    path : str

    Attributes
    ----------
    path : str
    splits : tuple of str
    preprocessing : PreprocessingSettings
    fingerprint : str
        SHA-256 over the settings and the raw files, in hexadecimal.
    attributes : dict of str to str
        Who made the file: `juntingnet_version`, `command`,
        `h5py_interface_version`.
    dropped : dict of str to int
        Split -> fixations that lay outside their image.
    skipped : list of (str, str, str)
        Split, name and cause of each image that was left out.

    Raises
    ------
    BadFile
        Where the file is no complete cache.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        # h5py's types leave open which items are groups and which datasets.
        self._file: Any = None
        try:
            self._file = hdf5_files.opened(path, _DOING)
            self._read_head()
        except (MissingFiles, BadFile):
            self.close()
            raise
        except BadSetting as error:
            self.close()
            raise BadFile(_DOING, f'{path}: {error.got}', error.expected, _REMAKE) from error
        except Exception as error:
            # HDF5 tells a cut file in its own words, a foreign file lacks
            # attributes or has them of another type.
            self.close()
            raise BadFile(
                _DOING,
                f'{path}: {error.args[0] if error.args else error}',
                'a complete cache in HDF5',
                _REMAKE,
            ) from error

    def _read_head(self):
        attributes = self._file.attrs
        table = attributes['split']
        self.splits = fuel.split_names(table)
        self._ranges = fuel.ranges(table)
        self.fingerprint = str(attributes['fingerprint'])
        self.preprocessing = PreprocessingSettings.from_json(attributes['preprocessing'])
        self.attributes = {
            name: str(attributes[name])
            for name in ('juntingnet_version', 'command', 'h5py_interface_version')
        }
        self.dropped = _counts(json.loads(attributes['dropped_fixations']))
        with outside.opened(self.path, _DOING) as raw:
            claims.check(self._file, raw, self.preprocessing, self._ranges)
        self.skipped = [
            tuple(part.decode('utf-8') for part in row)
            for row in self._file['skipped'][()].tolist()
        ]

    def __enter__(self) -> 'Cache':
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the attributes stay."""
        if self._file is not None:
            self._file.close()

    def has(self, split: str, source: str) -> bool:
        """Whether a split has a source, such as 'maps'."""
        return (split, source) in self._ranges

    def count(self, split: str) -> int:
        """Number of images of a split."""
        start, stop = self._range(split, 'images')
        return stop - start

    def images(self, split: str, rows: Rows = slice(None)) -> np.ndarray:
        """uint8 images, n x 3 x H x W; see `source`."""
        return self.source(split, 'images', rows)

    def maps(self, split: str, rows: Rows = slice(None)) -> np.ndarray:
        """uint8 maps, n x 1 x H x W, 255 at each map's maximum."""
        return self.source(split, 'maps', rows)

    def sizes(self, split: str) -> np.ndarray:
        """int32 original (height, width) of the images, n x 2."""
        return self.source(split, 'sizes')

    def names(self, split: str) -> List[str]:
        """List of the images' names, without extension."""
        try:
            return [name.decode('utf-8') for name in self.source(split, 'names')[:, 0]]
        except UnicodeDecodeError as error:
            raise BadFile(
                'reading names of a cache', f'{self.path}: {error}', None, _REMAKE
            ) from error

    def source(self, split: str, source: str, rows: Rows = slice(None)) -> np.ndarray:
        """Rows of one source of a split.

        Parameters
        ----------
        split, source : str
        rows : slice or int array
            Positions in the split, a list in any order.

        Returns
        -------
        array

        Raises
        ------
        BadSetting
            For a split or a source that the cache does not have.
        BadFile
            Where the file is damaged inside.
        IndexError
            For a row outside the split.
        """
        start, stop = self._range(split, source)
        if isinstance(rows, slice):
            rows = range(*rows.indices(stop - start))
        if isinstance(rows, range) and rows.step == 1:
            runs, order = [(rows.start, max(rows.start, rows.stop))], None
        else:
            rows = np.asarray(rows, 'int64')
            if rows.size and not (rows.min() >= 0 and rows.max() < stop - start):
                raise IndexError(f'rows {rows.min()} to {rows.max()} of {stop - start}')
            order = np.argsort(rows, kind='stable')
            runs = _runs(rows[order])
        found = self._read(source, start, runs)
        if order is None or np.all(order[1:] > order[:-1]):
            return found
        back = np.empty_like(found)
        back[order] = found
        return back

    def _read(self, source, start, runs):
        try:
            dataset = self._file[source]
            parts = [dataset[start + first : start + last] for first, last in runs]
        except Exception as error:
            raise BadFile(
                f'reading {source} of a cache', f'{self.path}: {error}', None, _REMAKE
            ) from error
        if len(parts) == 1:
            return parts[0]
        return np.concatenate([dataset[:0]] + parts)

    def fixations(self, split: str, row: int) -> Fixations:
        """Fixations on one image, in pixels of the original.

        Returns
        -------
        records.Fixations
            Of length 0 if no gaze was recorded.
        """
        start, _ = self._range(split, 'fixations')
        flat = self.source(split, 'fixations', [row])[0]
        count = int(self._read('fixations_shapes', start + row, [(0, 1)])[0, 0])
        if flat.shape != (4 * count,):
            raise BadFile(
                'reading fixations of a cache',
                f'{self.path}: {flat.size} numbers for {count} fixations',
                None,
                _REMAKE,
            )
        x, y, subject, t = flat.reshape(count, 4).T
        return Fixations(x, y, subject.astype('int32'), t)

    def fixation_counts(self, split: str) -> np.ndarray:
        """Fixations on each image: int array; zeros where none are there."""
        if not self.has(split, 'fixations'):
            return np.zeros(self.count(split), 'int64')
        start, stop = self._range(split, 'fixations')
        return self._read('fixations_shapes', start, [(0, stop - start)])[:, 0].astype('int64')

    def _range(self, split, source):
        if split not in self.splits:
            raise BadSetting(
                'reading ' + self.path, f'split {split!r}', did_you_mean(split, self.splits)
            )
        if not self.has(split, source):
            raise BadSetting(
                'reading ' + self.path,
                f'{source!r} of the split {split!r}',
                'one of: '
                + ', '.join(sorted(name for held, name in self._ranges if held == split)),
            )
        return self._ranges[split, source]


def _counts(found):
    """What JSON held, if it is a dictionary of whole numbers."""
    if not isinstance(found, dict) or not all(
        type(count) is int and count >= 0 for count in found.values()
    ):
        raise ValueError(f'dropped_fixations are {found!r:.80}')
    return found


def _runs(rows):
    """Sorted rows as (first, after the last) of runs without a gap.

    HDF5 reads a hundred runs faster than one list of a hundred points.
    """
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    edges = np.concatenate([[0], breaks, [len(rows)]])
    return [
        (int(rows[first]), int(rows[last - 1]) + 1) for first, last in zip(edges[:-1], edges[1:])
    ]
