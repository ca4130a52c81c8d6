"""What the head of a cache claims, held against its datasets.

>>> import io
>>> from juntingnet_theano.settings.preprocessing import PreprocessingSettings
>>> raw = io.BytesIO()
>>> with h5py.File(raw, 'w') as file:
...     file['images'] = np.zeros((2, 3, 5, 5), 'uint8')
...     try:
...         check(file, raw, PreprocessingSettings(), {})
...     except ValueError as error:
...         print(error)
images are uint8 (3, 5, 5), not uint8 (3, 96, 96)
"""

from typing import BinaryIO, Mapping, Tuple

import h5py
import numpy as np

from juntingnet_theano.files import hdf5_files, variable_lengths
from juntingnet_theano.files.outside import allow, allow_dataset
from juntingnet_theano.settings.preprocessing import PreprocessingSettings

MOST_ROWS = 1 << 20  # images; the largest set of the registry has 20,000
_AT_ONCE = 1 << 26  # bytes of a chunk, or of what is read as a whole
_TEXT = h5py.string_dtype()


def check(
    file: h5py.File,
    raw: BinaryIO,
    settings: PreprocessingSettings,
    ranges: Mapping[Tuple[str, str], Tuple[int, int]],
) -> None:
    """Refuse a cache whose datasets are not those of its head.

    Parameters
    ----------
    file : h5py.File
    raw : binary file object
        The same file.
    settings : PreprocessingSettings
    ranges : dict
        (split, source) -> (first row, row after the last).

    Raises
    ------
    ValueError
        Naming the first dataset that is not there, has another type or shape
        than the settings say, more numbers than the file has bytes (nothing
        is compressed), or fewer rows than a split.
    """
    side, map_side = settings.image_size, settings.map_size
    wanted = {
        'images': (np.uint8, (3, side, side)),
        'maps': (np.uint8, (1, map_side, map_side)),
        'sizes': (np.int32, (2,)),
        'fixations': (object, ()),
        'fixations_shapes': (np.int32, (2,)),
    }
    size = raw.seek(0, 2)
    for source, (dtype, shape) in wanted.items():
        dataset = hdf5_files.item(file, source)
        if dataset.dtype != dtype or dataset.shape[1:] != shape:
            raise ValueError(
                f'{source} are {dataset.dtype} {dataset.shape[1:]}, not {np.dtype(dtype)} {shape}'
            )
    for source in list(wanted) + ['names', 'skipped']:
        _check_size(hdf5_files.item(file, source), size)
    _check_types(file)
    for source in ('skipped', 'fixations'):
        dataset = hdf5_files.item(file, source)
        variable_lengths.check_dataset(dataset)
        variable_lengths.check_rows(dataset, raw)
    for (_, source), (start, stop) in ranges.items():
        count = len(hdf5_files.item(file, source))
        if not 0 <= start <= stop <= count:
            raise ValueError(f'rows {start} to {stop} of {count} {source}')


def _check_types(file):
    """The sources whose length a file may choose."""
    names = file['names']
    if names.dtype.kind != 'S' or names.shape[1:] != (1,):
        raise ValueError(f'names are {names.dtype} {names.shape}')
    if h5py.check_vlen_dtype(file['fixations'].dtype) != np.float32:
        raise ValueError('fixations are no float32')
    if len(file['fixations_shapes']) != len(file['fixations']):
        raise ValueError('fixations and their shapes differ in number')
    if file['skipped'].dtype != np.dtype([(field, _TEXT) for field in ('split', 'name', 'cause')]):
        raise ValueError('skipped are {}'.format(file['skipped'].dtype))


def _check_size(dataset, size):
    """Nothing is compressed, so that no source is larger than the file."""
    name = dataset.name[1:]
    if len(dataset) > MOST_ROWS:
        raise ValueError(f'{dataset.shape} {name}, at most {MOST_ROWS:,}')
    if allow_dataset(dataset, size + _AT_ONCE) > min(
        size, size if name in ('images', 'maps') else _AT_ONCE
    ):
        raise ValueError(f'{len(dataset):,} {name} in {size:,} bytes')
    allow(dataset.chunks or (), dataset.dtype.itemsize, 'a chunk of ' + name, _AT_ONCE)
