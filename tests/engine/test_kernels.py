"""Compiled kernels: kept on disk, never stale, for any number of threads."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_not_equal, assert_true

import juntingnet_theano
from tests.helpers import engines  # noqa: F401  (skips where the original Theano serves)

START = """
import os, sys
import numpy as np
import juntingnet_theano, theano, pytensor
import pytensor.tensor as pt
import juntingnet_theano.engine.numba
from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import conv2d
rng = np.random.RandomState(0)
x, w = pt.tensor4('x', dtype='float32'), pt.tensor4('w', dtype='float32')
a, b = pt.matrix('a', dtype='float32'), pt.matrix('b', dtype='float32')
c = theano.shared(rng.rand(4, 3).astype('f'))
given = [
    rng.rand(*shape).astype('f') for shape in ((9, 20), (30, 20), (5, 2, 7, 7), (3, 2, 3, 3))
]
product, sums = pt.dot(a, b.T), theano.tensor.nnet.relu(a[:, :4].dot(c) - 1).sum(axis=0)
maps = conv2d(x, w, border_mode='half')
"""
PROGRAM = (
    START
    + """
product, sums, column, maps = theano.function(
    [a, b, x, w], [product, sums, a.sum(axis=0), maps]
)(*given)
np.savez(sys.argv[1], product=product, sums=sums, column=column, maps=maps)
"""
)
# A convolution takes seconds to compile: that numba begins to is enough.
CHANGED = (
    START
    + """
product, column = theano.function([a, b], [product, a.sum(axis=0)])(*given[:2])
np.savez(sys.argv[1], product=product, column=column)
from numba.core import event
class Listener(event.Listener):
    def on_start(self, event):
        function = event.data['dispatcher'].py_func
        if (function.__module__.split('.')[-2:], function.__name__) == (
            ['dispatch', 'conv'], 'forward'
        ):
            os._exit(0)
    def on_end(self, event):
        pass
event.register('numba:compile', Listener())
theano.function([x, w], maps)(*given[2:])
sys.exit('the convolution was not compiled')
"""
)


FOLDER = tempfile.mkdtemp()
COPY = os.path.join(FOLDER, 'copy')


def teardown_module():
    shutil.rmtree(FOLDER)


def run(threads='2', program=PROGRAM):
    """(results, kernels on disk) of a process of its own."""
    out = os.path.join(FOLDER, 'results.npz')
    cache = os.path.join(FOLDER, 'cache')
    environment = dict(
        os.environ,
        PYTHONPATH=COPY,
        NUMBA_NUM_THREADS=threads,
        PYTENSOR_FLAGS='base_compiledir=' + cache,
    )
    environment.pop('THEANO_FLAGS', None)
    subprocess.run(
        [sys.executable, '-c', program, out], env=environment, cwd=FOLDER, check=True, timeout=300
    )
    files = {
        name: os.stat(os.path.join(place, name)).st_mtime_ns
        for place, _, names in os.walk(cache)
        for name in names
        if name.endswith('.kernel')
    }
    assert_true(files)
    with np.load(out) as results:
        return dict(results), files


@functools.lru_cache(maxsize=None)
def first():
    """What the first process found and left, on a copy of the package."""
    shutil.copytree(
        os.path.dirname(juntingnet_theano.__file__),
        os.path.join(COPY, 'juntingnet_theano'),
        ignore=shutil.ignore_patterns('shipped', '__pycache__'),
    )
    return run()


def test_second_process_compiles_nothing_whatever_its_threads():
    results, files = first()
    for threads in ('1', '3'):
        again, files_after = run(threads)
        assert_equal(files_after, files)
        for name in results:
            np.testing.assert_array_equal(again[name], results[name])


def test_kernels_whose_source_changed_are_compiled_again():
    results, files = first()
    change(
        os.path.join('dispatch', 'reductions.py'),
        'totals[column] += matrix[row, column]',
        'totals[column] += 2 * matrix[row, column]',
    )
    # In a folder further down. A product is a tile's sum added to a start,
    # here 0.
    change(
        os.path.join('kernels', 'lanes.py'),
        'builder.fadd(*values)',
        'builder.fadd(values[0], values[0])',
    )
    doubled, files_after = run(program=CHANGED)
    for name in ('product', 'column'):
        np.testing.assert_allclose(doubled[name], 2 * results[name], rtol=1e-6)
    assert_not_equal(set(files_after), set(files))


def change(path, line, changed):
    """Change a line of the engine's copy for good."""
    path = os.path.join(COPY, 'juntingnet_theano', 'engine', 'numba', path)
    with open(path) as file:
        source = file.read()
    assert_equal(source.count(line), 1)
    with open(path, 'w') as file:
        file.write(source.replace(line, changed))
