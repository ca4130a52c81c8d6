"""Bad files through the real command: exit code 2, the file and its cause,
no traceback, nothing under a final name; with --skip-bad the rest goes on."""

import functools
import io
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

import h5py
import numpy as np
import scipy.io
import scipy.sparse
from nose.tools import (
    assert_equal,
    assert_false,
    assert_in,
    assert_less,
    assert_not_in,
    assert_raises,
)
from PIL import Image

from juntingnet_theano.cache import open_cache
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import mat5, matfiles
from juntingnet_theano.saliency_maps import maps as saliency_maps
from tests.helpers.damaged_files import saved
from tests.helpers.mat_files import cells, structs, touch
from tests.helpers.output import captured

SIZE = (40, 30)  # width, height, as Pillow has them
MAX_MEMORY = 10**9


def jpeg():
    noise = np.random.RandomState(0).randint(0, 255, SIZE[::-1] + (3,))
    return saved(Image.fromarray(noise.astype('uint8')).save, 'JPEG')


def png(size, mode='RGB'):
    return saved(Image.new(mode, size).save, 'PNG')


def mat(value, **options):
    return saved(scipy.io.savemat, {'I': value}, **options)


def claiming(data, *dims):
    """A MAT file whose first variable says that it has these dimensions."""
    data = bytearray(data)
    data[160:168] = struct.pack('<ii', *dims)
    return bytes(data)


HEAD = b'MATLAB 5.0 MAT-file'.ljust(124) + struct.pack('<H', 256) + b'IM'
EMPTY = struct.pack('<II', 14, 0)


def matrix(kind, dims, name, content):
    """One array of a MAT file: its class, dimensions, name and content."""
    body = struct.pack('<IIII', 6, 8, kind, 0)
    body += struct.pack('<IIii', 5, 8, *dims)
    body += struct.pack('<II', 1, len(name)) + name.ljust(8 if name else 0, b'\0') + content
    return struct.pack('<II', 14, len(body)) + body


def packed(data):
    """A MAT file of one compressed array."""
    data = zlib.compress(data)
    return HEAD + struct.pack('<II', 15, len(data)) + data


def nested(levels):
    """A cell in a cell in a cell ..."""
    inner = EMPTY
    for level in range(levels, 0, -1):
        inner = matrix(1, (1, 1), b'I' if level == 1 else b'', inner)
    return HEAD + inner


def circle():
    file = io.BytesIO()
    with h5py.File(file, 'w') as opened:
        opened.create_dataset('I', (1,), h5py.ref_dtype)[0] = opened['/'].ref
    return file.getvalue()


