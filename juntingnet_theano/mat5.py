"""A look through a MAT file of version 5 before SciPy unpacks it.

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
import struct
import zlib

import numpy as np

MAX_DEPTH = 8           # structs within structs; readers need four
MAX_MATRICES = 3 << 20  # the largest list, SALICON's, has two million
FREE_MATRICES = 1 << 20
MAX_RATIO = 200         # unpacked to packed, as a whole, from FREE_BYTES on:
FREE_BYTES = 1 << 26    # a map that is the same everywhere shrinks to nothing

_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _LAST_NUMBER = 1, 2, 3, 4, 5, 15
_FREE_STRUCTS = 1000    # that take no bytes, since they have no fields
_COMPLEX = 1 << 11      # among the flags of an array
_BLOCK = 1 << 16
_HEADER = 128


def check(file, variable=None):
    """Refuse a file whose headers claim what it cannot hold.

    Parameters
    ----------
    file : binary file object
        Versions other than 5 (to 7) are left alone. At its beginning again
        afterwards.
    variable : str, optional
        Look at this one only; SciPy passes the others over.

    Raises
    ------
    ValueError
        With the cause.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEADER)
    if len(head) == _HEADER and 0 not in head[:4]:
        order = {b'IM': '<', b'MI': '>'}.get(head[126:128])
        if order is None:
            raise ValueError('a header without a byte order')
        looking = _Looking(order, variable, size)
        while file.tell() + 8 <= size:
            looking.element(file, size)
    file.seek(0)


class _Looking(object):
    """One file; counts what has been seen of it."""

    def __init__(self, order, variable, size):
        self._tag = struct.Struct(order + 'II')
        self._flags = struct.Struct(order + 'IIII')
        self._order, self._variable = order, variable
        self._budget = max(MAX_RATIO * size, FREE_BYTES)
        # What is said of a value takes bytes too, also when it is packed; but
        # names that count up pack well.
        self._matrices = min(MAX_MATRICES, FREE_MATRICES + size // 2)

    def element(self, file, size):
        """Look at the variable that begins here and go to the next."""
        kind, length = self._tag.unpack(file.read(8))
        end = file.tell() + length
        if end > size:
            raise ValueError('the file ends within a variable')
        if kind == _COMPRESSED:
            stream = _Inflated(file, length, self._budget)
            kind, length = self._tag.unpack(stream.read(8))
        else:
            stream = _Plain(file)
        if kind != _MATRIX:
            raise ValueError('an element of type {}'.format(kind))
        self._matrix(stream, length, 0)
        self._budget -= stream.inflated
        file.seek(end)

    def _matrix(self, stream, length, depth):
        self._matrices -= 1
        if depth > MAX_DEPTH or self._matrices < 0:
            raise ValueError('structs too deep or too many')
        if not length:
            return
        end = stream.position + length
        flags = self._flags.unpack(stream.read(16))[2]
        kind, is_number = flags & 0xff, _SPARSE < flags & 0xff <= _LAST_NUMBER
        # Numbers within a struct, which are most of what there is, hold no
        # further claims; SciPy compares their size with what is there.
        if not (depth and is_number):
            count = self._count(self._data(stream, end))
            name = self._data(stream, end)
            if not depth and self._variable not in (None,
                                                    name.decode('latin-1')):
                return
            if is_number:
                return self._numbers(stream, count, flags & _COMPLEX)
            self._content(stream, end, kind, count, depth)
        stream.skip(end - stream.position)

    def _numbers(self, stream, count, is_complex):
        """A variable that is an array: unpacking it here, to see that it is
        no bomb, would take as long as reading it, so its lengths must do."""
        for _ in range(2 if is_complex else 1):
            kind, length = self._tag.unpack(stream.read(8))
            if kind >> 16:
                continue
            if length > min(8 * count, self._budget):
                raise ValueError('{:,} numbers in {:,} bytes'.format(
                    count, length))
            if is_complex:
                stream.skip(length + -length % 8)

    def _content(self, stream, end, kind, count, depth):
        if kind > _LAST_NUMBER:
            raise ValueError('a value of class {}'.format(kind))
        if kind in (_STRUCT, _OBJECT):
            fields = self._fields(stream, end, kind)
            if not fields and count > _FREE_STRUCTS:
                raise ValueError('{:,} structs without fields'.format(count))
            count *= fields
        room = end - stream.position
        if kind == _CHAR and count > room:
            raise ValueError('{:,} letters in {:,} bytes'.format(count, room))
        if kind not in (_CELL, _STRUCT, _OBJECT):
            return
        if count * 8 > room:
            raise ValueError('{:,} cells in {:,} bytes'.format(count, room))
        for _ in range(count):
            inner, length = self._tag.unpack(stream.read(8))
            if inner != _MATRIX or length > end - stream.position:
                raise ValueError('a cell that is none')
            self._matrix(stream, length, depth + 1)

    def _fields(self, stream, end, kind):
        """Number of fields of a struct array."""
        if kind == _OBJECT:
            self._data(stream, end)     # the class
        each = struct.unpack(self._order + 'I', self._data(stream, end)[:4])
        names = self._data(stream, end)
        return len(names) // max(each[0], 1)

    def _count(self, dims):
        """Product of the dimensions, in Python's numbers."""
        values = np.frombuffer(dims[:len(dims) // 4 * 4], self._order + 'i4')
        if not 2 <= len(values) <= 32 or (values < 0).any():
            raise ValueError('dimensions {}'.format(values.tolist()))
        count = 1
        for value in values.tolist():
            count *= value
        return count

    def _data(self, stream, end):
        """Bytes of a small element: flags, dimensions, names."""
        tag = stream.read(8)
        kind, length = self._tag.unpack(tag)
        if kind >> 16:      # up to four bytes lie in the tag itself
            return tag[4:4 + min(kind >> 16, 4)]
        if length > end - stream.position:
            raise ValueError('an element longer than its variable')
        data = stream.read(length)
        stream.skip(-length % 8)
        return data


class _Plain(object):
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

    def skip(self, count):
        self._file.seek(count, 1)
        self.position += count


class _Inflated(object):
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
            return self._ready[start:self._at]
        data = self._ready[start:]
        while len(data) < count:
            self._at = count - len(data)
            self._more()
            data += self._ready[:self._at]
        return data

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
            raise ValueError('a few bytes would become more than {:,}'.format(
                self._budget))
