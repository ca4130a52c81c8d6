"""Pickles from others, read as data: nothing in them is run.

A pickle is a program that calls whatever it names. Our own machine
(``machine.py``) follows the opcodes, and can call nothing. A name becomes a
`records.Name`, a call a `records.Record` of what would have been called with
which arguments, and state one more entry of it. Nothing foreign is hashed or
compared, nothing recurses, and long strings stay in the file, so gigabytes of
training data beside the weights take no memory.

Python's own unpickler, with inert classes for all names, was tried and reads
the same files, but it builds tuples, dictionaries and sets itself: 200 kB of
tuples within tuples as a key end the process with a segmentation fault (their
hash recurses in C), 0.5 MB of keys with one hash take 12 s, eight bytes that
number a memo take a gigabyte, and all strings are held in memory.

The other format that Lasagne's users keep, an .npz archive of the arrays, gives
the same records (``npz.py``).

>>> import os, pickle, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'a.pickle')
>>> with open(path, 'wb') as file:
...     pickle.dump({'conv1': [1, 2]}, file, 2)
>>> with opened(path) as found:
...     found.root.kind, found.root.pairs[0], found.root.pairs[1].items
('dict', 'conv1', [1, 2])
"""

import codecs
import contextlib
from typing import Any, BinaryIO, Iterator

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside
from juntingnet_theano.network.pickles import npz
from juntingnet_theano.network.pickles.machine import run
from juntingnet_theano.network.pickles.records import Record, Span

MAX_BYTES = 8 << 30  # the authors' next network has 2.5 GB, with its data
_decoder = codecs.getincrementaldecoder('utf-8')
_OTHERS = (
    (b'\x1f\x8b', 'a gzip archive', 'unpack it: gunzip FILE'),
    (b'\x93NUM', 'a single array of NumPy (.npy)', 'save all arrays: np.savez(FILE, *values)'),
    (b'\x89HDF', 'an HDF5 file', 'juntingnet info FILE'),
)


class Pickle:
    """An opened pickle.

    Attributes
    ----------
    root : Record, Name, Span, str, bytes, number or None
        What was pickled.
    """

    def __init__(self, file: BinaryIO, root: Any) -> None:
        self._file, self.root = file, root

    def raw(self, value: Any, count: int) -> bytes:
        """The first `count` bytes of a string, or as many as it has.

        Python 2's strings are bytes. Python 3 wrote bytes for Python 2 as a
        call that encodes a text.

        Raises
        ------
        ValueError
            Where `value` is no string of bytes.
        """
        if isinstance(value, Record) and len(value.args) and str(value.maker) == '_codecs.encode':
            value = value.args[0]
        if isinstance(value, npz.Member):
            return value.read(count)
        if isinstance(value, Span):
            value = self._span(value, count)
        if isinstance(value, str):
            value = value.encode('latin-1')
        if not isinstance(value, bytes):
            raise ValueError('no string where numbers should be')
        return value[:count]

    def _span(self, span, count):
        self._file.seek(span.start)
        if not span.is_text:
            return self._file.read(min(count, span.length))
        # A letter that stands for a byte takes two bytes at most; the last
        # one may be cut.
        data = self._file.read(min(2 * count, span.length))
        return _decoder().decode(data)


@contextlib.contextmanager
def opened(path: str) -> Iterator[Pickle]:
    """Follow a pickle, or look through an .npz archive, and give its records.

    Parameters
    ----------
    path : str
        A pickle of protocol 2 or later, or an archive.

    Yields
    ------
    Pickle

    Raises
    ------
    MissingFiles
        Where there is no such file.
    BadFile
        Where it is neither, is broken, or names what no network needs;
        also for a ValueError that the block raises.
    """
    doing = f'reading {path}'
    try:
        with outside.opened(path, doing, MAX_BYTES) as file:
            yield Pickle(file, _root(file, doing))
    except (OSError, ValueError) as error:
        raise BadFile(
            doing,
            str(error),
            'a whole pickle of a network or of its weights, or an .npz archive of its weights',
        ) from None


def _root(file, doing):
    head = file.read(4)
    size = file.seek(0, 2)
    file.seek(0)
    if head == b'PK\3\4':
        return npz.read(file)
    for magic, what, hint in _OTHERS:
        if head.startswith(magic):
            raise BadFile(doing, what, 'a pickle, or an .npz archive', hint)
    if head[:1] != b'\x80':
        raise BadFile(
            doing,
            f'it begins with {head!r}',
            'a pickle of protocol 2 or later, or an .npz archive',
            'a pickle of protocol 0 or 1 must be dumped again, with 2',
        )
    return run(file, size)
