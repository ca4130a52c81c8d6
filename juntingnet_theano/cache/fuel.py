"""Fuel's conventions for HDF5 files (interface version 0.3).

Sources are datasets of the root group, examples lie along axis 0, axes carry
labels, the root attribute `split` says which rows of which source make a
split, and a ragged source is flattened, with its shapes beside it.

Two details of Fuel's own code do not work with today's NumPy and are written
in the form that its readers take as well: the fields of `split` are scalars,
and strings are `S`, not `a`.

>>> table = split_table([('training', 'images', 0, 5, True)])
>>> table.dtype.names[:4], int(table['stop'][0])
(('split', 'source', 'start', 'stop'), 5)
"""

from typing import Any, Dict, Sequence, Tuple

import h5py
import numpy as np

VERSION = '0.3'
AXES = {
    'images': ('batch', 'channel', 'height', 'width'),
    'maps': ('batch', 'channel', 'height', 'width'),
    'names': ('batch', 'index'),
    'sizes': ('batch', 'height_width'),
    'fixations': ('batch',),
}
SHAPE_LABELS = ('fixation', 'x_y_subject_t')


def split_table(rows: Sequence[Tuple[str, str, int, int, bool]]) -> np.ndarray:
    """The root attribute `split`.

    Parameters
    ----------
    rows : list of (str, str, int, int, bool)
        Split, source, first row, row after the last, and whether the split
        has the source at all; the product of all splits and sources, with
        the sources of a split in alphabetical order.

    Returns
    -------
    structured array
        With the seven fields of Fuel. `indices` are null references: all
        our splits are ranges. `comment` is '.', Fuel's empty string.
    """
    names = [[part.encode('utf-8') for part in row[:2]] for row in rows]
    width = [max([1] + [len(name[which]) for name in names]) for which in (0, 1)]
    dtype = np.dtype(
        [
            ('split', f'S{width[0]}'),
            ('source', f'S{width[1]}'),
            ('start', np.int64),
            ('stop', np.int64),
            ('indices', h5py.ref_dtype),
            ('available', bool),
            ('comment', 'S1'),
        ]
    )
    table = np.zeros(len(rows), dtype)
    for entry, (name, (_, _, *ends, available)) in enumerate(zip(names, rows)):
        # A source that a split lacks has the empty range 0 to 0.
        start, stop = ends if available else (0, 0)
        table[entry] = (*name, start, stop, h5py.Reference(), available, b'.')
    return table


def create(
    file: h5py.File, name: str, shape: Tuple[int, ...], dtype: Any, chunk: int = 1
) -> h5py.Dataset:
    """Add an empty source, labelled, which grows along axis 0.

    Parameters
    ----------
    file : h5py.File
    name : str
        One of `AXES`.
    shape : tuple of int
        Of one example.
    dtype : numpy or h5py dtype
    chunk : int
        Examples in a chunk.

    Returns
    -------
    h5py.Dataset
    """
    dataset = file.create_dataset(
        name, (0,) + shape, dtype, maxshape=(None,) + shape, chunks=(chunk,) + shape
    )
    for axis, label in enumerate(AXES[name]):
        dataset.dims[axis].label = label
    return dataset


def create_ragged(
    file: h5py.File, name: str, axes: Sequence[str], dtype: Any, chunk: int = 64
) -> Tuple[h5py.Dataset, h5py.Dataset]:
    """Add an empty ragged source, and the dataset of its shapes.

    Returns
    -------
    (h5py.Dataset, h5py.Dataset)
        One flattened array an example, and int32 shapes.
    """
    source = create(file, name, (), h5py.vlen_dtype(dtype), chunk)
    shapes = file.create_dataset(
        name + '_shapes',
        (0, len(axes)),
        np.int32,
        maxshape=(None, len(axes)),
        chunks=(chunk, len(axes)),
    )
    labels = file.create_dataset(
        name + '_shape_labels', data=np.array([axis.encode('utf-8') for axis in axes])
    )
    for dataset, scale in ((shapes, 'shapes'), (labels, 'shape_labels')):
        dataset.make_scale(scale)
        source.dims[0].attach_scale(dataset)
    return source, shapes


def ranges(table: np.ndarray) -> Dict[Tuple[str, str], Tuple[int, int]]:
    """What `split_table` wrote: {(split, source): (start, stop)}.

    Only what is available. Raises ValueError for index lists, which our
    caches never hold.
    """
    found = {}
    for row in table:
        if row['indices']:
            raise ValueError('a split is an index list')
        if row['available']:
            key = row['split'].decode('utf-8'), row['source'].decode('utf-8')
            found[key] = int(row['start']), int(row['stop'])
    return found


def split_names(table: np.ndarray) -> Tuple[str, ...]:
    """Names of the splits in the table's order, each once."""
    return tuple(dict.fromkeys(row['split'].decode('utf-8') for row in table))
