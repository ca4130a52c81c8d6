"""NumPy's archives (.npz) in the form in which pickles are read.

``np.savez(file, *lasagne.layers.get_all_param_values(layer))`` is how weights
are kept in Lasagne's own examples: a ZIP of one .npy file an array. Headers
are matched, not evaluated, and nothing is unpacked but the arrays that fit.

>>> import io
>>> import numpy as np
>>> file = io.BytesIO()
>>> np.savez(file, np.ones((2, 3), 'float32'), np.ones(3))
>>> [claim.shape for claim in read(file).items]
[(2, 3), (3,)]
"""

import contextlib
import re
import zipfile
from typing import Any, BinaryIO, Dict, cast

from juntingnet_theano.files import zips
from juntingnet_theano.network.pickles.arrays import Claim, describe, numbers
from juntingnet_theano.network.pickles.records import Record

_ONE_READ = 1 << 20  # more than any archive of weights needs for its list
_MOST_MEMBERS = 1000
_BEFORE = b'\x93NUMPY\x01\x00'  # version 1.0, of all but records
_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?)(\w{1,8})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,12}L?,? ?){0,8})\), \} *\n?\Z"
)


class Member:
    """The numbers of an array: what follows the header of a member."""

    def __init__(self, archive: Any, info: Any, start: int) -> None:
        self._archive, self._info, self._start = archive, info, start

    def read(self, count: int) -> bytes:
        """The first `count` bytes, or as many as there are.

        Raises
        ------
        ValueError
            Where the member is damaged.
        """
        with _opened(self._archive, self._info) as file:
            file.read(self._start)
            parts = [b'']
            while count and (len(parts) == 1 or parts[-1]):
                parts.append(file.read(min(count, _ONE_READ)))
                count -= len(parts[-1])
            return b''.join(parts)


def read(file: BinaryIO) -> Record:
    """The arrays of an archive.

    Parameters
    ----------
    file : binary file object

    Returns
    -------
    Record
        A list of claims where the archive numbers its arrays (``arr_0``), a
        dictionary where it names them.

    Raises
    ------
    ValueError
        Where it is broken, or holds something else than arrays of numbers.
    """
    with _errors('the archive'):
        archive = zipfile.ZipFile(_Sparing(file))
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise ValueError(f'more than {_MOST_MEMBERS} members')
    claims = {info.filename: _claim(archive, info) for info in infos}
    if len(claims) < len(infos):
        raise ValueError('two members of one name')
    numbered: Dict[Any, Claim] = {
        re.match(r'arr_(\d{1,4})\.npy\Z', name): each for name, each in claims.items()
    }
    if None not in numbered:
        return Record(
            'list',
            [numbered[match] for match in sorted(numbered, key=lambda match: int(match.group(1)))],
        )
    record = Record('dict')
    record.pairs = [part for name, each in claims.items() for part in (name[: -len('.npy')], each)]
    return record


def _claim(archive, info):
    with _opened(archive, info) as file:
        before = file.read(len(_BEFORE) + 2)
        header = file.read(int.from_bytes(before[-2:], 'little'))
        match = _HEADER.match(header)
        if before[:-2] != _BEFORE or match is None:
            raise ValueError('it does not begin as an array does')
        order, code, is_fortran, shape = (part.decode('ascii') for part in match.groups())
        return describe(
            [int(side) for side in re.findall(r'\d+', shape)],
            numbers(code).newbyteorder(cast(Any, order or '|')),
            is_fortran == 'True',
            Member(archive, info, len(before) + len(header)),
        )


@contextlib.contextmanager
def _opened(archive, info):
    with _errors(ascii(info.filename)), zips.opened(archive, info) as file:
        yield file


@contextlib.contextmanager
def _errors(what):
    """Whatever `zipfile` meets in a damaged archive, as a ValueError."""
    try:
        yield
    except zips.DAMAGE as error:
        # It may quote names of any letters.
        raise ValueError(
            '{}: {}'.format(what, str(error).encode('ascii', 'backslashreplace').decode())
        ) from None


class _Sparing:
    """A file of which no more is read at once than `_ONE_READ`.

    `zipfile` takes the list of members as a whole, of whatever size.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        self.seekable = file.seekable

    def read(self, count: int = -1) -> bytes:
        most = _ONE_READ + 1
        data = self._file.read(most if count < 0 else min(count, most))
        if len(data) == most:
            raise ValueError(f'a list of more than {_ONE_READ:,} bytes')
        return data
