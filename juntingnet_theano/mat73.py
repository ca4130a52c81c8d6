"""MAT files of version 7.3, which are HDF5, as plain Python values.

A struct array becomes a list of dictionaries, a cell array a list, a char
array a string, whatever the version: see `datasets.matfiles`, which reads the
others. A file may be hostile: links to other files, references in a circle
and arrays larger than the file could hold are refused.

>>> import io
>>> file = io.BytesIO()
>>> with h5py.File(file, 'w') as opened:
...     opened['I'] = [[1., 2.], [3., 4.], [5., 6.]]
>>> read(file)['I'].tolist()
[[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
"""
import h5py
import numpy as np

from juntingnet_theano import global_heaps, variable_lengths

HEADS = (b'MATLAB 7.3', b'\x89HDF')
MAX_BYTES = 1 << 28     # of all values; larger than any list of a data set
MAX_DEPTH = 8           # structs within structs; readers need three
_COST = 64              # of a value however small, in bytes


def is_73(file):
    """Whether an opened file begins as version 7.3 does."""
    file.seek(0)
    head = file.read(10)
    file.seek(0)
    return head.startswith(HEADS)


def read(file, variable=None, max_bytes=MAX_BYTES):
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
        names = [name for name in opened if not name.startswith('#')
                 and variable in (None, name)]
        reading = _Reading(opened, max_bytes)
        return {name: reading.member(opened, name, 0) for name in names}


class _Reading(object):
    """One file; counts what has been read of it."""

    def __init__(self, file, max_bytes):
        self._file, self._left = file, max_bytes

    def member(self, group, name, depth):
        """The value of one name in a group."""
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError('{!r} is a link to elsewhere'.format(name))
        return self._value(group[name], depth)

    def _value(self, item, depth):
        if depth > MAX_DEPTH:
            raise ValueError('more than {} levels of structs'.format(
                MAX_DEPTH))
        self._spend(_COST)
        if isinstance(item, h5py.Group):
            return self._structs(item, depth)
        variable_lengths.check_attributes(item)
        kind = item.attrs.get('MATLAB_class', b'')
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        if 'MATLAB_empty' in item.attrs:
            return _empty(kind)
        if h5py.check_ref_dtype(item.dtype) is h5py.Reference:
            return [self._value(self._file[reference], depth + 1)
                    for reference in self._array(item).ravel()]
        if item.dtype.kind not in 'buif':
            raise ValueError('values of type {}'.format(item.dtype))
        values = np.atleast_2d(self._array(item))
        if kind == 'char':
            if values.size and not 0 <= values.min() <= values.max() <= 0xffff:
                raise ValueError('text of other numbers than UTF-16')
            return values.T.astype('<u2').tobytes().decode('utf-16-le')
        return values

    def _structs(self, group, depth):
        """A struct array: references, a dataset a field; or one struct."""
        fields = list(group)
        if not fields or not all(_is_column(group[name]) for name in fields):
            return [{name: self.member(group, name, depth + 1)
                     for name in fields}]
        columns = {name: self.member(group, name, depth) for name in fields}
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError('fields of unequal lengths')
        return [dict(zip(fields, row)) for row in zip(*columns.values())]

    def _array(self, dataset):
        """A dataset's values, with MATLAB's order of axes."""
        if dataset.is_virtual or dataset.external:
            raise ValueError('{} lies in another file'.format(dataset.name))
        self._spend(dataset.size * max(dataset.dtype.itemsize, 1))
        return np.asarray(dataset[()]).T

    def _spend(self, count):
        self._left -= count
        if self._left < 0:
            raise ValueError('more data than any data set has')


def _is_column(item):
    """Whether a field holds references to the values of many structs."""
    return (isinstance(item, h5py.Dataset)
            and h5py.check_ref_dtype(item.dtype) is h5py.Reference
            and 'MATLAB_class' not in item.attrs)


def _empty(kind):
    if kind == 'char':
        return ''
    return [] if kind in ('cell', 'struct') else np.zeros((0, 0))
