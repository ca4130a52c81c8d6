"""ZIP archives of maps or results; any number in them may be false.

Only members that are stored or deflated are read: other methods unpack
without a limit.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'a.zip')
>>> with zipfile.ZipFile(path, 'w') as archive:
...     archive.writestr('a.png', b'...')
>>> with opened(path, 'reading a.zip') as archive:
...     content(archive, 'a.png', 'reading a.zip')
b'...'
"""

import contextlib
import zipfile
from typing import IO, Iterator

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside, zips

LARGEST = 1 << 28
"""Bytes that a member may unpack to where it is read as a whole."""


@contextlib.contextmanager
def opened(path: str, doing: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive.

    Parameters
    ----------
    path : str
    doing : str
        For messages.

    Yields
    ------
    zipfile.ZipFile

    Raises
    ------
    BadFile
        It is no whole ZIP archive, or reading it fails within the block.
    """
    with outside.opened(path, doing) as file, _told(path, doing), zipfile.ZipFile(file) as archive:
        yield archive


def content(archive: zipfile.ZipFile, member: str, doing: str, limit: int = LARGEST) -> bytes:
    """A member's bytes.

    Parameters
    ----------
    archive : zipfile.ZipFile
    member : str
    doing : str
        For messages.
    limit : int
        In bytes.

    Returns
    -------
    bytes

    Raises
    ------
    BadFile
        The member is damaged, encrypted, packed in an unknown way, or larger.
    """
    with part(archive, member, doing) as file, _told(member, doing):
        size = outside.allow((archive.getinfo(member).file_size,), 1, 'its content', limit)
        # With a number zipfile unpacks no more than that; and the byte
        # beyond the end makes it compare the check sum.
        return file.read(size + 1)


@contextlib.contextmanager
def part(archive: zipfile.ZipFile, member: str, doing: str) -> Iterator[IO[bytes]]:
    """Open a member for reading; parameters and errors as of `content`.

    Yields
    ------
    binary file object
        To be read in parts: how much it gives is not bounded.
    """
    with _told(member, doing), zips.opened(archive, archive.getinfo(member)) as file:
        yield file


@contextlib.contextmanager
def _told(name, doing):
    """Whatever `zipfile` raises for a damaged archive, as `BadFile`."""
    try:
        yield
    except zips.DAMAGE + (OSError,) as error:
        raise BadFile(
            doing,
            f'{name}: {error or type(error).__name__}',
            'a whole ZIP archive, stored or deflated',
            'pack it again, or copy it again from where it is whole',
        ) from error
