"""Files that came from outside: opened only if regular, sized before use.

This module answers three questions. May this path be opened? Only if it is a
regular file of a sensible size: a FIFO would wait for a writer for ever, and a
device may never end. Is this text? `text` decodes what a small file holds. How
much memory may a number in a file ask for? A header of a few bytes can claim
gigabytes; `allow` checks each claim against a limit before anything of its size
is made.

>>> allow((480, 640), 8, 'a map')
2457600
>>> try:
...     allow((60000, 30000), 4, 'dataset dense1/W')
... except ValueError as error:
...     print(error)
dataset dense1/W of 60000 x 30000 asks for 7,200 MB, the limit is 512 MB
"""

import contextlib
import errno
import os
import stat
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Tuple,
    Union,
)

from juntingnet_theano.errors import BadFile, MissingFile
from juntingnet_theano.names import described

if TYPE_CHECKING:
    import h5py

MEMORY = 1 << 29
"""Bytes that one value of a file may ask for: the largest honest one is a
photograph of 67 million pixels or a dense layer of 50 million weights."""

TEXT = 16 << 20
"""Bytes of a text file: scores of a million images stay below it."""

_KINDS = (
    (stat.S_ISDIR, 'a folder'),
    (stat.S_ISFIFO, 'a named pipe'),
    (stat.S_ISSOCK, 'a socket'),
    (stat.S_ISCHR, 'a device'),
    (stat.S_ISBLK, 'a device'),
)


@contextlib.contextmanager
def opened(
    path: Union[str, os.PathLike], doing: str, limit: Optional[int] = None
) -> Iterator[BinaryIO]:
    """Open a file that came from outside, for reading.

    Parameters
    ----------
    path : str or pathlib.Path
    doing : str
        What is being done, for messages ("reading an image").
    limit : int, optional
        The largest size in bytes.

    Yields
    ------
    binary file object
        At its beginning.

    Raises
    ------
    MissingFile
        There is no such file.
    BadFile
        It is no regular file, is larger than `limit`, or the system refuses
        to open it. Errors that the block raises are passed on.
    """
    shown = os.fsdecode(path)
    try:
        # O_NONBLOCK: opening a pipe returns at once, and fstat looks at what
        # was opened, not at what had the name a moment before.
        descriptor = os.open(
            path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0)
        )
    except FileNotFoundError:
        raise MissingFile(doing, 'there is no ' + shown) from None
    except (OSError, ValueError) as error:  # ValueError: a name with NUL
        if getattr(error, 'errno', None) == errno.ENXIO:
            raise _not_regular(doing, shown, 'a socket or a device') from None
        raise BadFile(
            doing, '{}: {}'.format(shown, getattr(error, 'strerror', None) or error)
        ) from None
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        raise _not_regular(
            doing,
            shown,
            next((name for is_kind, name in _KINDS if is_kind(state.st_mode)), 'no regular file'),
        )
    with open(descriptor, 'rb') as file:
        if limit is not None and state.st_size > limit:
            raise BadFile(
                doing, f'{shown}: {state.st_size / 1e6:,.0f} MB', f'at most {limit / 1e6:,.0f} MB'
            )
        yield file


def check_settings(paths: Iterable[str], doing: str) -> None:
    """Refuse files of settings for which a library would wait for ever.

    Libraries open whatever an environment variable names.

    Parameters
    ----------
    paths : iterable of str
        Those that are missing, folders and the null device pass.
    doing : str
        For messages.

    Raises
    ------
    BadFile
        One is a named pipe or a device.
    """
    for path in map(os.path.expanduser, paths):
        is_fine = os.path.isfile(path) or os.path.isdir(path) or path == os.devnull
        if not is_fine and os.path.exists(path):
            with opened(path, doing):  # says what it is
                pass


