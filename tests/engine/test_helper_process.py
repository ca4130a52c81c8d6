"""Kernels in a second process, and by one process at a time."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numba
from nose.tools import assert_equal, assert_false, assert_in, assert_raises, assert_true
from numba.core import types

import juntingnet_theano
from juntingnet_theano.engine.numba.runtime import kernel_addresses
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, part
from tests.helpers import (
    engines,  # noqa: F401  (skips where the original Theano serves)
    processes,
)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(juntingnet_theano.__file__)))
# Prints, as JSON, the names of the kernels that were compiled in it.
PROGRAM = """
import json, sys, time
import numpy as np
import juntingnet_theano, theano
from numba.core import event
from pytensor.link.numba.cache import CACHED_SRC_FUNCTIONS
from juntingnet_theano.engine.numba.runtime import helper_process as ahead
compiled = []
class Listener(event.Listener):
    def on_start(self, event):
        function = event.data['dispatcher'].py_func
        if \'.kernels.\' in CACHED_SRC_FUNCTIONS.get(function, \'\'):
            compiled.append(function.__name__)
    def on_end(self, event):
        pass
event.register('numba:compile', Listener())
x = theano.tensor.matrix()
weights = [theano.shared(np.eye(9, 9, k, 'float32')) for k in range(4)]
product = x
for each in weights:
    product = product.dot(each)
run = theano.function([x], product)
given = np.arange(81, dtype='float32').reshape(9, 9)
{}
expected = given
for each in weights:
    expected = expected.dot(each.get_value())
np.testing.assert_array_equal(run(given), expected)
print(json.dumps(compiled))
"""


@contextlib.contextmanager
def program(middle=''):
    """A function that starts the program with one cache for all starts."""
    folder = tempfile.mkdtemp()
    environment = dict(
        os.environ,
        PYTHONPATH=ROOT,
        NUMBA_NUM_THREADS='2',
        PYTENSOR_FLAGS='base_compiledir=' + folder,
    )
    environment.pop('THEANO_FLAGS', None)
    try:
        yield lambda: processes.start(
            [sys.executable, '-c', PROGRAM.format(middle)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    finally:
        shutil.rmtree(folder)


def compiled_in(process):
    out, errors = process.communicate(timeout=120)
    assert_equal(process.returncode, 0, errors.decode())
    return json.loads(out.decode())


def test_the_second_process_leaves_nothing_to_compile():
    middle = 'second = ahead.start(ahead._nodes)\nassert second.wait(timeout=100) == 0'
    with program(middle) as start:
        assert_equal(compiled_in(start()), [])


def test_of_two_processes_one_compiles_each_kernel():
    with program('ahead.FEWEST = 99') as start:
        both = [start(), start()]
        names = sum((compiled_in(each) for each in both), [])
        assert_in('_few_part', names)
        assert_equal(sorted(names), sorted(set(names)))


def test_the_second_process_leaves_with_the_first():
    middle = 'print(ahead.start(ahead._nodes).pid, flush=True)\ntime.sleep(100)'
    with program(middle) as start:
        process = start()
        second = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        end = time.time() + 20
        while time.time() < end and is_running(second):
            time.sleep(0.1)
        assert_false(is_running(second))


def is_running(pid):
    """Whether there is a process that has not ended, waited for or not."""
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


def add_one(number):
    return number + 1


def add_two(number):
    return number + 2


def test_what_is_wanted_later_is_compiled_when_it_is_made_ready():
    kernel = part(add_one)
    with kernel_addresses.later():
        call = entry(kernel, types.int64, returns=types.int64)
        answer = numba.njit(lambda: call((41,)))
        answer.compile(())
    assert_false(kernel.overloads)
    kernel_addresses.make_ready()
    assert_equal(answer(), 42)


class Interrupted:
    """A kernel during whose first compilation Ctrl-C is pressed."""

    def __init__(self, kernel):
        self._kernel, self._asked = kernel, False

    def compile(self, argument_types):
        if not self._asked:
            self._asked = True
            raise KeyboardInterrupt
        return self._kernel.compile(argument_types)

    def __getattr__(self, name):
        return getattr(self._kernel, name)


def test_a_kernel_that_was_interrupted_is_compiled_by_the_next_attempt():
    kernel = Interrupted(part(add_two))
    with kernel_addresses.later():
        call = entry(kernel, types.int64, returns=types.int64)
    assert_raises(KeyboardInterrupt, kernel_addresses.make_ready)
    assert_false(kernel.overloads)
    kernel_addresses.make_ready()
    assert_true(kernel.overloads)
    assert_equal(numba.njit(lambda: call((40,)))(), 42)
