"""MAT files of version 7.3: MATLAB's layout, and what would do harm."""

import io
import os
import tempfile

import h5py
import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.datasets.readers import isun
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import mat73, matfiles
from juntingnet_theano.saliency_maps import maps
from tests.helpers.mat_files import save_73

GAZE = [
    {
        'location': np.ones((3, 2)),
        'timestamp': np.array([[0.0], [10.0], [20.0]]),
        'fixation': np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    },
    {
        'location': np.ones((1, 2)),
        'timestamp': np.array([[0.0]]),
        'fixation': np.array([[7.0, 8.0]]),
    },
]


def read(path, *args, **options):
    with open(path, 'rb') as file:
        return mat73.read(file, *args, **options)


def place(name='a.mat'):
    return os.path.join(tempfile.mkdtemp(), name)


def test_values_are_those_of_the_other_versions():
    path = place()
    save_73(
        path,
        n=np.arange(6.0).reshape(2, 3),
        s='text',
        e='',
        z=[np.zeros((0, 0))],
        c=['one', np.ones((1, 2))],
        one={'a': 'b', 'n': np.array([[7.0]])},
        many=[{'a': 'b'}, {'a': 'cd'}],
    )
    found = read(path)
    assert_equal(found['n'].tolist(), [[0, 1, 2], [3, 4, 5]])
    assert_equal((found['s'], found['e'], found['z'][0].shape), ('text', '', (0, 0)))
    assert_equal((found['c'][0], found['c'][1].tolist()), ('one', [[1, 1]]))
    assert_equal([(each['a'], each['n'].tolist()) for each in found['one']], [('b', [[7]])])
    assert_equal(found['many'], [{'a': 'b'}, {'a': 'cd'}])
    assert_equal(list(read(path, 's')), ['s'])


def test_text_is_utf_16_and_half_a_character_is_refused():
    units = {'fine': [0xD83D, 0xDE00], 'half': [0xD800, 0x41], 'large': [0x10041]}
    for name, values in units.items():
        path = place()
        save_73(path, s='ab')
        with h5py.File(path, 'r+') as file:
            del file['s']
            file['s'] = np.array([values], 'uint32').T
            file['s'].attrs['MATLAB_class'] = np.bytes_('char')
        if name == 'fine':
            assert_equal(matfiles.load(path, 's'), '\U0001f600')
        else:
            with assert_raises(BadFile) as raised:
                matfiles.load(path, 's')
            str(raised.exception).encode('utf-8')


def test_a_list_of_version_73_is_read_like_one_of_version_5():
    root = tempfile.mkdtemp()
    save_73(
        os.path.join(root, 'training.mat'),
        training=[
            {'image': 'a', 'resolution': np.array([[30, 40]]), 'scene': 'lake', 'gaze': GAZE},
            {
                'image': 'b',
                'resolution': np.array([[30, 40]]),
                'scene': '',
                'gaze': np.zeros((0, 0)),
            },
        ],
    )
    first, second = isun.read(root, 'training')
    assert_equal((first.name, first.size, first.scene), ('a', (30, 40), 'lake'))
    assert_equal(first.fixations.x.tolist(), [0, 2, 4, 6])
    assert_equal(first.fixations.y.tolist(), [1, 3, 5, 7])
    assert_equal(first.fixations.subject.tolist(), [0, 0, 0, 1])
    assert_true(np.allclose(first.fixations.t, [0, 0.01, 0.02, 0]))
    assert_equal(second.fixations, None)


def test_a_map_of_version_73_is_read_like_one_of_version_5():
    path = place()
    values = np.linspace(0, 1, 12).reshape(3, 4)
    save_73(path, I=values)
    assert_true(np.allclose(maps.read(path), values))


def refused(path, **options):
    with assert_raises(ValueError) as raised:
        read(path, **options)
    with assert_raises(BadFile) as bad, open(path, 'rb') as file:
        matfiles.read(file, path)
    if not options:
        assert_in(path, str(bad.exception))
    return str(raised.exception)


def test_links_to_other_files_are_refused():
    for link in (h5py.ExternalLink('/etc/passwd', '/'), h5py.SoftLink('/elsewhere')):
        path = place()
        with h5py.File(path, 'w') as file:
            file['a'] = link
        assert_in('link', refused(path))


def test_data_in_other_files_is_refused():
    path = place()
    with h5py.File(path, 'w') as file:
        file.create_dataset('a', (4,), 'u1', external=[('/etc/hostname', 0, 4)])
    assert_in('another file', refused(path))
    path = place()
    with h5py.File(path, 'w') as file:
        layout = h5py.VirtualLayout((4,), 'u1')
        layout[:] = h5py.VirtualSource('/etc/hostname', 'b', (4,))
        file.create_virtual_dataset('a', layout)
    assert_in('another file', refused(path))


def test_references_in_a_circle_are_refused():
    path = place()
    with h5py.File(path, 'w') as file:
        file.create_dataset('a', (1,), h5py.ref_dtype)[0] = file['/'].ref
    assert_in('levels', refused(path))
    path = place()
    with h5py.File(path, 'w') as file:
        cells = file.create_dataset('a', (10,), h5py.ref_dtype)
        cells.attrs['MATLAB_class'] = np.bytes_('cell')
        cells[:] = [cells.ref] * 10  # ten to the power of depth values
    refused(path)


def test_more_data_than_the_file_could_hold_is_refused():
    path = place()
    with h5py.File(path, 'w') as file:
        file.create_dataset('a', (1 << 20, 1 << 20), 'f8', chunks=True, compression='gzip')
    assert os.path.getsize(path) < 10000
    assert_in('more data', refused(path))
    path = place()
    with h5py.File(path, 'w') as file:
        inner = file.create_dataset('b', (1 << 22,), 'f8', fillvalue=1)
        cells = file.create_dataset('a', (1000,), h5py.ref_dtype)
        cells.attrs['MATLAB_class'] = np.bytes_('cell')
        cells[:] = [inner.ref] * 1000
    assert_in('more data', refused(path))


def test_types_that_matlab_does_not_have_are_refused():
    path = place()
    with h5py.File(path, 'w') as file:
        file['a'] = np.array([(1, 2.0)], [('x', 'i4'), ('y', 'f8')])
    assert_in('type', refused(path))
    path = place()
    with h5py.File(path, 'w') as file:
        file['a'] = 'a Python string'
    refused(path)


def test_fields_of_unequal_lengths_are_refused():
    path = place()
    with h5py.File(path, 'w') as file:
        file['x'] = [1.0]
        for name, length in (('a', 1), ('b', 2)):
            column = file.create_dataset('s/' + name, (length,), h5py.ref_dtype)
            column[:] = [file['x'].ref] * length
    assert_in('unequal', refused(path))


def test_heads_are_told_apart():
    for content, is_73 in (
        (b'MATLAB 7.3 MAT', True),
        (b'\x89HDF\r\n', True),
        (b'MATLAB 5.0 MAT', False),
        (b'', False),
    ):
        assert_equal(mat73.is_73(io.BytesIO(content)), is_73)
