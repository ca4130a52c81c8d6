"""Signals that end a program: each gives its code and leaves nothing."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from nose.tools import assert_equal, assert_raises

from juntingnet_theano import interrupts
from tests.helpers import ROOT, processes

BEFORE = {}


def setup_module():
    # The test run may have been started with some of them ignored.
    for number in interrupts.ENDING:
        BEFORE[number] = signal.signal(number, signal.SIG_DFL)


def teardown_module():
    for number, handler in BEFORE.items():
        signal.signal(number, handler)


def test_a_signal_waits_while_a_worker_starts_whichever_thread_it_reaches():
    for number in interrupts.ENDING:
        other, finished = threading.Event(), []
        thread = threading.Thread(target=other.wait)
        thread.start()  # takes what the main thread's mask keeps out
        try:
            with interrupts.handled(interrupts.interrupt):
                before = signal.getsignal(number)
                with assert_raises(interrupts.Interrupted) as raised, interrupts.held():
                    os.kill(os.getpid(), number)
                    time.sleep(0.1)
                    finished.append(True)
                assert_equal(raised.exception.number, number)
                assert_equal(signal.getsignal(number), before)
            assert_equal(finished, [True])
        finally:
            other.set()
            thread.join()


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.handled(interrupts.interrupt):
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


class Fragile:
    """Python ignores whatever its end raises."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass


def test_a_signal_is_not_lost_where_python_ignores_exceptions():
    with interrupts.handled(interrupts.interrupt), assert_raises(interrupts.Interrupted):
        Fragile()
        time.sleep(60)


def test_a_thread_may_start_workers():
    failed = []

    def start():
        try:
            with interrupts.handled(interrupts.interrupt), interrupts.held():
                pass
        except ValueError as error:
            failed.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert_equal(failed, [])


PROGRAM = """
import sys, time
from juntingnet_theano.cli import main, sample

def swallow():
    print('ready', flush=True)
    try:
        time.sleep(60)
    except BaseException:
        raise ImportError('as the import of a C library does')

def finish():
    print('ready', flush=True)
    try:
        time.sleep(60)
    except BaseException:
        pass

sample.run = lambda args: {'swallow': swallow, 'finish': finish}[args.root]()
if __name__ == '__main__':
    sys.exit(main.command())
"""


IMPORTING = """
import runpy, sys, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == 'juntingnet_theano.cli.train':
            print('ready', flush=True)
            time.sleep(60)

sys.meta_path.insert(0, Slow())
runpy.run_module('juntingnet_theano', run_name='__main__')
"""


def test_a_signal_while_the_command_is_imported_is_one_line():
    for number in interrupts.ENDING:
        program = processes.start(
            [sys.executable, '-c', IMPORTING], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        program.stdout.readline()
        program.send_signal(number)
        errors = program.communicate(timeout=60)[1].decode()
        assert_equal((program.returncode, errors), (128 + number, 'juntingnet: interrupted\n'))


def test_little_is_imported_before_signals_are_handled():
    # Without the environment's own start, which imports some of them.
    text = subprocess.check_output(
        [
            sys.executable,
            '-S',
            '-c',
            f'import sys; sys.path.insert(0, {ROOT!r}); import juntingnet_theano.__main__; '
            'print(*sys.modules)',
        ]
    ).decode()
    slow = {'argparse', 'configparser', 'importlib.metadata', 'inspect', 'numpy', 'tempfile'}
    assert_equal(slow & set(text.split()), set())


def test_each_signal_has_its_code_though_a_library_swallows_it():
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, 'program.py')
    with open(path, 'w') as file:
        file.write(PROGRAM)
    for number, way in (
        (signal.SIGINT, 'swallow'),
        (signal.SIGTERM, 'finish'),
        (signal.SIGHUP, 'swallow'),
    ):
        program = processes.start(
            [sys.executable, path, 'sample', way], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        program.stdout.readline()
        program.send_signal(number)
        errors = program.communicate(timeout=60)[1].decode()
        assert_equal((program.returncode, errors), (128 + number, 'juntingnet: interrupted\n'))
    shutil.rmtree(folder)
