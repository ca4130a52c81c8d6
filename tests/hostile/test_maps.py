"""Maps and archives that claim much, or are damaged, cost a message only."""

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_less, assert_raises

from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile, BadSubmission, JuntingNetError
from juntingnet_theano.evaluation import predicted_maps
from juntingnet_theano.files import mat73
from juntingnet_theano.saliency_maps import map_files
from juntingnet_theano.saliency_maps import maps as saliency_maps
from juntingnet_theano.submission import archives, cell_arrays, result_json
from tests.helpers import hostile_maps
from tests.helpers.mat_files import save_73

READ = """
import sys
from juntingnet_theano.evaluation import predicted_maps
from juntingnet_theano.errors import JuntingNetError
for path in sys.argv[1:]:
    try:
        maps = predicted_maps.open_maps(path, ['a'], 'validation')
        list(map(predicted_maps.decode, maps.read(['a'])))
        print(path, 'was read')
    except JuntingNetError:
        pass
with open('/proc/self/status') as file:     # not getrusage, which begins with
    print(*[line.split()[1] for line in file      # what the parent has taken
            if line.startswith('VmHWM')])
"""


def inside(*names):
    path = os.path.join(tempfile.mkdtemp(), *names)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def refused(path, names=('a',)):
    """The message of whatever refuses a map, or all of them."""
    with assert_raises(JuntingNetError) as caught:
        maps = predicted_maps.open_maps(path, names, 'validation')
        list(map(predicted_maps.decode, maps.read(names)))
    return str(caught.exception)


def claims():
    """Small files whose content would take gigabytes."""
    matrix, large = hostile_maps.matrix, 2 << 30
    path = inside('results.mat')
    hostile_maps.cells(path, 1, 11000)  # 121 MB
    yield path
    for content, zeros in (
        (
            matrix(1, (1, 1), b'results', matrix(6, (16384, 16384), length=large - 64), more=large),
            10,
        ),
        (
            matrix(
                1, (1, 1), b'results', matrix(6, (1, 1), b'x' * 90, b'', large - 256), more=large
            ),
            100,
        ),
        (matrix(1, (1, 200000000), b'results'), 0),
        (matrix(1, (1, 1), b'results', matrix(1, (1, 200000000))), 0),
        (matrix(1, (1, 1), b'results', matrix(6, (-1, 4))), 0),
    ):
        path = inside('results.mat')
        hostile_maps.mat(path, content, zeros)
        yield path
    path = inside('maps', 'a.mat')
    hostile_maps.mat(path, matrix(6, (12000, 12000), b'I', length=12000 * 12000 * 8), 10)
    yield os.path.dirname(path)
    for chunks in ({'fillvalue': 1.0}, {'chunks': (40000, 10000)}):
        path = inside('results.mat')
        hostile_maps.cell_73(path, (40000, 20000), 'f8', **chunks)
        yield path
    path = inside('results.mat')
    hostile_maps.cell_73(
        path, (4, 4), 'f8', maxshape=(None, None), chunks=(40000, 10000), compression='gzip'
    )
    yield path
    for number in (1, 200000000):
        path = inside('results.mat')
        hostile_maps.references(path, number)  # that lead nowhere
        yield path
    for shape, size in (
        ((30000, 25000), 6 << 30),
        ((1 << 40, 1 << 40), 0),
        ((-1, 5), 0),
        ((12000, 12000), 12000**2 * 8),
    ):
        path = inside('maps', 'a.npy')
        hostile_maps.npy(path, shape, size)
        yield os.path.dirname(path)
    path = inside('maps', 'a.npy')
    with open(path, 'wb') as file:  # a head of 4 GB
        file.write(b'\x93NUMPY\x02\x00\xff\xff\xff\xff')
        file.truncate(5 << 30)
    yield os.path.dirname(path)
    for claimed in (None, 100):
        path = inside('maps.zip')
        hostile_maps.zipped(path, 'a.png', 400, claimed)
        yield path


def test_what_claims_gigabytes_is_refused_within_a_fraction_of_one():
    *lines, peak = subprocess.check_output(
        [sys.executable, '-c', READ] + list(claims()), timeout=300, universal_newlines=True
    ).splitlines()
    assert_equal(lines, [])
    assert_less(int(peak), 500 << 10)


def test_lists_of_version_73_with_large_chunks_or_null_references():
    for kind, chunks in (('f8', (40000, 10000)), ('u1', (40000, 10000))):
        path = inside('list.mat')
        hostile_maps.cell_73(
            path, (4, 4), kind, maxshape=(None, None), chunks=chunks, compression='gzip'
        )
        with open(path, 'rb') as file, assert_raises(ValueError) as caught:
            mat73.read(file)
        assert_in('a chunk of', str(caught.exception))
    path = inside('list.mat')
    hostile_maps.references(path, 1 << 23)  # half a gigabyte of objects
    with open(path, 'rb') as file:
        assert_raises(ValueError, mat73.read, file)


