"""Bodies of requests, in memory alone and within limits.

Starlette's own forms keep large files on the disk, where nothing of a picture
is to be.

>>> room = Room(10)
>>> with room.claim() as add:
...     add(4)
...     room.held
4
"""

import asyncio
import contextlib
from typing import Any, Callable, Dict, Iterator

from juntingnet_theano.errors import BadFile, Busy, JuntingNetError

LARGEST = 64 << 20
"""Bytes of a body."""
HELD = 512 << 20
"""Bytes of all bodies that are held at once."""
DROPPED = 1 << 30
"""Bytes of a body too large that are read to its end, and dropped: who is cut
off while sending does not see the answer."""
SECONDS = 30.0
"""That a body may take to come."""
MOST_PARTS = 8
FILES = ('file', 'fixations', 'others')
"""Fields that are files; a file of any other name is taken for the first."""

DOING = 'reading the request'


class TooManyBytes(JuntingNetError):
    """A body is larger than the service takes."""


class TooSlow(JuntingNetError):
    """A body takes too long to come."""


class Room:
    """Memory that the bodies of all requests share.

    Parameters
    ----------
    size : int
        Bytes.

    Attributes
    ----------
    held : int
        Bytes in use.
    """

    def __init__(self, size: int = HELD) -> None:
        self.size, self.held = size, 0

    @contextlib.contextmanager
    def claim(self) -> Iterator[Callable[[int], None]]:
        """Give a function that takes some bytes, for as long as the block runs."""
        mine = 0

        def add(count):
            nonlocal mine
            if self.held + count > self.size:
                raise Busy(
                    DOING, 'the memory for pictures is in use', None, 'try again in a second'
                )
            self.held += count
            mine += count

        try:
            yield add
        finally:
            self.held -= mine


async def read(
    request: Any, add: Callable[[int], None], largest: int = LARGEST, seconds: float = SECONDS
) -> bytes:
    """The body of a request.

    Parameters
    ----------
    request : starlette.requests.Request
    add : callable
        `Room.claim`'s.
    largest : int
        Bytes.
    seconds : float
        It may take.

    Returns
    -------
    bytes

    Raises
    ------
    TooManyBytes, TooSlow, Busy
    """
    claimed = request.headers.get('content-length', '')
    allowed = largest if 'expect' in request.headers else DROPPED
    if claimed.isdigit() and int(claimed) > allowed:
        raise _too_large(int(claimed), largest)
    try:
        return await asyncio.wait_for(_received(request, add, largest), seconds)
    except asyncio.TimeoutError:
        raise TooSlow(DOING, f'it took more than {seconds:g} s', None, 'send it faster') from None


async def _received(request, add, largest):
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > DROPPED:
            raise _too_large(size, largest)
        if size <= largest:
            add(len(chunk))
            body += chunk
    if size > largest:
        raise _too_large(size, largest)
    return bytes(body)


def _too_large(size, largest):
    return TooManyBytes(
        DOING, f'{size:,} bytes or more', f'at most {largest:,}', 'send a smaller picture'
    )


def of_form(body: bytes, boundary: bytes) -> Dict[str, bytes]:
    """Fields of a multipart form.

    Parameters
    ----------
    body, boundary : bytes

    Returns
    -------
    dict of str to bytes
        Name -> content. A file without the name ``file`` has it too, if there
        is no other.

    Raises
    ------
    BadFile
        It is broken, or has more than `MOST_PARTS`.
    """
    from python_multipart import multipart
    from python_multipart.exceptions import FormParserError

    parts = _Parts(multipart.parse_options_header)
    try:
        # Callbacks as a plain dictionary, which the library's own type is, too.
        parser = multipart.MultipartParser(
            boundary,
            parts.callbacks(),  # pyright: ignore[reportArgumentType]
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BadFile(DOING, f'a broken form: {error}', 'multipart/form-data') from None
    if not parts.ended:
        raise BadFile(DOING, 'a form that was cut off', 'multipart/form-data to its end')
    return parts.fields


class _Parts:
    """What `MultipartParser` calls."""

    def __init__(self, parse_options_header):
        self._options = parse_options_header
        self.fields, self.ended = {}, False
        self._count = 0

    def callbacks(self):
        return {
            'on_' + name: getattr(self, name)
            for name in (
                'part_begin',
                'part_data',
                'part_end',
                'header_field',
                'header_value',
                'header_end',
                'end',
            )
        }

    def part_begin(self):
        self._count += 1
        if self._count > MOST_PARTS:
            raise BadFile(DOING, 'a form of many parts', f'at most {MOST_PARTS}')
        self._content, self._headers = bytearray(), {}
        self._name, self._value = bytearray(), bytearray()

    def header_field(self, data, start, end):
        self._name += data[start:end]

    def header_value(self, data, start, end):
        self._value += data[start:end]

    def header_end(self):
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def part_data(self, data, start, end):
        self._content += memoryview(data)[start:end]

    def part_end(self):
        _, options = self._options(self._headers.get(b'content-disposition', b''))
        name = options.get(b'name', b'').decode('utf-8', 'replace')
        if b'filename' in options and name not in FILES:
            name = FILES[0]
        self.fields.setdefault(name, bytes(self._content))

    def end(self):
        self.ended = True