@functools.lru_cache(None)
def images():
    """Name of a bad image -> content, and what is said of it."""
    whole = jpeg()
    bomb = png((20000, 20000), '1')
    return {
        'empty.jpg': (b'', '0 bytes'),
        'text.jpg': (b'no picture at all', 'not an image'),
        'page.jpg': (b'<!DOCTYPE html><html>404</html>', 'not an image'),
        'head.jpg': (whole[:4], 'not an image'),
        'half.jpg': (whole[: len(whole) // 2], 'truncated'),
        'half.png': (png((40, 30))[:60], 'a complete file'),
        'bomb.png': (bomb, 'decompression bomb'),
        'cutbomb.png': (bomb[:300], 'decompression bomb'),
        'large.png': (png((9000, 9000), '1'), '9000 x 9000 pixels'),
    }


@functools.lru_cache(None)
def maps():
    """Name of a bad map -> content, and what is said of it."""
    values = np.random.RandomState(0).rand(SIZE[1], SIZE[0])
    nan, negative = values.copy(), values.copy()
    nan[3, 4], negative[3, 4] = np.nan, -1
    one = {'a': 1}
    return {
        'nan.npy': (saved(np.save, nan), 'not finite'),
        'infinite.npy': (saved(np.save, values * np.inf), 'not finite'),
        'negative.mat': (mat(negative), 'negative'),
        'complex.mat': (mat(values * 1j), 'complex'),
        'deep.npy': (saved(np.save, np.zeros((30, 40, 3))), '(30, 40, 3)'),
        'pickle.npy': (saved(np.save, np.array([one]), allow_pickle=True), 'allow_pickle'),
        'small.npy': (saved(np.save, values[:9]), '9 x 40 pixels'),
        'empty.mat': (b'', 'empty.mat'),
        'other.mat': (saved(scipy.io.savemat, {'map': values}), "no variable 'I'"),
        'text.mat': (mat('text'), 'text.mat'),
        'struct.mat': (mat(one), 'struct.mat'),
        'cell.mat': (mat(cells([values])), 'cell.mat'),
        'half.mat': (mat(values)[:2000], 'half.mat'),
        'huge.mat': (claiming(mat(values), 1 << 30, 1 << 30), '1073741824'),
        'hugecell.mat': (claiming(mat(cells([1, 2])), 8000, 8000), '64,000,000 cells'),
        'nested.mat': (nested(100), 'too deep'),
        'circle.mat': (circle(), 'levels'),
        'zeros.mat': (mat(np.zeros((30, 40)))[:136] + bytes(9), 'zeros.mat'),
    }


def write(data, *parts):
    with open(touch(*parts), 'wb') as file:
        file.write(data)


def refused(root, name, *parts):
    """Preprocess a set that must fail, saying these parts."""
    cache = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
    code, _, error = captured(['preprocess', name, '--raw', root, '--cache', cache, '--workers', 1])
    assert_equal(code, 2, error)
    for part in parts:
        assert_in(part, error)
    assert_not_in('Traceback', error)
    assert_equal(os.listdir(os.path.dirname(cache)), [])


def test_every_bad_image_is_named_with_its_cause():
    for name, (data, cause) in images().items():
        root = tempfile.mkdtemp()
        write(data, root, name)
        refused(root, 'folder', os.path.join(root, name), cause)


def test_every_bad_map_is_named_with_its_cause():
    for name, (data, cause) in maps().items():
        root = tempfile.mkdtemp()
        stem, _ = os.path.splitext(name)
        write(png(SIZE), root, 'images', stem + '.png')
        write(data, root, 'maps', name)
        refused(root, 'folder', os.path.join(root, 'maps', name), cause)


def test_every_bad_list_is_named():
    whole = saved(
        scipy.io.savemat, {'training': structs([{'image': 'a', 'resolution': [[30, 40]]}] * 2)}
    )
    for data, cause in (
        (b'', 'training.mat'),
        (b'words' * 99, 'training.mat'),
        (whole[:200], 'ends within'),
        (nested(100), "'training'"),
        (claiming(whole, 1 << 30, 4), 'cells in'),
        (claiming(whole, -1, 4), 'dimensions'),
        (saved(scipy.io.savemat, {'training': np.eye(3)}), 'no struct array'),
        (saved(scipy.io.savemat, {'training': 'text'}), 'no struct array'),
        (saved(scipy.io.savemat, {'training': cells(['a'])}), 'training.mat'),
    ):
        root = tempfile.mkdtemp()
        for split in ('training', 'validation', 'testing'):
            write(data, root, split + '.mat')
        for folder in ('images', 'saliency'):
            write(b'', root, folder, 'a.jpg')
        refused(root, 'isun', os.path.join(root, 'training.mat'), cause)


def test_odd_shapes_and_empty_maps_are_no_mistakes():
    root = tempfile.mkdtemp()
    for name, size in (('one', (1, 1)), ('wide', (20000, 1)), ('high', (1, 20000)), ('zero', SIZE)):
        write(png(size), root, 'images', name + '.png')
        write(saved(np.save, np.zeros(size[::-1])), root, 'maps', name + '.npy')
    cache = os.path.join(root, 'a.hdf5')
    code, _, error = captured(['preprocess', 'folder', '--raw', root, '--cache', cache])
    assert_equal(code, 0, error)
    with open_cache(cache) as opened:
        assert_equal(opened.count('training'), 4)
        assert_equal(opened.maps('training').max(), 0)


# Its own peak: that of `wait4` counts what the parent had when it forked.
PROGRAM = """
import os, sys
from juntingnet_theano.cli.main import main
code = main(sys.argv[1:])
if os.path.exists('/proc/self/status'):
    print(open('/proc/self/status').read())
sys.exit(code)
"""


def bad_and_good(root):
    """A folder of three good images and all bad ones, and their names."""
    names = set()
    for name in ('good1', 'good2', 'good3'):
        write(png(SIZE), root, 'images', name + '.png')
        write(saved(np.save, np.eye(*SIZE[::-1])), root, 'maps', name + '.npy')
    for name, (data, _) in images().items():
        names.add('image' + name.replace('.', ''))
        write(data, root, 'images', 'image' + name.replace('.', '') + '.jpg')
        write(
            saved(np.save, np.eye(*SIZE[::-1])),
            root,
            'maps',
            'image' + name.replace('.', '') + '.npy',
        )
    for name, (data, _) in maps().items():
        stem, extension = os.path.splitext(name)
        stem = 'map' + stem + extension[1:]
        names.add(stem)
        write(png(SIZE), root, 'images', stem + '.png')
        write(data, root, 'maps', stem + extension)
    return names


def test_skip_bad_goes_on_lists_them_and_stays_below_a_gigabyte():
    root = tempfile.mkdtemp()
    names = bad_and_good(root)
    cache = os.path.join(root, 'a.hdf5')
    out = subprocess.check_output(
        [
            sys.executable,
            '-c',
            PROGRAM,
            'preprocess',
            'folder',
            '--raw',
            root,
            '--cache',
            cache,
            '--skip-bad',
            '--workers',
            '1',
        ],
        stderr=subprocess.STDOUT,
    ).decode()
    assert_not_in('Traceback', out)
    with open_cache(cache) as opened:
        assert_equal(opened.names('training'), ['good1', 'good2', 'good3'])
        assert_equal({name for _, name, _ in opened.skipped}, names)
    for name in names:
        assert_in(f'skipped training {name}: ', out)
    peak = re.search(r'VmHWM:\s+(\d+) kB', out)
    if peak is None:
        raise unittest.SkipTest('the system does not tell the peak memory')
    assert_less(int(peak.group(1)) * 1024, MAX_MEMORY)


def test_nothing_at_all_that_can_be_read_is_an_error_in_spite_of_skip_bad():
    root = tempfile.mkdtemp()
    write(b'', root, 'a.jpg')
    cache = os.path.join(root, 'a.hdf5')
    code, _, error = captured(
        ['preprocess', 'folder', '--raw', root, '--cache', cache, '--skip-bad']
    )
    assert_equal(code, 2)
    assert_in('none of 1 images could be read', error)
    assert_false(os.path.exists(cache))
    out = os.path.join(root, 'out')
    code, _, error = captured(['predict', root, '--model', 'centre', '--out', out, '--skip-bad'])
    assert_equal(code, 2)
    assert_in('none of 1 pictures could be read', error)


# --- claims of MAT files ----------------------------------------------------


def check(data, variable=None):
    mat5.check(io.BytesIO(data), variable)


def refusal(data):
    with assert_raises(ValueError) as raised:
        check(data)
    return str(raised.exception)


def test_true_mat_files_pass_whatever_they_hold():
    gaze = structs([{'fixation': np.ones((2, 2)), 't': np.float32(1)}] * 3)
    for value in (
        np.zeros((0, 0)),
        'text',
        '',
        'ä',
        7,
        np.eye(3, dtype=bool),
        np.ones((2, 3, 4)),
        gaze,
        cells(['a', gaze, cells([])]),
        {},
        {'a': {'b': {'c': [[1.0]]}}},
        1j,
    ):
        for options in ({}, {'do_compression': True}):
            check(mat(value, **options))
    check(mat(np.eye(3), format='4'))
    check(b'')


def test_claims_beyond_the_file_are_refused():
    many = mat(structs([{'a': 1, 'b': 'c'}] * 2))
    assert_in('cells in', refusal(claiming(many, 1 << 20, 1 << 10)))
    assert_in('cells in', refusal(claiming(mat(cells([1])), 1 << 30, 1)))
    assert_in('letters in', refusal(claiming(mat('text'), 1 << 30, 2)))
    assert_in('dimensions', refusal(claiming(many, -5, 1)))
    assert_in('ends within', refusal(many[:-8]))
    assert_in('too deep', refusal(nested(10)))
    check(nested(5))


def test_bombs_are_refused():
    # 70 MB of zeros in 70 kB: in a cell, in a letter, in two numbers, in many.
    zeros = struct.pack('<II', 9, 70000000) + bytes(70000000)
    for kind, dims, content, cause in (
        (1, (1, 1), matrix(6, (10000, 875), b'', zeros), 'would become'),
        (4, (1, 1), zeros, 'in 70,000,000 bytes'),
        (6, (2, 1), zeros, '2 numbers in 70,000,000 bytes'),
        (6, (10000, 875), zeros, 'in 70,000,000 bytes'),
    ):
        bomb = packed(matrix(kind, dims, b'I', content))
        assert_less(len(bomb), 200000)
        assert_in(cause, refusal(bomb))
    free, mat5.FREE_MATRICES = mat5.FREE_MATRICES, 1000
    try:
        assert_in('too many', refusal(packed(matrix(1, (20000, 1), b'I', EMPTY * 20000))))
    finally:
        mat5.FREE_MATRICES = free


def test_a_map_that_is_the_same_everywhere_is_no_bomb():
    check(mat(np.zeros((1080, 1920)), do_compression=True))


def test_types_that_scipy_does_not_know_are_refused():
    # They make it crash, also deep within a struct.
    wrong = struct.pack('<II', 0xA909, 8) + bytes(8)
    small = struct.pack('<HHI', 8, 4, 0)
    for content in (wrong, small):
        inner = matrix(6, (1, 1), b'', content)
        for data in (
            matrix(6, (1, 1), b'I', content),
            matrix(4, (1, 1), b'I', content),
            matrix(1, (1, 1), b'I', inner),
        ):
            assert_in('an element of type', refusal(HEAD + data))
            assert_in('an element of type', refusal(packed(data)))
    for kind in (0, 16, 17, 99):
        assert_in('a value of class', refusal(HEAD + matrix(kind, (1, 1), b'I', b'')))


def test_an_array_without_its_numbers_is_refused():
    # SciPy would take what stands behind it for them, and crash.
    for kind in (4, 6):
        inner = matrix(kind, (1, 1), b'', b'')
        for data in (matrix(kind, (1, 1), b'I', b''), matrix(1, (2, 1), b'I', inner + EMPTY)):
            assert_in('within its head', refusal(HEAD + data + EMPTY))


def test_sparse_matrices_are_refused_since_their_indices_are_trusted():
    whole = mat(scipy.sparse.csc_matrix(np.eye(4)))
    assert_in('sparse', refusal(whole))
    with assert_raises(BadFile) as raised:
        saliency_maps.decode(io.BytesIO(whole), 'a.mat')
    assert_in('sparse', str(raised.exception))


def test_other_variables_are_passed_over():
    data = saved(scipy.io.savemat, {'a': structs([{'x': 1}] * 2), 'b': 'text'})
    data = claiming(data, 1 << 20, 1 << 10)
    check(data, 'b')
    with assert_raises(ValueError):
        check(data, 'a')
    assert_equal(matfiles.read(io.BytesIO(data), 'a.mat', 'b'), 'text')
