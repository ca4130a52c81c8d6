"""Bodies of requests, in memory alone and within limits.

Starlette's own forms keep large files on the disk, where no part of a picture may
be.

>>> room = Room(10)
>>> with room.claim() as add:
...     add(4)
...     room.held
4
"""

import asyncio
import contextlib
from typing import Any, Callable, Iterator

from juntingnet_theano.errors import Busy, JuntingNetError

LARGEST = 64 << 20
"""Bytes of a body."""
HELD = 512 << 20
"""Bytes of all bodies that are held at once."""
DROPPED = 1 << 30
"""Bytes of a body too large that are read to its end, and dropped: who is cut
off while sending does not see the answer."""
SECONDS = 30.0
"""That a body may take to come."""

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
