"""Files and errors: a final name means a complete file, a message helps."""

import contextlib
import errno
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile

from nose.tools import assert_equal, assert_false, assert_in, assert_raises

from juntingnet_theano import interrupts
from juntingnet_theano.errors import BadFile, CannotWrite, JuntingNetError, did_you_mean
from juntingnet_theano.files.writing import atomic_path, locked, provenance


def test_an_exception_leaves_the_old_file_and_nothing_else():
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, 'a.txt')
    with open(path, 'w') as file:
        file.write('old')
    with assert_raises(KeyboardInterrupt), atomic_path(path) as part:
        with open(part, 'w') as file:
            file.write('half')
        raise KeyboardInterrupt()
    assert_equal(os.listdir(folder), ['a.txt'])
    with open(path) as file:
        assert_equal(file.read(), 'old')


def test_the_temporary_name_is_the_same_in_a_folder_beside():
    # Of the longest name that a disk has, too.
    for name in ('a.mat', 'x' * 251 + '.mat'):
        path = os.path.join(tempfile.mkdtemp(), 'new', name)
        with atomic_path(path) as part:
            open(part, 'w').close()
            inside, same = os.path.split(part)
            assert_equal(same, name)
            assert_equal(os.path.dirname(inside), os.path.dirname(path))
        assert_equal(os.listdir(os.path.dirname(path)), [name])
        with locked(path, 'writing'):
            pass


def test_a_folder_is_made_whole_too():
    path = os.path.join(tempfile.mkdtemp(), 'made')
    with atomic_path(path) as part:
        os.makedirs(os.path.join(part, 'inner'))
        assert_false(os.path.exists(path))
    assert_equal(os.listdir(path), ['inner'])
    with assert_raises(CannotWrite) as caught, atomic_path(path + '2') as part:
        raise OSError(errno.ENOSPC, 'No space left on device', os.path.join(part, 'inner'))
    assert_in('No space left', str(caught.exception))
    assert_equal(os.listdir(os.path.dirname(path)), ['made'])


WRITER = """
import sys
from juntingnet_theano.files.writing import atomic_path

with atomic_path(sys.argv[1]) as part:
    open(part, 'w').close()
    print('ready', flush=True)
    sys.stdin.read()
"""


def writer(path):
    """A process in the middle of writing a file."""
    process = subprocess.Popen(
        [sys.executable, '-c', WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    return process


def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays():
    folder = tempfile.mkdtemp()
    living, killed = (writer(os.path.join(folder, name)) for name in 'ab')
    killed.kill()
    killed.communicate()
    gone = subprocess.Popen([sys.executable, '-c', ''])
    gone.wait()
    for number in (gone.pid, os.getpid()):  # of earlier versions
        open(os.path.join(folder, f'.old.{number}.part.txt'), 'w').close()
    assert_equal(len(os.listdir(folder)), 4)
    with atomic_path(os.path.join(folder, 'c')) as part:
        open(part, 'w').close()
    old = f'.old.{os.getpid()}.part.txt'
    left = sorted(os.listdir(folder))
    assert_equal(left[:1] + left[2:], [old, 'c'])
    living.communicate(b'')
    assert_equal(living.returncode, 0)
    assert_equal(sorted(os.listdir(folder)), [old, 'a', 'c'])


def test_a_place_that_cannot_be_written_is_the_users_to_mend():
    folder = tempfile.mkdtemp()
    blocked, taken = os.path.join(folder, 'a'), os.path.join(folder, 'b')
    open(blocked, 'w').close()
    os.mkdir(taken)
    for path in (os.path.join(blocked, 'c', 'd.txt'), taken):
        with assert_raises(CannotWrite) as caught, atomic_path(path) as part:
            open(part, 'w').close()
        assert_in(path if path == taken else os.path.dirname(path), str(caught.exception))
    with assert_raises(CannotWrite) as caught, atomic_path(os.path.join(folder, 'full')):
        raise OSError(errno.ENOSPC, 'No space left on device')
    assert_in('No space left', str(caught.exception))
    assert_equal(sorted(os.listdir(folder)), ['a', 'b'])


def test_other_errors_of_the_system_are_passed_on():
    with assert_raises(FileNotFoundError), atomic_path(os.path.join(tempfile.mkdtemp(), 'a')):
        os.stat(os.path.join(tempfile.mkdtemp(), 'gone'))


def test_provenance_names_no_folder_of_the_program():
    assert_equal(os.sep in provenance()['command'].split()[0], False)


def test_errors_survive_pickling_with_their_text():
    error = BadFile('reading', 'x', 'y', 'z')
    again = pickle.loads(pickle.dumps(error))
    assert_equal((type(again), str(again)), (BadFile, str(error)))
    assert_equal(isinstance(again, JuntingNetError), True)


def test_far_names_are_all_listed():
    assert_equal(did_you_mean('q', ['b', 'a']), 'one of: a, b')


def test_a_signal_while_the_hidden_folder_comes_or_goes_leaves_none():
    for module, name, before in (
        (tempfile, 'mkdtemp', False),
        (os, 'open', False),  # of the lock
        (shutil, 'rmtree', True),
        (os, 'close', True),
    ):
        folder = tempfile.mkdtemp()
        with interrupts.handled(interrupts.interrupt), assert_raises(KeyboardInterrupt):
            write_interrupted(os.path.join(folder, 'a'), module, name, before)
        assert_equal([each for each in os.listdir(folder) if each != 'a'], [], name)


def write_interrupted(path, *when):
    with interrupted(*when), atomic_path(path) as part:
        open(part, 'w').close()


@contextlib.contextmanager
def interrupted(module, name, before):
    """Ctrl-C beside each call of a function, before it or after it."""
    function = getattr(module, name)

    def called(*args, **options):
        if before:
            signal.raise_signal(signal.SIGINT)
        try:
            return function(*args, **options)
        finally:
            if not before:
                signal.raise_signal(signal.SIGINT)

    setattr(module, name, called)
    try:
        yield
    finally:
        setattr(module, name, function)
