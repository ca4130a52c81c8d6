"""HDF5 files: checked before HDF5 reads them, written whole or not at all.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
>>> with created(path) as (file, check):
...     file['weights/b'] = [1, 2]
...     check()
>>> with opened(path, 'reading an example') as file:
...     item(file, 'weights/b')[()].tolist()
[1, 2]
"""

import contextlib
import os
from types import FunctionType
from typing import Any, Callable, Iterator, Tuple

import h5py

from juntingnet_theano import interrupts
from juntingnet_theano.files import global_heaps, outside, variable_lengths


def opened(path: str, doing: str) -> h5py.File:
    """Open a file that came from outside, for reading.

    Parameters
    ----------
    path : str
    doing : str
        For messages.

    Returns
    -------
    h5py.File

    Raises
    ------
    MissingFiles, BadFile
        Where there is no such file, or it is no regular one.
    OSError, ValueError
        Where it is no HDF5, is damaged, or HDF5 would not survive it.
    """
    with outside.opened(path, doing) as raw:
        global_heaps.check(raw)
        file = h5py.File(path, 'r')
        try:
            variable_lengths.check_attributes(file)
            variable_lengths.check_values(file, raw)
        except BaseException:
            file.close()
            raise
    return file


def item(group: h5py.Group, name: str) -> Any:
    """A group or dataset that lies in this very file.

    Parameters
    ----------
    group : h5py.Group
    name : str
        May be a path, ``conv1/W``.

    Raises
    ------
    ValueError
        Where there is none, or a link leads to it: another file may be a
        pipe, which HDF5 would open.
    """
    found: Any = group
    for part in name.split('/'):
        if not isinstance(found, h5py.Group) or not isinstance(
            found.get(part, getlink=True), h5py.HardLink
        ):
            raise ValueError(f'{name} is not in the file')
        found = found[part]
    return found


@contextlib.contextmanager
def created(path: str, before: int = 0) -> Iterator[Tuple[h5py.File, Callable[[], None]]]:
    """Make a file.

    HDF5 cannot close a file that it cannot write to the end, and what is not
    closed ends the process with a segmentation fault when the interpreter
    does. So it writes into a file that takes everything, and what the disk
    has refused is raised when HDF5 has let go of it.

    Parameters
    ----------
    path : str
    before : int
        Bytes that are left free before HDF5's own: 0, 512 or a larger power of 2.

    Yields
    ------
    (h5py.File, callable)
        The file, and what raises the OSError of the disk, if there was one;
        to be called now and then in long work.

    Raises
    ------
    OSError
        Where the disk did not take all of it.
    """
    with interrupts.kept_out_of(_CALLED_BY_HDF5), _Taking(path) as taking:
        with h5py.File(taking, 'w', userblock_size=before) as file:
            yield file, taking.check
        taking.check()


def _write(descriptor, place, view):
    os.lseek(descriptor, place, os.SEEK_SET)
    while view:
        view = view[os.write(descriptor, view) :]


class _Taking:
    """A file object for h5py. What the disk refuses, and all that follows, it
    keeps in memory, so that HDF5 reads what it has written."""

    def __init__(self, path):
        self._descriptor = os.open(
            path,
            os.O_RDWR
            | os.O_CREAT
            | os.O_TRUNC
            | getattr(os, 'O_BINARY', 0)
            | getattr(os, 'O_CLOEXEC', 0),
            0o666,
        )
        self._place, self._end, self._kept, self._error = 0, 0, [], None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        # HDF5 still writes if Ctrl-C came while it closed the file. By then
        # the number may be another file's.
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def check(self):
        """Raise the first error of the disk."""
        if self._error is not None:
            raise self._error

    def seek(self, offset, whence=os.SEEK_SET):
        self._place = (
            offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._end}[whence]
        )
        return self._place

    def tell(self):
        return self._place

    def read(self, count):
        """As h5py asks of a file object; HDF5 itself calls `readinto`."""
        data = bytearray(max(0, min(count, self._end - self._place)))
        self.readinto(data)
        return bytes(data)

    def readinto(self, buffer):
        view = memoryview(buffer).cast('B')
        data = b''
        if self._descriptor is not None:
            os.lseek(self._descriptor, self._place, os.SEEK_SET)
            data = os.read(self._descriptor, len(view))
        view[: len(data)] = data
        view[len(data) :] = bytes(len(view) - len(data))
        for start, kept in self._kept:
            first = max(start, self._place)
            last = min(start + len(kept), self._place + len(view))
            if first < last:
                view[first - self._place : last - self._place] = kept[first - start : last - start]
        self._place += len(view)
        return len(view)

    def write(self, buffer):
        view = memoryview(buffer).cast('B')
        if not self._try(_write, self._place, view):
            self._kept.append((self._place, bytes(view)))
        self._place += len(view)
        self._end = max(self._end, self._place)
        return len(view)

    def truncate(self, size):
        self._end = size
        self._try(os.ftruncate, size)
        return size

    def flush(self):
        """Nothing waits."""

    def _try(self, function, *args):
        """Whether the disk has done it; nothing is asked of it after an error."""
        if self._error is None and self._descriptor is not None:
            try:
                function(self._descriptor, *args)
                return True
            except OSError as error:
                self._error = error
        return False


_CALLED_BY_HDF5 = tuple(each for each in vars(_Taking).values() if isinstance(each, FunctionType))