def text(path: Union[str, os.PathLike], doing: str, limit: int = TEXT) -> str:
    """All of a text file that came from outside.

    Parameters
    ----------
    path : str or pathlib.Path
    doing : str
        For messages.
    limit : int
        The largest size in bytes.

    Returns
    -------
    str
        Without the byte order mark that editors on Windows put first.

    Raises
    ------
    MissingFiles, BadFile
        As `opened`; also where it is not UTF-8.
    """
    shown = os.fsdecode(path)
    with opened(path, doing) as file:
        try:
            # Not by its size: files of /proc say that they are empty.
            data = file.read(limit + 1)
        except OSError as error:
            raise BadFile(doing, f'{shown}: {error.strerror}') from None
    if len(data) > limit:
        raise BadFile(
            doing, f'{shown} is longer than {limit:,} bytes', 'a text file of at most that size'
        )
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        byte, line = data[error.start], data.count(b'\n', 0, error.start) + 1
        raise BadFile(
            doing, f'{shown}: byte 0x{byte:02x} in line {line}', 'text in UTF-8'
        ) from None


def unique(pairs: Iterable[Tuple[str, Any]]) -> Dict[str, Any]:
    """The `object_pairs_hook` for JSON that came from outside.

    Python keeps the last of two values of one name, and the first is gone.

    Parameters
    ----------
    pairs : iterable of (str, object)

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        A name comes twice.
    """
    found = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f'{described(name)} comes twice in one object')
        found[name] = value
    return found


def entries(folder: str, doing: str) -> List[os.DirEntry]:
    """Entries of a folder in the order of their names.

    Parameters
    ----------
    folder : str
    doing : str
        For messages.

    Returns
    -------
    list of os.DirEntry
        Empty where there is no such folder.

    Raises
    ------
    BadFile
        The system refuses to list it.
    """
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise BadFile(
            doing,
            f'{folder}: {error.strerror or error}',
            'a folder that can be read',
            'give yourself the right to read it: chmod u+rx',
        ) from None


def is_folder(entry: 'os.DirEntry[str]') -> bool:
    """Whether an entry of a folder is one, too.

    Parameters
    ----------
    entry : os.DirEntry

    Returns
    -------
    bool
        False for a link that leads in a circle, which `opened` refuses.
    """
    try:
        return entry.is_dir()
    except OSError:
        return False


def allow(shape: Iterable[int], itemsize: int, what: str, limit: int = MEMORY) -> int:
    """Hold what a file asks for against a limit.

    Parameters
    ----------
    shape : sequence of int
        As the file claims it.
    itemsize : int
        Bytes of an item.
    what : str
        For the message ("dataset conv1/W").
    limit : int
        In bytes.

    Returns
    -------
    int
        The bytes that the values take.

    Raises
    ------
    ValueError
        A side is negative, or the product exceeds the limit.
    """
    # Python's integers: a product of forged ones could wrap around in C.
    size = int(itemsize)
    for side in shape:
        if side < 0:
            raise ValueError(f'{what} has a side of {side}')
        size *= int(side)
    if size > limit:
        sides = ' x '.join(map(str, shape))
        raise ValueError(
            f'{what} of {sides} asks for {size / 1e6:,.0f} MB, the limit is {limit / 2**20:,.0f} MB'
        )
    return size


def allow_dataset(dataset: 'h5py.Dataset', limit: int = MEMORY) -> int:
    """As `allow`, for an HDF5 dataset: its values lie in this very file and
    neither they nor one of its chunks, which HDF5 unpacks whole, ask for more
    than the limit.

    Parameters
    ----------
    dataset : h5py.Dataset
    limit : int
        In bytes.

    Returns
    -------
    int
        The bytes that the values take.

    Raises
    ------
    ValueError
    """
    name = f'dataset {dataset.name}'
    if dataset.is_virtual or dataset.external:
        raise ValueError(name + ' lies in another file')
    if dataset.chunks:
        allow(dataset.chunks, dataset.dtype.itemsize, 'a chunk of ' + name, limit)
    return allow(dataset.shape or (), dataset.dtype.itemsize, name, limit)


def _not_regular(doing, shown, kind):
    return BadFile(doing, f'{shown} is {kind}', 'a regular file')
