"""Cell arrays come out as scipy.io and HDF5 know them."""

import errno
import io
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import mat5
from juntingnet_theano.submission import cell_arrays

SIZES = [(2, 3), (4, 5), (1, 7)]


def maps():
    rng = np.random.RandomState(0)
    return [rng.rand(*size).astype('float32') for size in SIZES]


def target():
    return os.path.join(tempfile.mkdtemp(), 'results.mat')


def test_scipy_reads_an_n_by_1_cell_array():
    path = target()
    cell_arrays.write(path, iter(maps()), SIZES)
    results = scipy.io.loadmat(path)['results']
    assert_equal((results.shape, results.dtype), ((3, 1), object))
    for i, expected in enumerate(maps()):
        assert_equal(results[i, 0].dtype, np.float32)
        np.testing.assert_array_equal(results[i, 0], expected)


def test_the_expected_size_is_the_size_of_the_file_or_a_little_more():
    path = target()
    sizes = [(30 + i, 40) for i in range(50)]
    cell_arrays.write(path, [np.zeros(size) for size in sizes], sizes)
    over = cell_arrays.expected_bytes(sizes) - os.path.getsize(path)
    assert_true(-256 < over < 64 * 50, over)


def test_beyond_the_limit_the_file_is_matlab_7_3():
    path = target()
    cell_arrays.write(path, iter(maps()), SIZES, limit=cell_arrays.expected_bytes(SIZES) - 1)
    with open(path, 'rb') as file:
        header = file.read(128)
    assert_equal(header[:10], b'MATLAB 7.3')
    assert_equal(header[124:], b'\x00\x02IM')
    with h5py.File(path, 'r') as file:
        results = file['results']
        # HDF5 lists MATLAB's axes the other way round: this is 3 x 1.
        assert_equal(results.shape, (1, 3))
        assert_equal(results.attrs['MATLAB_class'], b'cell')
        for i, expected in enumerate(maps()):
            cell = file[results[0, i]]
            assert_equal(cell.attrs['MATLAB_class'], b'single')
            np.testing.assert_array_equal(cell[()].T, expected)


FULL = """
import resource, sys
import numpy as np
from juntingnet_theano.submission import cell_arrays
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
maps = (np.random.rand(100, 300) for _ in range(20))
try:
    cell_arrays.write(sys.argv[1], maps, [(100, 300)] * 20, limit=0)
except OSError as error:
    sys.exit(error.strerror)
"""


def test_a_disk_that_is_full_is_an_error_and_does_not_crash_hdf5():
    done = subprocess.run(
        [sys.executable, '-c', FULL, target()], stderr=subprocess.PIPE, timeout=60, text=True
    )
    assert_equal((done.returncode, done.stderr.strip()), (1, os.strerror(errno.EFBIG)))


def test_both_versions_are_read_alike():
    for limit in (cell_arrays.LIMIT, 0):
        path = target()
        cell_arrays.write(path, maps(), SIZES, limit)
        for found, expected in zip(cell_arrays.read(path), maps()):
            np.testing.assert_array_equal(found, expected)


def test_one_by_n_cells_are_read_too():
    path = target()
    row = np.empty((1, 3), object)
    row[0, :] = maps()
    scipy.io.savemat(path, {'results': row})
    assert_equal([each.shape for each in cell_arrays.read(path)], SIZES)


def test_a_cell_is_no_larger_than_it_may_be():
    file = io.BytesIO()
    scipy.io.savemat(file, {'results': np.array([[np.eye(2)], [np.zeros((90, 90))]], object)})
    found = mat5.cells(file, 'results', 1000)
    np.testing.assert_array_equal(next(found), np.eye(2))
    with assert_raises(ValueError) as caught:
        next(found)
    assert_in('cell 2', str(caught.exception))


def test_other_files_are_named():
    path = target()
    for content in ({'maps': np.zeros(3)}, {'results': np.zeros((3, 3))}):
        scipy.io.savemat(path, content)
        with assert_raises(BadFile) as caught:
            list(cell_arrays.read(path))
        assert_in(path, str(caught.exception))
    with open(path, 'wb') as file:
        file.write(b'MATLAB 7.3' + bytes(600))
    with assert_raises(BadFile):
        list(cell_arrays.read(path))
