"""Writing files so that a final name always means a complete file.

Used by every stage that writes. A file is written in a hidden folder beside
its place and renamed when it is complete, so that an interruption at any
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
import re
import shutil
import sys
import tempfile
from typing import Dict, Iterator, Union

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

from juntingnet_theano import interrupts
from juntingnet_theano.errors import Busy, CannotWrite, NotEnoughSpace
from juntingnet_theano.files import urls
from juntingnet_theano.names import printable
from juntingnet_theano.version import __version__

_PLACE = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.EFBIG,
    errno.EIO,
)
"""Errors of the system for a place that cannot be written."""
_WORKSHOP, _LOCK = '.part-', '.lock'
_LONGEST_NAME = 255  # bytes, on nearly every disk
_OLDER = re.compile(r'\..+\.(\d{1,9})\.part(\.[^.]*)?$')
"""What earlier versions, which had no locks, left of a process."""
_swept = set()  # folders that this process has looked through


@contextlib.contextmanager
def atomic_path(path: Union[str, os.PathLike]) -> Iterator[str]:
    """Give a temporary name for `path` and rename it when the block succeeds.

    Parameters
    ----------
    path : str or pathlib.Path
        The final name, which may be an address (`urls`). Its folder is made if
        it is missing.

    Yields
    ------
    str
        The same name in a new hidden folder beside it (renaming across file
        systems is not atomic), to be made as a file or as a folder. Removed
        if the block raises. What a process that was killed has left is
        removed by the next one that writes into the folder.

    Raises
    ------
    CannotWrite
        Where the folder or the file cannot be written: no permission, no
        room, a file in the way.
    """
    if urls.is_url(path):
        with urls.written(os.fspath(path)) as part:
            yield part
        return
    final = os.path.abspath(os.fspath(path))
    folder, name = os.path.split(final)
    make_folder(folder)
    part = None
    try:
        with _workshop(folder) as inside:
            part = os.path.join(inside, name)
            yield part
            _to_the_disk(part)
            os.replace(part, final)
    except OSError as error:
        if error.errno in _PLACE and (
            part is None or error.filename is None or str(error.filename).startswith(part)
        ):
            raise _cannot_write(path, error) from error
        raise


def _to_the_disk(part):
    """Wait until the disk has what a name will vouch for."""
    paths = (
        [part]
        if not os.path.isdir(part)
        else [os.path.join(folder, name) for folder, _, names in os.walk(part) for name in names]
    )
    for path in paths:
        with open(path, 'rb') as file:
            os.fsync(file.fileno())


@contextlib.contextmanager
def _workshop(folder):
    """A new hidden folder in another one, for as long as the block runs.

    A lock on a file in it tells others that its maker is alive. The system
    holds the lock, also towards other hosts and containers if the disk shares
    its locks, and releases it however the process ends. A process number
    would mean nothing on another host, and numbers are used again.
    """
    if folder not in _swept:
        _swept.add(folder)
        _sweep(folder)
    inside, lock = '', None
    try:
        with interrupts.deferred():
            while lock is None:
                inside = tempfile.mkdtemp(prefix=_WORKSHOP, dir=folder)
                lock = _lock(inside)
        yield inside
    finally:
        with interrupts.deferred():
            if inside:
                shutil.rmtree(inside, ignore_errors=True)
            if lock is not None:
                os.close(lock)


def _lock(inside):
    """The locked file of a new workshop, open; None if another process has
    swept it away in between."""
    path = os.path.join(inside, _LOCK)
    with contextlib.suppress(FileNotFoundError):
        lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        if _is_locked(lock) is not False and os.path.exists(path):
            return lock
        os.close(lock)
    return None


def _sweep(folder):
    """Remove what dead processes have left in a folder."""
    # Another process may sweep too, and some files may belong to other users.
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.name.startswith(_WORKSHOP):
                with contextlib.suppress(OSError):
                    _remove_unlocked(entry.path)
            elif (older := _OLDER.match(entry.name)) and not _is_running(int(older.group(1))):
                with contextlib.suppress(OSError):
                    os.remove(entry.path)


def _remove_unlocked(inside):
    lock = os.open(os.path.join(inside, _LOCK), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if _is_locked(lock):
            shutil.rmtree(inside, ignore_errors=True)
    finally:
        os.close(lock)


def _is_running(number):
    """Whether this system has a process of a number."""
    if fcntl is None:  # Windows would end it
        return True
    try:
        os.kill(number, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


def _is_locked(lock):
    """Lock an open file.

    True if it is locked now, False if another process holds the lock, None if
    the system or the disk has no locks.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EAGAIN, errno.EACCES) else None
    return True


def make_folder(path: str) -> None:
    """Make a folder, and those above it, where they are missing.

    Raises
    ------
    CannotWrite
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path, error):
    return CannotWrite(
        f'writing {path}', error.strerror or str(error), 'a place that can be written, with room'
    )


@contextlib.contextmanager
def locked(path: str, doing: str) -> Iterator[None]:
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
    beside = f'.{name}.lock'
    if len(os.fsencode(beside)) > _LONGEST_NAME:
        beside = f'.{hashlib.sha256(os.fsencode(name)).hexdigest()}.lock'
    lock = filelock.FileLock(os.path.join(folder, beside))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise Busy(
            doing,
            'another process is at work on ' + path,
            None,
            'wait until it is done, or stop it',
        ) from error
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        yield
    finally:
        # Removed while it is held: a process that waits for it finds no link
        # left and makes a new lock. Windows keeps a file that is open.
        with contextlib.suppress(OSError):
            os.remove(lock.lock_file)
        lock.release()


def check_space(folder: str, size: int, doing: str) -> None:
    """Refuse to start what does not fit on the disk.

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
            doing,
            f'{free / 1e6:,.0f} MB free in {there}',
            f'{size / 1e6:,.0f} MB',
            'make room, or choose a folder on another disk',
        )


def provenance() -> Dict[str, str]:
    """Who made a file: ``{'juntingnet_version': ..., 'command': ...}``.

    The command is the program's own name and its arguments, so that no path
    of the machine that is not an argument travels with a file.
    """
    command = [os.path.basename(sys.argv[0])] + sys.argv[1:]
    # Printable: neither HDF5 nor JSON takes a name that is no UTF-8.
    return {'juntingnet_version': __version__, 'command': printable(' '.join(command))}
