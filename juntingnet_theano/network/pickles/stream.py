"""The bytes of a pickle, in the forms in which opcodes want them.

>>> import io
>>> stream = Stream(io.BytesIO(b'\x02ab7\\n'), 5)
>>> stream.string('B', False, bytes), stream.line(9), stream.left()
(b'ab', '7', 0)
"""

import struct
from typing import Any, BinaryIO, Callable

from juntingnet_theano.network.pickles.records import Span

KEPT_BYTES = 1 << 10  # strings up to here are kept, longer ones are spans
MAX_KEPT = 1 << 26  # of a whole file; a network's are some megabytes
_LINE = 256  # longest line, of a module's or a class's name


class Stream:
    """A file of `size` bytes, read forward. Raises ValueError at its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._unread = MAX_KEPT

    def left(self) -> int:
        """Number of bytes that follow."""
        return self._size - self._file.tell()

    def read(self, count: int) -> bytes:
        """So many bytes, of which all calls together may take `MAX_KEPT`."""
        self._unread -= count
        if self._unread < 0:
            raise ValueError(f'more than {MAX_KEPT >> 20:,} MB beside its long strings')
        data = self._file.read(count)
        if len(data) < count:
            raise ValueError('the file ends early')
        return data

    def number(self, form: str) -> int:
        """A number in a form of `struct`."""
        return struct.unpack(form, self.read(struct.calcsize(form)))[0]

    def line(self, limit: int = _LINE) -> str:
        """Text up to the end of the line."""
        line = self._file.readline(limit)
        if not line.endswith(b'\n'):
            raise ValueError('a line without end')
        return line[:-1].decode('ascii', 'backslashreplace')

    def string(self, form: str, is_text: bool, keep: Callable[[bytes], Any]) -> Any:
        """A string after its length: a short one as `keep` makes it, a long
        one as the `Span` where it lies."""
        length, start = self.number(form), self._file.tell()
        if not 0 <= length <= self._size - start:
            raise ValueError(f'a string of {length:,} bytes where {self._size - start:,} follow')
        if length <= KEPT_BYTES:
            return keep(self.read(length))
        self._file.seek(length, 1)
        return Span(start, length, is_text)
