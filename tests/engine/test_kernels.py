"""Compiled kernels: kept on disk, never stale, for any number of threads."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_not_equal, assert_true

import juntingnet_theano
from tests.helpers import engines  # noqa: F401  (skips where the original Theano serves)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(juntingnet_theano.__file__)))

PROGRAM = """
import sys
import numpy as np
import juntingnet_theano, theano, pytensor
import pytensor.tensor as pt
import juntingnet_theano.engine.numba
from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import conv2d
rng = np.random.RandomState(0)
{}
np.save(sys.argv[1], run(*given))
"""
CONVOLUTION = PROGRAM.format("""
x, w = pt.tensor4('x', dtype='float32'), pt.tensor4('w', dtype='float32')
run = theano.function([x, w], conv2d(x, w, border_mode='half'))
given = rng.rand(5, 2, 7, 7).astype('f'), rng.rand(3, 2, 3, 3).astype('f')
""")
PRODUCT = PROGRAM.format("""
x, w = pt.matrix('x', dtype='float32'), pt.matrix('w', dtype='float32')
run = theano.function([x, w], pt.dot(x, w.T))
given = rng.rand(9, 20).astype('f'), rng.rand(30, 20).astype('f')
""")
GRAPH = PROGRAM.format("""
x, w = theano.tensor.matrix('x'), theano.shared(rng.rand(4, 3).astype('f'))
run = theano.function([x], theano.tensor.nnet.relu(x.dot(w) - 1).sum(axis=0))
given = rng.rand(5, 4).astype('f'),
""")


@contextlib.contextmanager
def scratch():
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def run(folder, root=ROOT, threads='2', program=CONVOLUTION):
    """(result, files of the disk cache) of a process of its own."""
    out = os.path.join(folder, 'result.npy')
    environment = dict(
        os.environ,
        PYTHONPATH=root,
        NUMBA_NUM_THREADS=threads,
        PYTENSOR_FLAGS='base_compiledir=' + os.path.join(folder, 'cache'),
    )
    environment.pop('THEANO_FLAGS', None)
    subprocess.run(
        [sys.executable, '-c', program, out], env=environment, cwd=folder, check=True, timeout=300
    )
    files = {
        name: os.stat(os.path.join(place, name)).st_mtime_ns
        for place, _, names in os.walk(os.path.join(folder, 'cache'))
        for name in names
        if name.endswith('.kernel')
    }
    assert_true(files)
    return np.load(out), files


def test_second_process_compiles_nothing_whatever_its_threads():
    with scratch() as folder:
        maps, files = run(folder)
        for threads in ('2', '1', '3'):
            again, files_after = run(folder, threads=threads)
            assert_equal(files_after, files)
            np.testing.assert_array_equal(again, maps)


def test_second_process_compiles_no_graph():
    with scratch() as folder:
        sums, files = run(folder, program=GRAPH)
        again, files_after = run(folder, program=GRAPH)
        assert_equal(files_after, files)
        np.testing.assert_array_equal(again, sums)


def check_compiled_again(program, path, line, changed):
    """A process that finds `line` of a kernel's source changed, so that the
    result is doubled, must double it."""
    with scratch() as folder:
        package = os.path.join(folder, 'copy', 'juntingnet_theano')
        shutil.copytree(os.path.dirname(juntingnet_theano.__file__), package)
        root = os.path.dirname(package)
        result, files = run(folder, root, program=program)
        path = os.path.join(package, 'engine', 'numba', path)
        with open(path) as file:
            source = file.read()
        assert_equal(source.count(line), 1)
        with open(path, 'w') as file:
            file.write(source.replace(line, changed))
        doubled, files_after = run(folder, root, program=program)
        np.testing.assert_allclose(doubled, 2 * result, rtol=1e-6)
        assert_not_equal(set(files_after), set(files))


def test_kernel_whose_source_changed_is_compiled_again():
    check_compiled_again(
        CONVOLUTION,
        os.path.join('dispatch', 'conv.py'),
        'np.dot(matrix, columns, maps[n])',
        'np.dot(matrix, 2 * columns, maps[n])',
    )


def test_kernel_in_a_subfolder_whose_source_changed_is_compiled_again():
    # A product is a tile's sum added to a start, here 0.
    check_compiled_again(
        PRODUCT,
        os.path.join('kernels', 'lanes.py'),
        'builder.fadd(*values)',
        'builder.fadd(values[0], values[0])',
    )
