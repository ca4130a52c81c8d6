"""Filling a cache, block by block, with no more in memory than a block.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
>>> with CacheWriter(path, PreprocessingSettings(), 8) as writer:
...     writer.start_split('training', has_maps=False)
...     writer.finish('0' * 64, {})
>>> os.path.exists(path)
True
"""

import contextlib
import json
from typing import Any, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple, cast

import h5py
import numpy as np

from juntingnet_theano.cache import fuel
from juntingnet_theano.datasets.records import Fixations
from juntingnet_theano.files import hdf5_files, writing
from juntingnet_theano.settings.preprocessing import PreprocessingSettings

FIXATION_COLUMNS = 4  # x, y, subject, t
# Images are read by the row, in random order too, so an image is a chunk.
# A map is a twelfth of it: a chunk each would cost more in book-keeping.
MAPS_A_CHUNK = 16
SMALL_ROWS_A_CHUNK = 256


class Example(NamedTuple):
    """One row of a cache.

    Attributes
    ----------
    name : str
    size : (int, int)
        Original (height, width) of the image, in pixels.
    image : uint8 array
        3 x image_size x image_size.
    saliency_map : uint8 array or None
        map_size x map_size.
    fixations : Fixations or None
        In pixels of the original image.
    """

    name: str
    size: tuple
    image: np.ndarray
    saliency_map: Optional[np.ndarray] = None
    fixations: Optional[Fixations] = None


class _Split:
    """Where a split lies along each source, and which it may lack."""

    def __init__(self, name, starts, has):
        self.name, self.starts, self.stops, self.has = name, starts, {}, has


class CacheWriter:
    """A new cache file; a context manager.

    Parameters
    ----------
    path : str
        File to write, at a temporary name: see `writing.atomic_path`.
    settings : PreprocessingSettings
    name_bytes : int
        Length of the longest name, in UTF-8.
    """

    def __init__(self, path: str, settings: PreprocessingSettings, name_bytes: int) -> None:
        self._opened = contextlib.ExitStack()
        self._file, self._check = self._opened.enter_context(hdf5_files.created(path))
        self._settings = settings
        side, map_side = settings.image_size, settings.map_size
        self._sources = {
            'images': fuel.create(self._file, 'images', (3, side, side), np.uint8),
            'maps': fuel.create(
                self._file, 'maps', (1, map_side, map_side), np.uint8, MAPS_A_CHUNK
            ),
            'names': fuel.create(
                self._file, 'names', (1,), f'S{max(1, name_bytes)}', SMALL_ROWS_A_CHUNK
            ),
            'sizes': fuel.create(self._file, 'sizes', (2,), np.int32, SMALL_ROWS_A_CHUNK),
        }
        self._sources['fixations'], self._shapes = fuel.create_ragged(
            self._file, 'fixations', fuel.SHAPE_LABELS, np.float32
        )
        self._splits = []

    def __enter__(self) -> 'CacheWriter':
        return self

    def __exit__(self, *exception: Any) -> Optional[bool]:
        return self._opened.__exit__(*exception)

    def start_split(self, split: str, has_maps: bool) -> None:
        """Begin a split; examples are appended to the last one begun.

        Parameters
        ----------
        split : str
        has_maps : bool
            Whether its examples have maps: all of them, or none.
        """
        self._close_split()
        self._splits.append(_Split(split, self._lengths(), {'maps': has_maps, 'fixations': False}))

    def append(self, examples: Sequence[Example]) -> None:
        """Write examples after those already there.

        Parameters
        ----------
        examples : list of Example

        Raises
        ------
        OSError
            Where the disk does not take them, also when the block ends.
        """
        if not examples:
            return
        split = self._splits[-1]
        self._extend('images', [each.image for each in examples])
        if split.has['maps']:
            self._extend('maps', [cast(np.ndarray, each.saliency_map)[None] for each in examples])
        self._extend('names', [[each.name.encode('utf-8')] for each in examples])
        self._extend('sizes', [each.size for each in examples])
        self._extend_fixations([each.fixations for each in examples])
        split.has['fixations'] |= any(each.fixations is not None for each in examples)
        self._check()

    def finish(
        self,
        fingerprint: str,
        dropped: Mapping[str, int],
        skipped: Iterable[Tuple[str, str, str]] = (),
    ) -> None:
        """Write what can only be known at the end.

        Parameters
        ----------
        fingerprint : str
            SHA-256 of the settings and the raw files, in hexadecimal.
        dropped : dict of str to int
            Split -> fixations that lay outside their image.
        skipped : sequence of (str, str, str)
            Split, name and cause of each image that was left out.
        """
        self._close_split()
        # A dataset and not an attribute: those end at 64 KiB.
        text = h5py.string_dtype()
        self._file.create_dataset(
            'skipped',
            data=np.array(
                [tuple(row) for row in skipped],
                dtype=[('split', text), ('name', text), ('cause', text)],
            ),
        )
        attributes = self._file.attrs
        attributes['split'] = fuel.split_table(self._split_rows())
        attributes['h5py_interface_version'] = fuel.VERSION
        attributes['preprocessing'] = self._settings.to_json()
        attributes['dropped_fixations'] = json.dumps(dropped)
        for name, value in writing.provenance().items():
            attributes[name] = value
        # The last to be written: a reader takes it as the sign of a whole
        # file.
        attributes['fingerprint'] = fingerprint

    def _close_split(self):
        if self._splits and not self._splits[-1].stops:
            self._splits[-1].stops.update(self._lengths())

    def _lengths(self):
        return {source: len(dataset) for source, dataset in self._sources.items()}

    def _split_rows(self):
        return [
            (
                split.name,
                source,
                split.starts[source],
                split.stops[source],
                split.has.get(source, True),
            )
            for split in self._splits
            for source in sorted(self._sources)
        ]

    def _extend(self, source, rows):
        dataset = self._sources[source]
        start = len(dataset)
        dataset.resize(start + len(rows), axis=0)
        dataset[start:] = np.asarray(rows, dataset.dtype)

    def _extend_fixations(self, rows):
        dataset = self._sources['fixations']
        start = len(dataset)
        for grown in (dataset, self._shapes):
            grown.resize(start + len(rows), axis=0)
        for row, fixations in enumerate(rows, start):
            count = 0 if fixations is None else len(fixations.x)
            self._shapes[row] = count, FIXATION_COLUMNS
            if fixations is not None and count:
                dataset[row] = np.column_stack(fixations).astype('float32').ravel()
