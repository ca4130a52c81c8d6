"""MAT files to plain Python values and back."""

import io

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_raises

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles


def saved(variables, **options):
    file = io.BytesIO()
    scipy.io.savemat(file, variables, **options)
    return file


def struct_array(shape, **fields):
    array = np.empty(shape, [(field, object) for field in sorted(fields)])
    for index, place in enumerate(np.ndindex(shape)):
        for field, values in fields.items():
            array[place][field] = values[index]
    return array


def test_struct_arrays_lying_or_standing_become_the_same_list():
    for shape in ((2, 1), (1, 2)):
        file = saved({'v': struct_array(shape, a=['x', 'yz'], b=[[1.0, 2.0], [[3.0], [4.0]]])})
        found = matfiles.read(file, 'v.mat', 'v')
        assert_equal([each['a'] for each in found], ['x', 'yz'])
        assert_equal([each['b'].tolist() for each in found], [[[1, 2]], [[3], [4]]])


def test_struct_within_a_struct_is_a_list_within():
    inner = struct_array((1, 2), location=[np.ones((3, 2)), np.ones((1, 2))])
    file = saved({'v': struct_array((1, 1), gaze=[inner])})
    (outer,) = matfiles.read(file, 'v.mat', 'v')
    assert_equal([each['location'].shape for each in outer['gaze']], [(3, 2), (1, 2)])


def test_cells_strings_and_empty_values():
    cells = np.empty((1, 3), object)
    cells[0, :] = 'a', np.zeros((0, 0)), np.arange(3)
    found = matfiles.read(saved({'c': cells, 's': '', 'n': 7}), 'v.mat')
    assert_equal(found['c'][0], 'a')
    assert_equal(found['c'][1].shape, (0, 0))
    assert_equal(found['c'][2].tolist(), [[0, 1, 2]])
    assert_equal((found['s'], found['n'].tolist()), ('', [[7]]))


def test_version_4_is_read_too():
    found = matfiles.read(saved({'a': np.eye(2)}, format='4'), 'v.mat', 'a')
    assert_equal(found.tolist(), [[1, 0], [0, 1]])


def test_what_is_written_is_what_scipy_reads():
    file = io.BytesIO()
    matfiles.write(
        file,
        {
            'training': [
                {'image': 'a', 'gaze': [{'fixation': np.ones((2, 2))}]},
                {'image': 'b', 'gaze': []},
            ],
            'I': np.eye(2, dtype='float32'),
        },
    )
    file.seek(0)
    found = scipy.io.loadmat(file)
    assert_equal(found['training'].shape, (2, 1))
    assert_equal(found['training']['image'][1, 0].tolist(), ['b'])
    assert_equal(found['training']['gaze'][0, 0]['fixation'][0, 0].tolist(), [[1, 1], [1, 1]])
    assert_equal(found['training']['gaze'][1, 0].size, 0)
    assert_equal(found['I'].dtype, np.dtype('float32'))


def test_bytes_depend_on_the_content_only():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        matfiles.write(file, {'I': np.eye(2)})
    assert_equal(files[0].getvalue(), files[1].getvalue())
    # The free text of the header would hold the date.
    assert_equal(files[0].getvalue()[:19], b'MATLAB 5.0 MAT-file')


def test_broken_and_foreign_files_are_refused():
    whole = saved({'a': np.random.RandomState(0).rand(99, 99)}, do_compression=True).getvalue()
    version_73 = b'MATLAB 7.3 MAT-file'.ljust(124) + b'\x00\x02IM' + b'\x89HDF\r\n\x1a\n'
    for content, cause in (
        (b'', 'v.mat'),
        (b'words' * 50, 'v.mat'),
        (whole[:3000], 'v.mat'),
        (whole[:200], 'v.mat'),
        (version_73, 'signature'),
    ):
        with assert_raises(BadFile) as raised:
            matfiles.read(io.BytesIO(content), 'v.mat', 'a')
        assert_in('v.mat', str(raised.exception))
        assert_in(cause, str(raised.exception))


def test_missing_variable_is_named():
    with assert_raises(BadFile) as raised:
        matfiles.read(saved({'a': 1}), 'v.mat', 'training')
    assert_in("no variable 'training'", str(raised.exception))
