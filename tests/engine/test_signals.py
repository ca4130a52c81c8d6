"""Ctrl-C, and whatever else a signal's handler raises, in compiled graphs."""

import os
import signal
import sys
import threading

import numba
import numpy as np
from nose.tools import assert_equal, assert_greater, assert_raises

from juntingnet_theano.engine.numba.runtime import signals
from juntingnet_theano.engine.numba.runtime.compilers import WholeCompiler, piece
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


@piece
def total(numbers):
    return np.sqrt(numbers).sum()


def test_no_handler_runs_where_llvm_hands_over_machine_code():
    places = []

    def keep_place(number, _):
        names, here = [], sys._getframe()  # where it runs, not where it was to run
        while here:
            names.append(here.f_code.co_name)
            here = here.f_back
        places.append(' '.join(names))

    def spread(numbers):
        return np.sort(numbers), np.cumsum(numbers), total(numbers) + numbers.std()

    before = signal.signal(signal.SIGALRM, keep_place)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
        run = numba.njit(spread, pipeline_class=WholeCompiler)
        run.compile('float64[:],')
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert_equal([each for each in places if 'object_cache' in each], [])
    compiling = [each for each in places if 'compile' in each]
    assert_greater(len(compiling), 10)
    np.testing.assert_allclose(run(np.ones(4))[2], 4)


def test_other_python_threads_have_no_handlers_to_hold_back():
    found = []

    def call():
        with signals.deferred():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert_equal(found, [signal.getsignal(signal.SIGINT)])
