"""Writing files so that a final name always means a complete file.

Used by every stage that writes. A file is written under a temporary name in
its own folder and renamed when it is complete, so that an interruption at any
moment leaves either the old file or the new one.

>>> import os, tempfile
>>> folder = tempfile.mkdtemp()
>>> with atomic_path(os.path.join(folder, 'a.txt')) as part:
...     with open(part, 'w') as file:
...         _ = file.write('whole')
>>> os.listdir(folder)
['a.txt']
"""
import contextlib
import errno
import hashlib
import os
import sys

from juntingnet_theano import __version__
from juntingnet_theano.errors import CannotWrite

_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT,
          errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
          errno.ENAMETOOLONG)
"""What the system says of a place where one cannot write."""


@contextlib.contextmanager
def atomic_path(path):
    """Give a temporary name for `path` and rename it when the block succeeds.

    Parameters
    ----------
    path : str or pathlib.Path
        The final name. Its folder is made if it is missing.

    Yields
    ------
    str
        ``.<name>.<pid>.part`` in the same folder (renaming across file
        systems is not atomic). Removed if the block raises.

    Raises
    ------
    CannotWrite
        Where the folder or the file cannot be written: no permission, no
        room, a file in the way.
    """
    path = os.fspath(path)
    folder, name = os.path.split(os.path.abspath(path))
    make_folder(folder)
    stem, extension = os.path.splitext(name)
    # The extension stays last: writers such as numpy and scipy append theirs
    # to a name that lacks it.
    part = os.path.join(
        folder, '.{}.{}.part{}'.format(stem, os.getpid(), extension))
    try:
        yield part
        with open(part, 'rb') as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.remove(part)
        if (isinstance(error, OSError) and error.errno in _PLACE
                and error.filename in (None, part)):
            raise _cannot_write(path, error)
        raise


def make_folder(path):
    """Make a folder, and those above it, where they are missing.

    Raises
    ------
    CannotWrite
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error)


def _cannot_write(path, error):
    return CannotWrite('writing {}'.format(path), error.strerror or str(error),
                       'a place that can be written, with room')


def sha256(path, chunk=1 << 20):
    """SHA-256 of a file's bytes, read in chunks, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(chunk), b''):
            digest.update(block)
    return digest.hexdigest()


def provenance():
    """Who made a file: ``{'juntingnet_version': ..., 'command': ...}``.

    The command is the program's own name and its arguments, so that no path
    of the machine that is not an argument travels with a file.
    """
    command = [os.path.basename(sys.argv[0])] + sys.argv[1:]
    return {'juntingnet_version': __version__, 'command': ' '.join(command)}
