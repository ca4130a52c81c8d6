"""One process for many requests: `web.batching`."""

import contextlib
import os
import threading
import time

from nose.tools import assert_equal, assert_greater, assert_is_instance, assert_raises

from juntingnet_theano.errors import Busy
from juntingnet_theano.web.batching import Batcher, Killed, NotReady, TookTooLong


def answers(tasks):
    """In the process: some tasks end it, or never end."""
    for task in tasks:
        if task == 'die':
            os._exit(9)
        if task == 'hang':
            time.sleep(600)
        if task == 'slow':
            time.sleep(0.5)
    return [(task, len(tasks)) for task in tasks]


def together(batcher, *tasks):
    """Submit tasks while the process is busy, so that they make one batch."""
    busy = batcher.submit('slow')
    while not busy.running():
        time.sleep(0.001)
    futures = [batcher.submit(task) for task in tasks]
    return [future.exception(120) or future.result() for future in futures]


def test_tasks_that_come_together_make_one_batch():
    with contextlib.closing(Batcher(answers, 'test', 'warm')) as batcher:
        assert batcher.ready.wait(120)
        assert_equal(together(batcher, 'a', 'b', 'c'), [('a', 3), ('b', 3), ('c', 3)])
        assert_equal((batcher.batches, batcher.tasks), (3, 5))  # with the warming up


def test_a_task_that_ends_or_hangs_the_process_costs_itself_alone():
    with contextlib.closing(Batcher(answers, 'test', 'warm', longest=5)) as batcher:
        assert batcher.ready.wait(120)
        for task, error in (('die', Killed), ('hang', TookTooLong)):
            first, second, third = together(batcher, 'a', task, 'c')
            assert_equal((first, third), (('a', 1), ('c', 1)))
            assert_is_instance(second, error)
        assert_equal(batcher.submit('d').result(120), ('d', 1))
        assert_greater(batcher.restarts, 1)


def test_a_process_that_ended_idle_costs_nobody():
    with contextlib.closing(Batcher(answers, 'test', 'warm')) as batcher:
        assert batcher.ready.wait(120)
        process = batcher._worker._process
        process.kill()
        process.join()
        assert_equal(batcher.submit('a').result(120), ('a', 1))
        assert_equal(batcher.restarts, 1)


def test_a_queue_has_an_end():
    with contextlib.closing(Batcher(answers, 'test', 'warm', waiting=2)) as batcher:
        assert batcher.ready.wait(120)
        busy = batcher.submit('slow')
        while not busy.running():
            time.sleep(0.001)
        kept = [batcher.submit('a'), batcher.submit('b')]
        with assert_raises(Busy):
            batcher.submit('c')
        assert_equal([each.result(60) for each in kept], [('a', 2), ('b', 2)])


def test_a_process_that_cannot_start_is_no_fault_of_a_task():
    with contextlib.closing(Batcher(answers, 'test', 'die')) as batcher:
        error = batcher.submit('a').exception(120)
        assert_is_instance(error, NotReady)
        assert_is_instance(error.__cause__, Killed)


def test_closing_leaves_no_process_and_no_thread():
    before = set(threading.enumerate())
    batcher = Batcher(answers, 'test', 'warm')
    assert batcher.ready.wait(120)
    process = batcher._worker._process
    batcher.submit('hang')
    batcher.close()
    assert_equal(process.exitcode is not None, True)
    assert_equal(set(threading.enumerate()) - before, set())
