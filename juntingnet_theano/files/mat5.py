"""Check a MAT file of version 5 before SciPy unpacks it.

A file of a few kilobytes can say that it holds a cell array of a billion
cells, for which SciPy makes room before it reads the first, structs within
structs until the stack is full, or zeros that unpack to gigabytes. Here the
headers are followed, in blocks, and what they claim is held against what is
there. The layout is MathWorks' *MAT-File Format*, chapter 1.

>>> import io
>>> import scipy.io
>>> file = io.BytesIO()
>>> scipy.io.savemat(file, {'training': {'image': 'a'}})
>>> check(file)
"""

import io
import struct
import zlib
from typing import Any, BinaryIO, Iterator, Optional

import numpy as np

from juntingnet_theano.files import outside

MAX_DEPTH = 8  # structs within structs; readers need four
MAX_MATRICES = 3 << 20  # the largest list, SALICON's, has two million
FREE_MATRICES = 1 << 20
MAX_RATIO = 200  # unpacked to packed, as a whole, from FREE_BYTES on:
FREE_BYTES = 1 << 26  # a map that is the same everywhere shrinks to nothing

_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _LAST_NUMBER = 1, 2, 3, 4, 5, 15
_KINDS = range(_CELL, _LAST_NUMBER + 1)
_INT8, _INT32, _UINT32 = 1, 5, 6
_LARGEST_SIDE = (1 << 31) - 1
_LONGEST_NAME = 1 << 16  # of a variable, or all fields of a struct
_NUMBERS = frozenset((1, 2, 3, 4, 5, 6, 7, 9, 12, 13))
_LETTERS = _NUMBERS | {16, 17, 18}  # and UTF-8, -16, -32
_FREE_STRUCTS = 1000  # that take no bytes, since they have no fields
_COMPLEX = 1 << 11  # among the flags of an array
_BLOCK = 1 << 16
_HEADER = 128


def check(file: BinaryIO, variable: Optional[str] = None, limit: Optional[int] = None) -> None:
    """Refuse a file whose headers claim what it cannot hold.

    Parameters
    ----------
    file : binary file object
        Versions other than 5 (to 7) are left alone. At its beginning again
        afterwards.
    variable : str, optional
        Look at this one only; SciPy passes the others over.
    limit : int, optional
        Bytes that it may take.

    Raises
    ------
    ValueError
        With the cause.
    """
    looking = _begun(file, variable, limit)
    if looking is not None:
        while looking.has_more():
            looking.element()
    file.seek(0)


def count(file: BinaryIO, variable: str) -> int:
    """How many cells `cells` will yield.

    Parameters
    ----------
    file : binary file object
    variable : str
        A cell array.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        There is no such cell array.
    """
    return _cell_array(file, variable)[2]


def cells(file: BinaryIO, variable: str, limit: int) -> Iterator[Any]:
    """The cells of a cell array one by one, so that only one is in memory.

    Parameters
    ----------
    file : binary file object
        Goes through `check` first.
    variable : str
    limit : int
        Bytes that a cell may take.

    Yields
    ------
    array or other object
        As SciPy reads it.

    Raises
    ------
    ValueError
        There is no such cell array, or a cell exceeds the limit.
    """
    import scipy.io  # slow to import

    check(file, variable)
    looking, stream, number = _cell_array(file, variable)
    for index in range(number):
        cell = looking.cell(stream, f'cell {index + 1:,}', limit)
        content = scipy.io.loadmat(io.BytesIO(cell), variable_names=['c'])
        yield content['c'][0, 0]


