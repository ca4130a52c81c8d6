"""Compiled kernels: kept on disk, never stale, for any number of threads."""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_not_equal

import engines      # noqa: F401  (skips where the original Theano serves)

import juntingnet_theano

ROOT = os.path.dirname(os.path.dirname(
    os.path.abspath(juntingnet_theano.__file__)))

PROGRAM = '''
import sys
import numpy as np
import juntingnet_theano, theano, pytensor
import pytensor.tensor as pt
import juntingnet_theano.theano_facade.link.numba
from juntingnet_theano.theano_facade.tensor.nnet.abstract_conv import conv2d
x, w = pt.tensor4('x', dtype='float32'), pt.tensor4('w', dtype='float32')
run = pytensor.function([x, w], conv2d(x, w, border_mode='half'), mode='NUMBA')
rng = np.random.RandomState(0)
maps = run(rng.rand(5, 2, 7, 7).astype('f'), rng.rand(3, 2, 3, 3).astype('f'))
np.save(sys.argv[1], maps)
'''


@contextlib.contextmanager
def scratch():
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def run(folder, root=ROOT, threads='2'):
    """(maps, files of the disk cache) of a process of its own."""
    out = os.path.join(folder, 'maps.npy')
    environment = dict(
        os.environ, PYTHONPATH=root, NUMBA_NUM_THREADS=threads,
        PYTENSOR_FLAGS='base_compiledir=' + os.path.join(folder, 'cache'))
    environment.pop('THEANO_FLAGS', None)
    subprocess.run([sys.executable, '-c', PROGRAM, out], env=environment,
                   cwd=folder, check=True, timeout=300)
    cache = os.path.join(folder, 'cache', 'numba')
    files = {name: os.stat(os.path.join(cache, name)).st_mtime_ns
             for name in os.listdir(cache)}
    return np.load(out), files


def test_second_process_compiles_nothing_whatever_its_threads():
    with scratch() as folder:
        maps, files = run(folder)
        for threads in ('2', '1', '3'):
            again, files_after = run(folder, threads=threads)
            assert_equal(files_after, files)
            np.testing.assert_array_equal(again, maps)


def test_kernel_whose_source_changed_is_compiled_again():
    with scratch() as folder:
        package = os.path.join(folder, 'copy', 'juntingnet_theano')
        shutil.copytree(os.path.dirname(juntingnet_theano.__file__), package)
        root = os.path.dirname(package)
        maps, files = run(folder, root)
        path = os.path.join(package, 'theano_facade', 'link', 'numba',
                            'conv.py')
        with open(path) as file:
            source = file.read()
        line = 'np.dot(matrix, columns, maps[n])'
        assert_equal(source.count(line), 1)
        with open(path, 'w') as file:
            file.write(source.replace(
                line, 'np.dot(matrix, 2 * columns, maps[n])'))
        doubled, files_after = run(folder, root)
        np.testing.assert_allclose(doubled, 2 * maps, rtol=1e-6)
        assert_not_equal(set(files_after), set(files))
