"""Check the global heaps of an HDF5 file before HDF5 reads them.

Strings of varying length, which the attributes of our files and fixations use,
lie in *collections*: objects one after another, each with its size. The library
trusts the sizes. One damaged byte can make an object of no bytes, which HDF5 1.14
reads for ever, in a C loop that Ctrl-C does not end. The layout is that of the
*HDF5 File Format Specification*, version 3, section III.E. h5py, mat73,
pymatreader and hdf5storage offer no way around it, and leaving
strings of varying length out of our own files would not either: MATLAB writes
them, and so may anybody who sends weights.

>>> import io
>>> check(io.BytesIO(b'GCOL\\x01' + bytes(4096)))
>>> try:
...     check(io.BytesIO(b'GCOL\\x01\\0\\0\\0\\0\\x10' + bytes(4096)))
... except ValueError as error:
...     print(error)
a global heap at byte 0 with an object of 0 bytes
"""

import struct
from typing import BinaryIO, Iterator

_SIGNATURE = b'GCOL\x01'  # and the version, the only one there is
_HEAD = struct.Struct('<8xQ')  # of a collection: its bytes, with the head
_OBJECT = struct.Struct('<HH4xQ')  # index, references, bytes
_SMALLEST = 4096  # collection; the library refuses others
_BLOCK = 1 << 20


def check(file: BinaryIO) -> None:
    """Refuse a file with a collection that cannot be walked to its end.

    Parameters
    ----------
    file : binary file object
        At its beginning again afterwards. Read once as a whole: nothing else
        than the signature tells where collections lie.

    Raises
    ------
    ValueError
    """
    size = file.seek(0, 2)
    for place in places(file, _SIGNATURE):
        _check_collection(file, place, size)
    file.seek(0)


def places(file: BinaryIO, word: bytes) -> Iterator[int]:
    """Where some bytes lie in a file.

    Parameters
    ----------
    file : binary file object
        May be moved between two places.
    word : bytes

    Yields
    ------
    int
        In ascending order.
    """
    before, start = b'', 0  # what may begin a word, and where it is
    while True:
        file.seek(start + len(before))
        block = file.read(_BLOCK)
        if not block:
            return
        data = before + block
        place = data.find(word)
        while place >= 0:
            yield start + place
            place = data.find(word, place + 1)
        before = data[-len(word) + 1 :]
        start += len(data) - len(before)


def _check_collection(file, start, size):
    file.seek(start)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return
    (length,) = _HEAD.unpack(head)
    if not _SMALLEST <= length <= size - start:
        return  # refused by the library, or pixels that look like one
    data = file.read(length - _HEAD.size)
    place = 0
    while len(data) - place >= _OBJECT.size:
        index, _, count = _OBJECT.unpack_from(data, place)
        # Index 0 is the rest of the collection, and counts its own head.
        taken = _OBJECT.size + -(-count // 8) * 8 if index else count
        if not _OBJECT.size <= taken <= len(data) - place:
            raise ValueError(f'a global heap at byte {start:,} with an object of {count:,} bytes')
        place += taken
