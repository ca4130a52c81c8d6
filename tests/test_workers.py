"""Work in several processes: order, errors, memory, interruption."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano import workers
from juntingnet_theano.errors import BadFile
from tests.helpers import processes
from tests.helpers.output import tracebacks


def square(number):
    return number * number


def slow_first(number):
    time.sleep(0.2 if number == 0 else 0)
    return number


def fail_at_seven(number):
    if number == 7:
        raise BadFile('squaring', 'seven')
    return number


def die_at_seven(number):
    if number == 7:
        os._exit(9)
    return number


def test_results_come_in_the_order_of_the_items():
    for count in (1, 2, 3):
        assert_equal(
            list(workers.ordered_map(square, range(20), 3, count)),
            [number * number for number in range(20)],
        )
    assert_equal(list(workers.ordered_map(slow_first, range(6), 1, 2)), list(range(6)))


def test_no_items_is_no_results():
    for count in (1, 2, None):
        assert_equal(list(workers.ordered_map(square, [], 3, count)), [])


def test_an_error_in_a_worker_is_raised_here():
    for count in (1, 2):
        with assert_raises(BadFile) as raised:
            list(workers.ordered_map(fail_at_seven, range(20), 2, count))
        assert_equal(raised.exception.got, 'seven')


def test_a_worker_that_dies_is_told_with_the_place():
    with assert_raises(BadFile) as raised:
        list(workers.ordered_map(die_at_seven, range(20), 2, 2))
    assert_in('died', str(raised.exception))
    assert_in('--workers 1', str(raised.exception))


def large_at_one(item):
    number, begun = item
    if number == 1:
        open(begun, 'w').close()
        return bytes(1 << 26)  # more than any pipe holds
    return number


def test_a_worker_that_dies_in_the_middle_of_a_result_is_told():
    begun = os.path.join(tempfile.mkdtemp(), 'begun')
    results = workers.ordered_map(large_at_one, [(number, begun) for number in range(9)], 1, 2)
    assert_equal(next(results), 0)
    while not os.path.exists(begun):
        time.sleep(0.01)
    time.sleep(0.5)  # half of the result is in the pipe
    for process in multiprocessing.active_children():
        process.kill()
    with assert_raises(BadFile) as raised:
        list(results)
    assert_in('died', str(raised.exception))
    shutil.rmtree(os.path.dirname(begun))


def test_the_error_of_a_worker_tells_its_place():
    with assert_raises(ZeroDivisionError) as raised:
        list(workers.ordered_map(divide, range(3), 1, 2))
    assert_in('in divide', str(raised.exception.__cause__))


def divide(number):
    return 1 // number


def test_only_a_few_items_are_under_way():
    read = []

    def stream():
        for number in range(1000):
            read.append(number)
            yield number

    for workers_asked in (2, None):
        del read[:]
        results = workers.ordered_map(square, stream(), 5, workers_asked)
        assert_equal(next(results), 0)
        results.close()
        assert_true(len(read) <= 5 * workers.BATCHES_A_WORKER * max(2, workers.cores()), len(read))


def test_closing_early_ends_the_processes():
    results = workers.ordered_map(square, range(1000), 5, 2)
    next(results)
    started = time.time()
    results.close()
    assert_true(time.time() - started < 30)
    assert_equal(multiprocessing.active_children(), [])


def stop(number):
    if number:
        os.kill(os.getpid(), signal.SIGSTOP)
    return number


def test_a_worker_that_does_nothing_any_more_is_ended():
    results = workers.ordered_map(stop, range(9), 1, 2)
    assert_equal(next(results), 0)
    results.close()
    assert_equal(multiprocessing.active_children(), [])


FOREVER = """
import os, sys, time
from juntingnet_theano import workers

def sleepy(number):
    if number:
        print(os.getpid(), flush=True)
        time.sleep(300)
    return number

if __name__ == '__main__':
    list(workers.ordered_map(sleepy, range(9), 1, 2))
"""


def start_forever():
    """A program with two busy workers, in a process group of its own."""
    path = os.path.join(tempfile.mkdtemp(), 'forever.py')
    with open(path, 'w') as file:
        file.write(FOREVER)
    program = processes.start(
        [sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return program, [int(program.stdout.readline()) for _ in range(2)]


def is_running(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def wait_until_gone(pids, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        if not any(is_running(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


UNCLOSED = FOREVER.replace(
    'list(workers.ordered_map(sleepy, range(9), 1, 2))',
    """results = workers.ordered_map(
        sleepy, range(9), 1, 2)
    print(next(results))""",
)


def test_a_program_ends_though_it_leaves_its_results_unread():
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, 'unclosed.py')
    with open(path, 'w') as file:
        file.write(UNCLOSED)
    assert_equal(
        subprocess.run([sys.executable, path], timeout=60, stdout=subprocess.DEVNULL).returncode, 0
    )
    shutil.rmtree(folder)


def test_workers_leave_when_their_parent_is_killed():
    if not os.path.isdir('/proc/self'):
        raise unittest.SkipTest('no /proc to see processes in')
    program, pids = start_forever()
    program.kill()
    program.communicate()
    assert_true(wait_until_gone(pids))


def test_interrupt_from_the_terminal_ends_everything_quietly():
    if not os.path.isdir('/proc/self'):
        raise unittest.SkipTest('no /proc to see processes in')
    program, pids = start_forever()
    os.killpg(program.pid, signal.SIGINT)
    errors = program.communicate(timeout=60)[1].decode()
    assert_true(wait_until_gone(pids))
    # One traceback, of the program itself; none of the workers.
    assert_equal(tracebacks(errors), 1, errors)
    assert_in('KeyboardInterrupt', errors)
