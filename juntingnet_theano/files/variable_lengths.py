"""Check types of varying length in an HDF5 file before HDF5 reads values.

A value of them is the number of its elements and a place in the file. HDF5
makes room for that number before it looks there, up to 4 GB for a string and
16 GB for float32.

Such a type says in four bits whether it is a sequence or a string. For any
other number HDF5 1.14 has no functions, and calls them: the process ends with
a segmentation fault. The layout is that of the *HDF5 File Format
Specification*, version 3, section IV.A.2.d.

>>> import io
>>> with h5py.File(io.BytesIO(), 'w') as file:
...     file.attrs['head'] = 'paper'
...     check_attributes(file)
"""

import re
from typing import BinaryIO, Union

import h5py
import numpy as np

from juntingnet_theano.files import global_heaps

_VLEN = 9
_SEQUENCE, _STRING = 0, 1
_BEFORE = 2  # bytes of an encoded type before its message
_REFERENCE = np.dtype([('count', '<u4'), ('place', '<u8'), ('index', '<u4')])
_HEAD = 8  # bytes of a type before the type of its elements; the last
_SIZE = (16).to_bytes(4, 'little')  # four are the size of a reference
_SCALAR = re.compile(rb'(?:\0{4})?(?:\x01\0{7}|\x02\0{3})(.{4})', re.DOTALL)
"""What follows the type of an attribute: a dataspace without dimensions, and
the number of elements."""
_AFTER = 16


def check_attributes(item: Union[h5py.Group, h5py.Dataset]) -> None:
    """Refuse a file, group or dataset with an attribute that cannot be read.

    Raises
    ------
    ValueError
    """
    for name in item.attrs:
        _check(item.attrs.get_id(name).get_type(), name)


def check_dataset(dataset: h5py.Dataset) -> None:
    """As `check_attributes`, for the values of a dataset."""
    _check(dataset.id.get_type(), dataset.name)


def check_values(file: h5py.File, raw: BinaryIO) -> None:
    """Refuse a file with an attribute longer than the file.

    Parameters
    ----------
    file : h5py.File
        Those of its root are looked at.
    raw : binary file object
        The same file.

    Raises
    ------
    ValueError
    """
    kinds = {}
    for name in file.attrs:
        attribute = file.attrs.get_id(name)
        kind = attribute.get_type().encode()[_BEFORE:]
        if kind[0] & 15 == _VLEN:
            if attribute.shape != ():
                raise ValueError(f'{ascii(name)} has many values')
            kinds[_SIZE + kind[_HEAD:]] = name
    size = raw.seek(0, 2)
    for kind, name in kinds.items():
        for place in global_heaps.places(raw, kind):
            raw.seek(place + len(kind))
            match = _SCALAR.match(raw.read(_AFTER))
            if match:
                _check_length(int.from_bytes(match.group(1), 'little'), size, name)


def check_rows(dataset: h5py.Dataset, raw: BinaryIO) -> None:
    """Refuse a dataset whose values are longer than the file, all together.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of a type of varying length, or a compound of nothing else.
    raw : binary file object
        The same file.

    Raises
    ------
    ValueError
    """
    size = raw.seek(0, 2)
    total = 0
    for place, length in _stretches(dataset):
        raw.seek(place)
        total += np.frombuffer(raw.read(length), _REFERENCE)['count'].sum(dtype='int64')
    _check_length(int(total), size, dataset.name)


def _stretches(dataset):
    """(first byte, bytes) of the parts of the file that a dataset fills."""
    properties = dataset.id.get_create_plist()
    members = len(dataset.dtype.names or [0])
    wanted = _REFERENCE.itemsize * members
    if properties.get_nfilters():
        raise ValueError(f'{dataset.name} is compressed')
    if dataset.chunks is None:
        found = [(dataset.id.get_offset(), dataset.size)]
    else:
        found = []
        dataset.id.chunk_iter(lambda info: found.append((info.byte_offset, dataset.chunks[0])))
    return [(place, rows * wanted) for place, rows in found if place is not None]


def _check_length(count, size, name):
    if count > size:
        raise ValueError(f'{ascii(name)} of {count:,} elements in a file of {size:,} bytes')


def _check(kind, name):
    if isinstance(kind, h5py.h5t.TypeCompoundID):
        for member in range(kind.get_nmembers()):
            _check(kind.get_member_type(member), name)
        return
    encoded = kind.encode()
    if encoded[_BEFORE] & 15 == _VLEN and encoded[_BEFORE + 1] & 15 not in (_SEQUENCE, _STRING):
        raise ValueError(f'{ascii(name)} is neither sequence nor string')
