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
import shutil
import sys

from juntingnet_theano.errors import Busy, CannotWrite, NotEnoughSpace
from juntingnet_theano.names import printable
from juntingnet_theano.version import __version__

_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT,
          errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
          errno.ENAMETOOLONG, errno.EFBIG, errno.EIO)
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


@contextlib.contextmanager
def locked(path, doing):
    """Keep other processes of this program off a file while the block runs.

    Parameters
    ----------
    path : str
        The file that the block makes; it need not exist. The lock is the
        system's, on ``.<name>.lock`` beside it, and ends with the process.
    doing : str
        What the block does, for the message to the others.

    Raises
    ------
    Busy
        At once, where another process holds it.
    CannotWrite
        Where the folder cannot be written.
    """
    # Imported here: most commands lock nothing and start faster without it.
    import filelock
    folder, name = os.path.split(os.path.abspath(path))
    make_folder(folder)
    lock = filelock.FileLock(os.path.join(folder, '.{}.lock'.format(name)))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise Busy(doing, 'another process is at work on ' + path, None,
                   'wait until it is done, or stop it')
    except OSError as error:
        raise _cannot_write(path, error)
    try:
        yield
    finally:
        # Removed while it is held: who waits for it finds no link to it left
        # and makes a new one. Windows keeps a file that is open.
        with contextlib.suppress(OSError):
            os.remove(lock.lock_file)
        lock.release()


def check_space(folder, size, doing):
    """Refuse to begin what the disk has no room for.

    Parameters
    ----------
    folder : str
        Where it will be written; its nearest parent that exists counts.
    size : int
        Bytes.
    doing : str
        What is to be done, for the message.

    Raises
    ------
    NotEnoughSpace
    """
    there = os.path.abspath(folder)
    while not os.path.isdir(there):
        there = os.path.dirname(there)
    free = shutil.disk_usage(there).free
    if size > free:
        raise NotEnoughSpace(
            doing, '{:,.0f} MB free in {}'.format(free / 1e6, there),
            '{:,.0f} MB'.format(size / 1e6),
            'make room, or choose a folder on another disk')


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
    # Printable: neither HDF5 nor JSON takes a name that is no UTF-8.
    return {'juntingnet_version': __version__,
            'command': printable(' '.join(command))}
