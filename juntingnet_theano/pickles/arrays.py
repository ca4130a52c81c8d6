"""NumPy's arrays among the records of a pickle, also inside Theano's boxes.

An array is a claim until it is loaded: shape and type are read, and held
against the string that has its numbers, before any room is made.

>>> import os, pickle, tempfile
>>> from juntingnet_theano.pickles import opened
>>> path = os.path.join(tempfile.mkdtemp(), 'a.pickle')
>>> with open(path, 'wb') as file:
...     pickle.dump(np.ones((2, 3), 'float32'), file, 2)
>>> with opened(path) as found:
...     array = claimed(found.root)
...     array.shape, load(found, array).sum()
((2, 3), ...6.0...)
"""
import re
from typing import Any, NamedTuple

import numpy as np

from juntingnet_theano.pickles.records import Record

_MAX_AXES = 8
_RECONSTRUCT = ('numpy.core.multiarray._reconstruct',
                'numpy._core.multiarray._reconstruct')
_BOXES = 4      # a variable, its container, an array of the GPU, an array


class Claim(NamedTuple):
    """An array as the pickle describes it; `data` is where its bytes are."""

    shape: tuple
    dtype: np.dtype
    order: str
    data: Any


def claimed(value):
    """The array that a value is or holds.

    Parameters
    ----------
    value : anything
        An array; Theano's shared variable of one; an array of the GPU, which
        Theano pickled as an array and the function that takes it there.

    Returns
    -------
    Claim or None
        None where there is none.

    Raises
    ------
    ValueError
        For one of other than real numbers, or that contradicts itself.
    """
    for _ in range(_BOXES):
        if not isinstance(value, Record):
            return None
        if str(value.maker) in _RECONSTRUCT:
            return _claim(value.state)
        value = _inside(value)
    return None


def _inside(box):
    """What a shared variable, a container or an unpickler's call holds."""
    if (box.maker is not None and box.maker.name.endswith('_unpickler')
            and len(box.args)):
        return box.args[0]
    attributes = box.attributes
    if 'container' in attributes:
        return attributes['container']
    storage = attributes.get('storage')
    return (storage.items[0] if isinstance(storage, Record)
            and len(storage.items) == 1 else None)


def _claim(state):
    """The array of ``(version, shape, dtype, is Fortran's, data)``."""
    if not isinstance(state, Record) or len(state.items) != 5:
        raise ValueError('an array without its five entries')
    _, shape, dtype, is_fortran, data = state.items
    if not isinstance(shape, Record) or len(shape.items) > _MAX_AXES or any(
            type(size) is not int or not 0 <= size < 1 << 40
            for size in shape.items):
        raise ValueError('an array without a shape')
    return Claim(tuple(shape.items), _dtype(dtype),
                 'F' if is_fortran else 'C', data)


def _dtype(record):
    """A type of real numbers: its code, and the order of bytes in its state.
    """
    code = record.args[0] if (isinstance(record, Record) and record.args
                              and str(record.maker) == 'numpy.dtype') else None
    if not isinstance(code, str) or not re.match(
            r'(b1|[iu][1248]|f[248])\Z', code):
        raise ValueError('an array of {}, expected real numbers'.format(
            'objects' if code == 'O8' else 'another type'))
    state = record.state.items if isinstance(record.state, Record) else ()
    order = state[1] if len(state) > 1 else '|'
    if order not in ('<', '>', '=', '|') or any(
            part is not None for part in state[2:5]):
        raise ValueError('a type of numbers with parts')
    return np.dtype(code).newbyteorder('<' if order in '=|' else order)


def load(pickle, claim):
    """The numbers of a claimed array.

    Parameters
    ----------
    pickle : Pickle
    claim : Claim

    Returns
    -------
    array
        Read-only.

    Raises
    ------
    ValueError
        Where the string is longer or shorter than the shape says.
    """
    wanted = claim.dtype.itemsize
    for size in claim.shape:
        wanted *= size
    data = pickle.raw(claim.data, wanted + 1)
    if len(data) != wanted:
        raise ValueError('an array of shape {} with {} than its '
                         '{:,} bytes'.format(claim.shape, 'less' if len(data)
                                             < wanted else 'more', wanted))
    return np.frombuffer(data, claim.dtype).reshape(claim.shape,
                                                    order=claim.order)


def begin(pickle, claim, count):
    """The first numbers of a claimed array, in the order of the memory."""
    size = claim.dtype.itemsize
    data = pickle.raw(claim.data, count * size)
    return np.frombuffer(data[:len(data) // size * size], claim.dtype)
