"""Ctrl-C, and whatever else a signal's handler raises, in compiled graphs."""

import os
import signal
import subprocess
import sys
import tempfile
import threading

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_raises

from juntingnet_theano.engine.numba.runtime import signals
from tests.helpers import engines  # noqa: F401  (skips where the original Theano serves)

import theano
import theano.tensor as T


class Tick(BaseException):
    """What the test's handler raises."""


def raise_tick(number, frame):
    raise Tick()


def test_a_handler_that_raises_in_a_call_raises_that_and_nothing_else():
    x = T.vector('x')
    run = theano.function([x], [x + n for n in range(9)])
    given = np.ones(3, 'float32')
    run(given)
    before, ticks = signal.signal(signal.SIGALRM, raise_tick), 0
    try:
        for _ in range(400):
            try:
                signal.setitimer(signal.ITIMER_REAL, 2e-4)
                for _ in range(100):
                    found = run(given)
            except Tick:
                ticks += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    except Tick:  # the last one, between two statements
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert_greater(ticks, 0)
    np.testing.assert_array_equal(run(given)[8], found[8])


def test_what_came_in_the_block_is_handed_on_after_it():
    for name in ('SIGINT', 'SIGALRM', 'SIGVTALRM', 'SIGPROF'):
        number, done = getattr(signal, name), []
        before = signal.signal(number, raise_tick)
        try:
            with assert_raises(Tick), signals.deferred():
                os.kill(os.getpid(), number)
                done.append('whole')
            assert_equal(signal.getsignal(number), raise_tick)
        finally:
            signal.signal(number, before)
        assert_equal(done, ['whole'], name)


TICKING = """
import signal, sys
import numpy as np
import juntingnet_theano, theano, theano.tensor as T

places = []

def keep_place(number, _):
    names, here = [], sys._getframe()  # where it runs, not where it was to run
    while here:
        names.append(here.f_code.co_name)
        here = here.f_back
    places.append(' '.join(names))

x = T.matrix('x')
run = theano.function([x], [T.sort(x), T.cumsum(x), T.std(x), T.dot(x, x)])
signal.signal(signal.SIGALRM, keep_place)
signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
found = run(np.ones((3, 3), 'float32'))
signal.setitimer(signal.ITIMER_REAL, 0)
assert len([each for each in places if 'compile' in each]) > 3, places
assert not [each for each in places if 'object_cache' in each], places
print(found[3].sum())
"""


def test_no_handler_runs_where_llvm_makes_or_links_machine_code():
    with tempfile.TemporaryDirectory() as folder:
        environ = dict(os.environ, PYTENSOR_FLAGS=f'base_compiledir={folder}')
        for _ in 'made', 'read from the disk':
            said = subprocess.check_output([sys.executable, '-c', TICKING], env=environ, text=True)
            assert_equal(said, '27.0\n')


def test_other_python_threads_have_no_handlers_to_hold_back():
    found = []

    def call():
        with signals.deferred():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert_equal(found, [signal.getsignal(signal.SIGINT)])
