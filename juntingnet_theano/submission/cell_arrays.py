"""MAT files with one cell array of maps, the LSUN'15 form of a submission.

Version 5 where the maps fit, since everything reads it; MATLAB bounds its
variables by 2 GB, and beyond that version 7.3 (HDF5), as MATLAB itself does.
`archives` writes them, `evaluation` reads them too.

hdf5storage writes version 7.3 too, from a list of all maps: 200 maps of
640 x 480 took it 297 MB and twice the time, here 79 MB however many there are.

>>> import numpy as np, os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'results.mat')
>>> write(path, [np.ones((2, 3)), np.zeros((4, 5))], [(2, 3), (4, 5)])
>>> [cell.shape for cell in read(path)]
[(2, 3), (4, 5)]
"""

import contextlib
from typing import Any, Iterable, Iterator, Sequence, Tuple

import h5py
import numpy as np
import scipy.io

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import hdf5_files, mat5, mat73, outside

VARIABLE = 'results'
"""The name that the challenge's reader asks for (docs/challenge.rst)."""

LIMIT = 2**31 - 1
"""Bytes of a variable that MATLAB's version 5 takes."""

CELL_OVERHEAD = 64
"""Bytes that version 5 adds to each cell: tags, flags, size and name."""

LARGEST_CELL = 1 << 28
"""Bytes that a cell may take where it is read."""

HEADER = 512
"""Bytes before the HDF5 data of a version 7.3 file."""


def write(
    path: str, maps: Iterable[np.ndarray], sizes: Sequence[Tuple[int, int]], limit: int = LIMIT
) -> None:
    """Write an N x 1 cell array `results` of single-precision maps.

    Parameters
    ----------
    path : str
        Temporary name: the caller renames it when its checks have passed.
    maps : iterable of float array, H x W
        In the order of the cells. Version 7.3 holds one at a time, version 5
        all of them.
    sizes : sequence of (int, int)
        (height, width) of each map, which decide the version beforehand.
    limit : int
        Largest number of bytes for version 5.
    """
    if expected_bytes(sizes) <= limit:
        cells = [np.asarray(each, np.float32) for each in maps]
        column = np.empty((len(cells), 1), object)
        column[:, 0] = cells
        scipy.io.savemat(path, {VARIABLE: column})
    else:
        _write_hdf5(path, maps, len(sizes))


def expected_bytes(sizes: Sequence[Tuple[int, int]]) -> int:
    """Size of the variable in version 5.

    >>> expected_bytes([(2, 3)])
    88
    """
    return sum(height * width * 4 + CELL_OVERHEAD for height, width in sizes)


def _write_hdf5(path, maps, count):
    """MATLAB's layout of 7.3: references to cells that lie in `#refs#`,
    every array with its axes reversed and its class as an attribute."""
    with hdf5_files.created(path, HEADER) as (file, check):
        cells = file.create_group('#refs#')
        results = file.create_dataset(VARIABLE, (1, count), h5py.ref_dtype)
        results.attrs['MATLAB_class'] = np.bytes_('cell')
        for i, each in enumerate(maps):
            cell = cells.create_dataset(
                f'cell{i}',
                data=np.asarray(each, np.float32).T,
                compression='gzip',
                compression_opts=1,
                shuffle=True,
            )
            cell.attrs['MATLAB_class'] = np.bytes_('single')
            results[0, i] = cell.ref
            check()
    text = b'MATLAB 7.3 MAT-file, HDF5 schema 1.00 .'.ljust(116)
    with open(path, 'r+b') as file:
        file.write(text + bytes(8) + b'\x00\x02IM')


def read(path: str) -> Iterator[Any]:
    """The maps of a cell array, one by one.

    Parameters
    ----------
    path : str
        MAT file of version 5 or 7.3 with `results` as N x 1, 1 x N or N
        cells.

    Yields
    ------
    array
        As it was stored.

    Raises
    ------
    BadFile
        It is no MAT file, or has no such cell array.
    """
    with _opened(path) as (reader, file):
        yield from reader.cells(file, VARIABLE, LARGEST_CELL)


def count(path: str) -> int:
    """How many cells `read` will yield, without reading them.

    Raises
    ------
    BadFile
        As `read`.
    """
    with _opened(path) as (reader, file):
        return int(reader.count(file, VARIABLE))


@contextlib.contextmanager
def _opened(path):
    """The reader of a file's version, and the file."""
    doing = f'reading {path}'
    with outside.opened(path, doing) as file:
        try:
            yield (mat73 if mat73.is_73(file) else mat5), file
        except Exception as error:
            # SciPy and h5py raise whatever a broken file leads them to.
            raise BadFile(
                doing,
                str(error) or type(error).__name__,
                f"a MAT file with a cell array '{VARIABLE}'",
            ) from error
