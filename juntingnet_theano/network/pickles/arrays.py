"""NumPy's arrays among the records of a pickle, also inside Theano's boxes.

An array is a claim until it is loaded: shape and type are read, and held
against the string that has its numbers, before any room is made.

>>> import os, pickle, tempfile
>>> from juntingnet_theano.network.pickles import opened
>>> path = os.path.join(tempfile.mkdtemp(), 'a.pickle')
>>> with open(path, 'wb') as file:
...     pickle.dump(np.ones((2, 3), 'float32'), file, 2)
>>> with opened(path) as found:
...     array = claimed(found.root)
...     array.shape, load(found, array).sum()
((2, 3), ...6.0...)
"""

import re
from typing import Any, NamedTuple, Optional, Sequence

import numpy as np

from juntingnet_theano.network.pickles.records import Record

_MAX_AXES = 8
_RECONSTRUCT = ('numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct')
_FROMBUFFER = ('numpy.core.numeric._frombuffer', 'numpy._core.numeric._frombuffer')  # of protocol 5
_BOXES = 4  # a variable, its container, an array of the GPU, an array


class Claim(NamedTuple):
    """An array as the file describes it; `data` is where its bytes are.

    `order` is that of the axes in memory, the slowest one first.
    """

    shape: tuple
    dtype: np.dtype
    order: tuple
    data: Any


def claimed(value: Any) -> Optional[Claim]:
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
        if isinstance(value, Claim):
            return value
        if not isinstance(value, Record):
            return None
        if str(value.maker) in _RECONSTRUCT:
            return _of_state(value.state)
        if str(value.maker) in _FROMBUFFER:
            return _of_buffer(value.args)
        value = _inside(value)
    return None


def _inside(box):
    """What a shared variable, a container or an unpickler's call holds."""
    if box.maker is not None and box.maker.name.endswith('_unpickler') and len(box.args):
        return box.args[0]
    attributes = box.attributes
    if 'container' in attributes:
        return attributes['container']
    storage = attributes.get('storage')
    return storage.items[0] if isinstance(storage, Record) and len(storage.items) == 1 else None


def _of_state(state):
    """The array of ``(version, shape, dtype, is Fortran's, data)``."""
    if not isinstance(state, Record) or len(state.items) != 5:
        raise ValueError('an array without its five entries')
    _, shape, dtype, is_fortran, data = state.items
    return describe(_integers(shape), _dtype(dtype), is_fortran, data)


def _of_buffer(args):
    """The array of ``(data, dtype, shape, order)``; an order 'K' is followed
    by the axes of the array, as they lie in memory."""
    data, dtype, shape, order = args[:4] if 4 <= len(args) <= 5 else [None] * 4
    shape = _integers(shape)
    if order != 'K':
        return describe(shape, _dtype(dtype), order == 'F', data)
    axes = _integers(args[-1])
    if sorted(axes) != list(range(len(shape))):
        raise ValueError('an array without an order of its axes')
    return Claim(
        tuple(shape[axis] for axis in axes),
        _dtype(dtype),
        tuple(map(axes.index, range(len(axes)))),
        data,
    )


def _integers(record):
    items = record.items if isinstance(record, Record) else [None]
    if len(items) > _MAX_AXES or any(
        type(size) is not int or not 0 <= size < 1 << 40 for size in items
    ):
        raise ValueError('an array without a shape')
    return tuple(items)


def describe(shape: Sequence[int], dtype: np.dtype, is_fortran: Any, data: Any) -> Claim:
    """A claim of one of the two usual orders."""
    axes = tuple(range(len(shape)))
    return Claim(tuple(shape), dtype, axes[::-1] if is_fortran else axes, data)


def numbers(code: Any) -> np.dtype:
    """A type of real numbers by its code, ``f4``.

    Raises
    ------
    ValueError
        For the code of any other type.
    """
    if not isinstance(code, str) or not re.match(r'(b1|[iu][1248]|f[248])\Z', code):
        kind = 'objects' if str(code).startswith('O') else 'another type'
        raise ValueError(f'an array of {kind}, expected real numbers')
    return np.dtype(code)


def _dtype(record):
    """A type of real numbers: its code, and the order of bytes in its state."""
    dtype = numbers(
        record.args[0]
        if (isinstance(record, Record) and record.args and str(record.maker) == 'numpy.dtype')
        else None
    )
    state = record.state.items if isinstance(record.state, Record) else ()
    order = state[1] if len(state) > 1 else '|'
    if order not in ('<', '>', '=', '|') or any(part is not None for part in state[2:5]):
        raise ValueError('a type of numbers with parts')
    return dtype.newbyteorder('<' if order in '=|' else order)


def load(pickle: Any, claim: Claim) -> np.ndarray:
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
        some = 'less' if len(data) < wanted else 'more'
        raise ValueError(f'an array of shape {claim.shape} with {some} than its {wanted:,} bytes')
    in_memory = np.frombuffer(data, claim.dtype).reshape(
        [claim.shape[axis] for axis in claim.order]
    )
    return in_memory.transpose(np.argsort(claim.order))


def begin(pickle: Any, claim: Claim, count: int) -> np.ndarray:
    """The first numbers of a claimed array, in the order of the memory."""
    size = claim.dtype.itemsize
    data = pickle.raw(claim.data, count * size)
    return np.frombuffer(data[: len(data) // size * size], claim.dtype)