def test_letters_of_version_73_are_utf_16():
    path = inside('a.mat')
    save_73(path, s='caf\xe9')
    import h5py

    with h5py.File(path, 'r+') as file:
        file['pair'] = np.array([0xD83D, 0xDE00], 'uint16')[:, None]
        file['pair'].attrs['MATLAB_class'] = np.bytes_('char')
    with open(path, 'rb') as file:
        assert_equal(mat73.read(file), {'s': 'caf\xe9', 'pair': '\U0001f600'})


def test_cells_are_no_maps_where_they_are_negative_or_complex():
    for values in (-np.eye(3), np.eye(3) * 1j, np.full((2, 2), np.nan)):
        path = inside('results.mat')
        column = np.empty((1, 1), object)
        column[0, 0] = values
        scipy.io.savemat(path, {'results': column})
        refused(path)
    path = inside('results.mat')
    save_73(path, results=[-np.eye(3)])
    assert_in('negative', refused(path))


def test_packed_cells_of_either_byte_order_are_read_one_by_one():
    rng = np.random.RandomState(0)
    column = np.empty((3, 1), object)
    for index, side in enumerate((3, 50, 400)):
        column[index, 0] = rng.rand(side, side + 1)
    path = inside('results.mat')
    for packed in (False, True):
        scipy.io.savemat(path, {'other': np.eye(3), 'results': column}, do_compression=packed)
        assert_equal(cell_arrays.count(path), 3)
        for found, expected in zip(cell_arrays.read(path), column[:, 0]):
            np.testing.assert_array_equal(found, expected)


def test_damaged_archives_name_the_map_and_leave_the_others():
    picture = map_files.encode_png(np.linspace(0, 1, 600).reshape(20, 30))
    folder = tempfile.mkdtemp()
    record = Record('a', 'testing', 'gone.jpg', size=(20, 30))
    for path, whole in hostile_maps.damaged(folder, picture):
        text = refused(path)
        assert_less(len(text), 2000)
        with assert_raises(BadSubmission):
            archives.verify(path, [record])
        if whole:
            maps = predicted_maps.open_maps(path, ['a', 'b'], 'validation')
            if 'a' in maps.names:
                assert_in('a.png', text)
                list(maps.read(['a', 'b']))
            (found,) = maps.read(['b'])
            assert_equal(predicted_maps.decode(found).shape, (20, 30))


class Counted(io.BytesIO):
    """A file that counts how often it is read."""

    reads = 0

    def read(self, *args):
        self.reads += 1
        return super().read(*args)


def test_a_long_item_is_parsed_a_few_times_only():
    text = json.dumps([{'image_id': 7, 'saliency_map': 'A' * (24 << 20)}, {'image_id': 8}]).encode(
        'ascii'
    )
    file = Counted(text)
    assert_equal([item['image_id'] for item in result_json.read_items(file)], [7, 8])
    assert_less(file.reads, 16)


def test_lists_that_are_none_are_refused_shortly():
    for content in (
        b'[' * 50000,
        b'[' + b'{"a":' * 50000,
        b'[{"a": ' + b'9' * 5000,
        b'[{"image_id": "' + b'9' * 5000 + b'"}]',
        b'{"image_id": 3}',
        b'[{"image_id": "\xff"}]',
        b'[{}] x',
        b'',
        b'[{"image_id": []}]',
        b'[{"image_id": {}, "saliency_map": 3}]',
        b'[[]]',
        b'\xff' * 99,
        b'[{"image_id": 1, "saliency_map": "' + b'\xc3\xa9' * 50000,
    ):
        path = inside('results.json')
        with open(path, 'wb') as file:
            file.write(content)
        assert_less(len(refused(path)), 2000)
        path = inside('results.zip')
        with zipfile.ZipFile(path, 'w') as archive:
            for key in ('val', 'test'):
                archive.writestr(f'fixations_{key}2014_x_results.json', content)
        assert_less(len(refused(path)), 2000)
        val = Record('x_1', 'validation', '', size=(2, 3))
        with assert_raises(BadSubmission):
            archives.verify(path, {'val': [val], 'test': [val]})


def test_what_is_no_regular_file_is_refused_at_once():
    pipe = inside('maps', 'a.png')
    os.mkfifo(pipe)
    assert_in('a named pipe', refused(os.path.dirname(pipe)))
    for name in ('results.mat', 'maps.zip', 'results.json'):
        pipe, device = inside(name), inside(name)
        os.mkfifo(pipe)
        os.symlink('/dev/zero', device)
        assert_in('a named pipe', refused(pipe))
        assert_in('a device', refused(device))
    with assert_raises(BadFile):
        saliency_maps.read('/dev/zero')


def test_a_folder_that_cannot_be_listed_is_named():
    path = inside('maps', 'Action', 'a.png')
    root = os.path.dirname(os.path.dirname(path))
    for folder in (tempfile.gettempdir(), os.path.dirname(root), root):
        os.chmod(folder, 0o755)
    os.chmod(os.path.join(root, 'Action'), 0)
    me = os.geteuid()
    if me == 0:  # root may read everything
        os.seteuid(65534)
    try:
        assert_in('Action', refused(root))
    finally:
        os.seteuid(me)