def _begun(file, variable, limit=None):
    """A look at a file from its header on; None for other versions."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEADER)
    if len(head) < _HEADER or 0 in head[:4]:
        return None
    order = {b'IM': '<', b'MI': '>'}.get(head[126:128])
    if order is None:
        raise ValueError('a header without a byte order')
    return _Looking(file, head, order, variable, size, limit)


def _cell_array(file, variable):
    """The look at a file, the stream at the first cell, their number."""
    looking = _begun(file, variable)
    while looking is not None and looking.has_more():
        stream, length, end = looking.begin()
        name, flags, number = (
            looking.head_of(stream, stream.position + length) if length else ('', 0, 0)
        )
        if name == variable:
            if flags & 0xFF != _CELL:
                raise ValueError(f"'{variable}' is not a cell array")
            return looking, stream, number
        file.seek(end)
    raise ValueError(f"no variable '{variable}'")


class _Looking:
    """One file; counts what has been seen of it."""

    def __init__(self, file, head, order, variable, size, limit):
        self._file, self._header, self._size = file, head, size
        self._tag = struct.Struct(order + 'II')
        self._flags = struct.Struct(order + '4I')
        self._head = struct.Struct(order + '12I')
        self._order, self._variable = order, variable
        self._budget = max(MAX_RATIO * size, FREE_BYTES)
        if limit is not None:
            self._budget = min(self._budget, limit)
        # What is said of a value takes bytes too, also when it is packed; but
        # names that count up pack well.
        self._matrices = min(MAX_MATRICES, FREE_MATRICES + size // 2)

    def has_more(self):
        """Whether another variable begins here."""
        return self._file.tell() + 8 <= self._size

    def begin(self):
        """The variable that begins here, as a stream; its length there, and
        where the file goes on behind it."""
        kind, length = self._tag.unpack(self._file.read(8))
        end = self._file.tell() + length
        if end > self._size:
            raise ValueError('the file ends within a variable')
        stream = _Plain(self._file)
        if kind == _COMPRESSED:
            stream = _Inflated(self._file, length, self._budget)
            kind, length = self._tag.unpack(stream.read(8))
        if kind != _MATRIX:
            raise ValueError(f'an element of type {kind}')
        return stream, length, end

    def element(self):
        """Look at the variable that begins here and go to the next."""
        stream, length, end = self.begin()
        self._matrix(stream, length, 0)
        self._budget -= stream.inflated
        self._file.seek(end)

    def cell(self, stream, what, limit):
        """The cell that begins here as the only one of a file's only
        variable, `c`."""
        tag = stream.read(8)
        outside.allow((self._tag.unpack(tag)[1],), 1, what, limit)
        cell = tag + stream.read(self._tag.unpack(tag)[1])
        one = struct.Struct(self._order + '14I').pack(
            _MATRIX, 6 * 8 + len(cell), _UINT32, 8, _CELL, 0, _INT32, 8, 1, 1, _INT8, 1, 0, 0
        )
        name = one[:48] + b'c' + one[49:]
        return b''.join((self._header, name, cell))

    def _matrix(self, stream, length, depth):
        self._matrices -= 1
        if depth > MAX_DEPTH or self._matrices < 0:
            raise ValueError('structs too deep or too many')
        if not length:
            return
        if depth and length >= self._head.size and self._is_number(stream.peek(self._head.size)):
            return stream.skip(length)
        end = stream.position + length
        name, flags, count = self.head_of(stream, end)
        kind = flags & 0xFF
        if not depth and self._variable not in (None, name):
            return
        if kind not in _KINDS:
            raise ValueError(f'a value of class {kind}')
        if kind == _SPARSE:  # SciPy trusts its indices, and crashes
            raise ValueError('a sparse matrix, expected a full one')
        if kind in (_CELL, _STRUCT, _OBJECT):
            self._content(stream, end, kind, count, depth)
        else:
            self._values(stream, end, kind, count, flags & _COMPLEX)
        if depth:
            stream.skip(end - stream.position)

    def _is_number(self, head):
        """Whether a value within a struct, of which lists have millions, is
        the usual array of real numbers without a name: nothing more to ask
        of it, since SciPy compares its size with what is there."""
        words = self._head.unpack(head)
        return (
            _SPARSE < words[2] & 0xFF <= _LAST_NUMBER
            and not words[2] & _COMPLEX
            and words[4:6] == (_INT32, 8)
            and max(words[6:8]) <= _LARGEST_SIDE
            and words[8:10] == (_INT8, 0)
            and self._type(words[10]) in _NUMBERS
        )

    def head_of(self, stream, end):
        """Name, flags and number of values of the matrix that begins here
        and ends there."""
        if end - stream.position < self._flags.size:
            raise ValueError('a value that ends within its head')
        flags = self._flags.unpack(stream.read(self._flags.size))[2]
        count = self._count(self._data(stream, end))
        return self._data(stream, end).decode('latin-1'), flags, count

    @staticmethod
    def _type(word):
        """Type of an element from its tag, also where the tag holds it."""
        return word & 0xFFFF if word >> 16 else word

    def _values(self, stream, end, kind, count, is_complex):
        """The elements of an array. Its last one is not unpacked here: to see
        that it is no bomb would take as long as reading it, so its length
        must do. A type that SciPy does not know makes it crash."""
        parts = 2 if is_complex else 1
        for part in range(parts):
            if end - stream.position < 8:  # SciPy would read on behind it
                raise ValueError('an array that ends within its head')
            word, length = self._tag.unpack(stream.read(8))
            if self._type(word) not in (_LETTERS if kind == _CHAR else _NUMBERS):
                raise ValueError(f'an element of type {self._type(word)}')
            length = 0 if word >> 16 else length
            if kind == _CHAR and count > max(4, length):
                raise ValueError(f'{count:,} letters in {length:,} bytes')
            if parts * length > self._budget or (kind != _CHAR and length > 8 * count):
                raise ValueError(f'{count:,} numbers in {length:,} bytes')
            if part < parts - 1:
                stream.skip(length + -length % 8)

    def _content(self, stream, end, kind, count, depth):
        if kind in (_STRUCT, _OBJECT):
            fields = self._fields(stream, end, kind)
            if not fields and count > _FREE_STRUCTS:
                raise ValueError(f'{count:,} structs without fields')
            count *= fields
        room = end - stream.position
        if count * 8 > room:
            raise ValueError(f'{count:,} cells in {room:,} bytes')
        for _ in range(count):
            inner, length = self._tag.unpack(stream.read(8))
            if inner != _MATRIX or length > end - stream.position:
                raise ValueError('a cell that is not one')
            self._matrix(stream, length, depth + 1)

    def _fields(self, stream, end, kind):
        """Number of fields of a struct array."""
        if kind == _OBJECT:
            self._data(stream, end)  # the class
        each = struct.unpack(self._order + 'I', self._data(stream, end)[:4])
        names = self._data(stream, end)
        return len(names) // max(each[0], 1)

    def _count(self, dims) -> int:
        """Product of the dimensions, in Python's numbers."""
        values = np.frombuffer(dims[: len(dims) // 4 * 4], self._order + 'i4')
        if not 2 <= len(values) <= 32 or (values < 0).any():
            raise ValueError(f'dimensions {values.tolist()}')
        count = 1
        for value in values.tolist():
            count *= int(value)
        return count

    def _data(self, stream, end):
        """Bytes of a small element: flags, dimensions, names."""
        tag = stream.read(8)
        kind, length = self._tag.unpack(tag)
        if kind >> 16:  # up to four bytes lie in the tag itself
            return tag[4 : 4 + min(kind >> 16, 4)]
        if length > min(end - stream.position, _LONGEST_NAME):
            raise ValueError('an element longer than its variable')
        data = stream.read(length)
        stream.skip(-length % 8)
        return data


class _Plain:
    """A file, read forward."""

    inflated = 0

    def __init__(self, file):
        self._file = file
        self.position = 0

    def read(self, count):
        data = self._file.read(count)
        if len(data) < count:
            raise ValueError('the file ends within a variable')
        self.position += count
        return data

    def peek(self, count):
        data = self._file.read(count)
        self._file.seek(-len(data), 1)
        return data.ljust(count, b'\0')

    def skip(self, count):
        self._file.seek(count, 1)
        self.position += count


class _Inflated:
    """The `length` packed bytes that follow in a file, unpacked forward."""

    def __init__(self, file, length, budget):
        self._file, self._left, self._budget = file, length, budget
        self._inflater = zlib.decompressobj()
        self._ready, self._at = b'', 0
        self.position = self.inflated = 0

    def read(self, count):
        start = self._at
        self._at += count
        self.position += count
        if self._at <= len(self._ready):
            return self._ready[start : self._at]
        data = bytearray(self._ready[start:])
        while len(data) < count:
            self._at = count - len(data)
            self._more()
            data += self._ready[: self._at]
        return bytes(data)

    def peek(self, count):
        while len(self._ready) < self._at + count:
            ready, self._at = self._ready[self._at :], 0
            self._more()
            self._ready = ready + self._ready
        return self._ready[self._at : self._at + count]

    def skip(self, count):
        self._at += count
        self.position += count
        while self._at > len(self._ready):
            self._at -= len(self._ready)
            self._more()

    def _more(self):
        packed = self._inflater.unconsumed_tail
        if not packed:
            packed = self._file.read(min(_BLOCK, self._left))
            self._left -= len(packed)
        self._ready = self._inflater.decompress(packed, _BLOCK)
        if not packed and not self._ready:
            raise ValueError('the packed data ends early')
        self.inflated += len(self._ready)
        if self.inflated > self._budget:
            raise ValueError(f'a few bytes would become more than {self._budget:,}')
