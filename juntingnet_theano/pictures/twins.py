"""Keys that occur twice among millions, found in constant memory.

A hash of each key is kept: a hundred thousand in memory, the others on the
disk, in sorted pieces.

>>> keys = Keys()
>>> for key in 'a', 'b', 'a':
...     keys.add(key)
>>> keys.count, keys.doubtful() == {hash('a')}
(3, True)
"""

import array
import itertools
import tempfile
from typing import Any, List, Set

import numpy as np

PIECE = 1 << 17
"""Hashes that are sorted at a time."""
_SHARES = 256
_EDGES = (np.arange(1, _SHARES, dtype='int64') - _SHARES // 2) * (2**64 // _SHARES)


class Keys:
    """Hashes of keys.

    Parameters
    ----------
    piece : int
        Hashes in memory.

    Attributes
    ----------
    count : int
        Keys that were added.
    """

    def __init__(self, piece: int = PIECE) -> None:
        self.count = 0
        self._piece, self._hashes = piece, array.array('q')
        self._file: Any = None
        self._bounds: List[np.ndarray] = []  # of each piece's shares in the file

    def add(self, key: str) -> None:
        """Take one in."""
        self.count += 1
        self._hashes.append(hash(key))
        if len(self._hashes) == self._piece:
            self._put_away()

    def _put_away(self):
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        start = self._file.seek(0, 2) // 8
        ordered = np.sort(np.frombuffer(self._hashes, 'int64'))
        inner = np.searchsorted(ordered, _EDGES)
        self._bounds.append(start + np.concatenate([[0], inner, [len(ordered)]]))
        self._file.write(ordered.tobytes())
        self._hashes = array.array('q')

    def doubtful(self) -> Set[int]:
        """Hashes that came more than once: of keys that did, or, rarely, of
        two others."""
        if self._file is None:
            return _twice(np.frombuffer(self._hashes, 'int64'))
        self._put_away()
        found: Set[int] = set()
        for share in range(_SHARES):
            found |= _twice(np.concatenate([self._read(each, share) for each in self._bounds]))
        return found

    def _read(self, bounds, share):
        start, end = (int(each) for each in itertools.islice(bounds, share, share + 2))
        self._file.seek(8 * start)
        return np.frombuffer(self._file.read(8 * (end - start)), 'int64')


def _twice(hashes):
    ordered = np.sort(hashes)
    return set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
