"""Kernels among threads and processes: same bits, no crash, no idle core.

One function uses every kernel that shares work out: joined convolution and
pooling, plain convolution, poolings, products, updates and random streams.
"""

import functools
import hashlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
from nose.tools import assert_equal, assert_less

from juntingnet_theano.engine.names.sandbox.rng_mrg import MRG_RandomStreams
from tests.helpers import ROOT
from tests.helpers.engines import normal

import theano
import theano.tensor as T

FOLDER = ROOT


@functools.lru_cache(maxsize=None)
def step(name='first'):
    """(function with every kernel, its shared variables, their values); as
    Theano's, a function serves one thread at a time."""
    x, size = T.tensor4('x'), (6, 3, 3, 3)
    filters, bias, weights = (
        theano.shared(each) for each in normal(0, size, (6,), (96, 1024))
    )  # several strips of BLAS's
    maps = T.nnet.conv2d(x, filters, filter_shape=size)
    joined = T.signal.pool.pool_2d(
        T.nnet.relu(maps + bias.dimshuffle('x', 0, 'x', 'x')), (2, 2), ignore_border=True
    )
    product = joined.flatten(2).dot(weights)
    plain = T.signal.pool.pool_2d(
        T.nnet.conv2d(x, filters, border_mode='half', filter_shape=size),
        (3, 2),
        ignore_border=True,
        mode='average_exc_pad',
    )
    largest = T.signal.pool.pool_2d(x, (3, 3), ignore_border=True)
    noise = MRG_RandomStreams(3).uniform((4, 50))
    cost = (product**2).sum() / 1e4
    run = theano.function(
        [x],
        [joined, product, plain, largest, noise]
        + T.grad(cost, [filters, bias])
        + T.grad((plain**2).sum() + (largest**2).sum(), [filters, x]),
        updates={weights: weights - np.float32(1e-3) * T.grad(cost, weights)},
    )
    shared = [weights] + [each for each in run.get_shared() if each.type.dtype == 'int32']
    return run, shared, [each.get_value() for each in shared]


def results(seed=5, name='first'):
    """What the function gives for one batch, from the same start."""
    run, shared, start = step(name)
    for variable, value in zip(shared, start):
        variable.set_value(value)
    (batch,) = normal(seed, (40, 3, 10, 10))
    return [np.asarray(each) for each in run(batch)] + [shared[0].get_value()]


def digest(seed=5, name='first'):
    """Of all results."""
    return hashlib.sha256(b''.join(each.tobytes() for each in results(seed, name))).hexdigest()


def of_two_threads(seeds=range(6)):
    """Digests by two Python threads that call functions at once."""
    found = {}

    def call(name):
        found[name] = [digest(seed, name) for seed in seeds]

    threads = [threading.Thread(target=call, args=(name,)) for name in ('first', 'second')]
    for each in ('first', 'second'):
        step(each)
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found['first'], found['second']


def in_child(function):
    """Exit status of a forked process: 0 if `function` returns True there."""
    with warnings.catch_warnings():
        # Python's own: a fork with threads may lock up. Ours must not.
        warnings.simplefilter('ignore', DeprecationWarning)
        process = os.fork()
    if process == 0:
        status = 1
        try:
            status = 0 if function() else 2
        finally:
            os._exit(status)
    for _ in range(600):
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return status
        time.sleep(0.1)
    os.kill(process, 9)
    os.waitpid(process, 0)
    return 'still running after a minute'


def start(code, **environ):
    """A fresh Python with this module as `t`."""
    return subprocess.Popen(
        [sys.executable, '-c', 'from tests.engine import test_threads as t\n' + code],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        env=dict(os.environ, **environ),
    )


def printed(process):
    """The last line of what a process of `start` prints; it must succeed."""
    out, error = process.communicate(timeout=300)
    assert_equal(process.returncode, 0, error)
    return out.split('\n')[-2]


def test_two_python_threads_at_once_get_the_right_bits():
    expected = [digest(seed) for seed in range(6)]
    assert_equal(of_two_threads(), (expected, expected))


def test_forked_child_computes_the_same_bits_again_and_again():
    expected = results()
    for _ in range(2):
        assert_equal(in_child(lambda: digest() == digest()), 0)

    def same():
        for one, truth in zip(results(), expected):
            np.testing.assert_array_equal(one, truth)
        return True

    assert_equal(in_child(same), 0)
    same()


def test_threads_compiling_and_grandchildren_work_in_a_forked_child():
    expected = digest()

    def compiled_there():
        x = T.matrix('x')
        run = theano.function([x], x.dot(x.T))
        (batch,) = normal(0, (70, 90))
        return np.allclose(run(batch), batch.dot(batch.T), atol=1e-3)

    assert_equal(in_child(lambda: of_two_threads([5]) == ([expected], [expected])), 0)
    assert_equal(in_child(compiled_there), 0)
    assert_equal(in_child(lambda: in_child(lambda: digest() == expected) == 0), 0)


def test_child_forked_before_any_kernel_has_all_threads():
    # Nothing was started yet that the child could miss.
    code = (
        'import os, numba\n'
        'done = os.fork()\n'
        'if done: os._exit(os.waitpid(done, 0)[1] and 1)\n'
        'print(t.digest(), numba.get_num_threads())\n'
    )
    assert_equal(printed(start(code, NUMBA_NUM_THREADS='2')), f'{digest()} 2')


def test_spawned_workers_compute_the_same_bits():
    with multiprocessing.get_context('spawn').Pool(2) as pool:
        found = pool.map(digest, [5, 6, 5])
    assert_equal(found, [digest(5), digest(6), digest(5)])


def has_tbb(folder):
    """Whether numba finds the tbb layer; pip puts the library where the
    loader does not look."""
    return (
        subprocess.call(
            [sys.executable, '-c', 'from numba.np.ufunc import tbbpool'],
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, LD_LIBRARY_PATH=folder),
        )
        == 0
    )


def test_every_layer_and_number_of_threads_gives_the_same_bits():
    library = os.path.join(sys.prefix, 'lib')
    layers = ['omp', 'workqueue'] + (['tbb'] if has_tbb(library) else [])
    code = (
        'import numba\n'
        't.digest(name="first"), t.digest(name="second")\n'
        'first, second = t.of_two_threads([5, 6] * 20)\n'
        'child = t.in_child(lambda: t.digest() == first[0])\n'
        'all = numba.get_num_threads()\n'
        'fewer = [numba.set_num_threads(min(n, all)) or t.digest() for n in (1, 4)]\n'
        'print(first == second, first[0], numba.threading_layer(), all, child, *fewer)\n'
    )
    runs = [
        (
            layer,
            threads,
            start(
                code,
                NUMBA_THREADING_LAYER=layer,
                NUMBA_NUM_THREADS=threads,
                LD_LIBRARY_PATH=library,
            ),
        )
        for layer, threads in zip(layers, '381')
    ]
    expected = digest()
    for layer, threads, process in runs:
        assert_equal(printed(process), f'True {expected} {layer} {threads} 0 {expected} {expected}')


def test_no_core_is_busy_after_a_call():
    digest()
    time.sleep(0.1)  # a thread looks for more work for a moment
    before = time.process_time()
    time.sleep(0.3)
    assert_less(time.process_time() - before, 0.05)
