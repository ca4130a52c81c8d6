"""Files that may be anything: only regular ones are opened.

Opening a named pipe in place of a file would wait for ever.

>>> import os
>>> try:
...     open_regular(os.devnull)
... except OSError as error:
...     print(error.strerror)
no regular file
"""

import errno
import os
import stat
from typing import BinaryIO


def open_regular(path: str) -> BinaryIO:
    """A regular file, open for reading bytes.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        As `open`, and where there is something else than a regular file.
    """
    # O_NONBLOCK: opening a pipe returns at once.
    flags = os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, 'no regular file', path)
    return open(descriptor, 'rb')
