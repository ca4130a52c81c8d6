"""MAT files of version 7.3, which are HDF5, as plain Python values.

A struct array becomes a list of dictionaries, a cell array a list, a char
array a string, whatever the version: see `files.matfiles`, which reads the
others. A file may be hostile: links to other files, references in a circle
and arrays larger than the file could hold are refused.

mat73 0.65, pymatreader 1.3 and hdf5storage 0.2 do not guard against such
files. All three follow a damaged global heap for ever and read values that lie
in other files; pymatreader and hdf5storage read an array once for each of
hundreds of references to it, and go in circles until Python stops them.

>>> import io
>>> file = io.BytesIO()
>>> with h5py.File(file, 'w') as opened:
...     opened['I'] = [[1., 2.], [3., 4.], [5., 6.]]
>>> read(file)['I'].tolist()
[[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
"""

from typing import Any, BinaryIO, Dict, Iterator, Optional

import h5py
import numpy as np

from juntingnet_theano.files import global_heaps, outside, variable_lengths

HEADS = (b'MATLAB 7.3', b'\x89HDF')
MAX_BYTES = 1 << 28  # of all values; larger than any list of a data set
MAX_DEPTH = 8  # structs within structs; readers need three
_COST = 64  # of a value however small, in bytes


def is_73(file: BinaryIO) -> bool:
    """Whether an opened file begins as version 7.3 does."""
    file.seek(0)
    head = file.read(10)
    file.seek(0)
    return head.startswith(HEADS)


def read(
    file: BinaryIO, variable: Optional[str] = None, max_bytes: int = MAX_BYTES
) -> Dict[str, Any]:
    """Variables of a file.

    Parameters
    ----------
    file : binary file object
    variable : str, optional
        Only this one.
    max_bytes : int
        What all values may take.

    Returns
    -------
    dict
        Name -> list, string or array; numbers have at least two axes.

    Raises
    ------
    ValueError, KeyError, OSError, ...
        Whatever a broken file leads to; ValueError for a hostile one.
    """
    global_heaps.check(file)
    with h5py.File(file, 'r') as opened:
        names = [
            name
            for name in map(str, opened)
            if not name.startswith('#') and variable in (None, name)
        ]
        reading = _Reading(opened, max_bytes)
        return {name: reading.member(opened, name, 0) for name in names}


def count(file: BinaryIO, variable: str) -> int:
    """How many cells `cells` will yield; parameters and errors are its."""
    global_heaps.check(file)
    with h5py.File(file, 'r') as opened:
        return int(_Reading(opened, 0).references(variable).size)


def cells(file: BinaryIO, variable: str, limit: int) -> Iterator[Any]:
    """The cells of a cell array one by one, so that only one is in memory.

    Parameters
    ----------
    file : binary file object
    variable : str
    limit : int
        Bytes that a cell may take.

    Yields
    ------
    list, string or array

    Raises
    ------
    ValueError, KeyError, OSError, ...
        As `read`.
    """
    global_heaps.check(file)
    with h5py.File(file, 'r') as opened:
        references = _Reading(opened, 0).references(variable)
        outside.allow(references.shape, _COST, 'its list', limit)
        for reference in references[()].ravel():
            yield _Reading(opened, limit).referred(reference)


class _Reading:
    """One file; counts what has been read of it."""

    def __init__(self, file, max_bytes):
        self._file, self._left, self._most = file, max_bytes, max_bytes

    def member(self, group: h5py.Group, name: str, depth: int) -> Any:
        """The value of one name in a group."""
        return self._value(_linked(group, name), depth)

    def references(self, name: str) -> Any:
        """The dataset of a cell array at the file's top, not read yet."""
        found = _linked(self._file, name)
        if not (
            isinstance(found, h5py.Dataset) and h5py.check_ref_dtype(found.dtype) is h5py.Reference
        ):
            raise ValueError(f'{name!r} is not a cell array')
        outside.allow_dataset(found)
        return found

    def referred(self, reference: h5py.Reference, depth: int = 0) -> Any:
        """The value that a reference leads to."""
        return self._value(self._file[reference], depth)

    def _value(self, item, depth):
        if depth > MAX_DEPTH:
            raise ValueError(f'more than {MAX_DEPTH} levels of structs')
        self._spend(_COST)
        if isinstance(item, h5py.Group):
            return self._structs(item, depth)
        variable_lengths.check_attributes(item)
        kind = item.attrs.get('MATLAB_class', b'')
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        if 'MATLAB_empty' in item.attrs:
            return _empty(kind)
        if h5py.check_ref_dtype(item.dtype) is h5py.Reference:
            # Each is an object of Python's before it is followed.
            outside.allow(item.shape, _COST, 'a list', self._left)
            return [self.referred(reference, depth + 1) for reference in self._array(item).ravel()]
        if item.dtype.kind not in 'buif':
            raise ValueError(f'values of type {item.dtype}')
        values = np.atleast_2d(self._array(item))
        return _text(values) if kind == 'char' else values

    def _structs(self, group, depth):
        """A struct array: references, a dataset a field; or one struct."""
        fields = list(group)
        if not fields or not all(_is_column(group[name]) for name in fields):
            return [{name: self.member(group, name, depth + 1) for name in fields}]
        columns = {name: self.member(group, name, depth) for name in fields}
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError('fields of unequal lengths')
        return [dict(zip(fields, row)) for row in zip(*columns.values())]

    def _array(self, dataset):
        """A dataset's values, with MATLAB's order of axes."""
        self._spend(dataset.size * max(dataset.dtype.itemsize, 1))
        outside.allow_dataset(dataset, self._most)
        return np.asarray(dataset[()]).T

    def _spend(self, count):
        self._left -= count
        if self._left < 0:
            raise ValueError('more data than any data set has')


def _linked(group, name):
    """What has a name in a group, if it lies in this very file."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f'{name!r} is a link to elsewhere, or missing')
    return group[name]


def _text(codes):
    """MATLAB's char array, which is UTF-16; ValueError for half a pair."""
    if codes.size and not 0 <= codes.min() <= codes.max() < 1 << 16:
        raise ValueError('text of other numbers than UTF-16')
    return np.asarray(codes.T, '<u2').tobytes().decode('utf-16-le')


def _is_column(item):
    """Whether a field holds references to the values of many structs."""
    return (
        isinstance(item, h5py.Dataset)
        and h5py.check_ref_dtype(item.dtype) is h5py.Reference
        and 'MATLAB_class' not in item.attrs
    )


def _empty(kind):
    if kind == 'char':
        return ''
    return [] if kind in ('cell', 'struct') else np.zeros((0, 0))
