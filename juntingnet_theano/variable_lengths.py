"""Types of varying length in an HDF5 file, before HDF5 reads their values.

Such a type says in four bits whether it is a sequence or a string. For any
other number HDF5 1.14 has no functions, and calls them: the process ends with
a segmentation fault. The layout is that of the *HDF5 File Format
Specification*, version 3, section IV.A.2.d.

>>> import io
>>> with h5py.File(io.BytesIO(), 'w') as file:
...     file.attrs['head'] = 'paper'
...     check_attributes(file)
"""
import h5py

_VLEN = 9
_SEQUENCE, _STRING = 0, 1
_BEFORE = 2     # bytes of an encoded type before its message


def check_attributes(item):
    """Refuse a file, group or dataset with an attribute that cannot be read.

    Raises
    ------
    ValueError
    """
    for name in item.attrs:
        _check(item.attrs.get_id(name).get_type(), name)


def check_dataset(dataset):
    """As `check_attributes`, for the values of a dataset."""
    _check(dataset.id.get_type(), dataset.name)


def _check(kind, name):
    if isinstance(kind, h5py.h5t.TypeCompoundID):
        for member in range(kind.get_nmembers()):
            _check(kind.get_member_type(member), name)
        return
    encoded = kind.encode()
    if (encoded[_BEFORE] & 15 == _VLEN
            and encoded[_BEFORE + 1] & 15 not in (_SEQUENCE, _STRING)):
        raise ValueError('{} is neither sequence nor string'.format(
            ascii(name)))
