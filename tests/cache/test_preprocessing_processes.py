"""Preprocessing as a program: two at once, and Ctrl-C in a terminal."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.cache import PreprocessingSettings, open_cache
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import Busy
from juntingnet_theano.files import matfiles, writing
from tests.helpers import processes
from tests.helpers.output import names_left, tracebacks

SETTINGS = PreprocessingSettings()


def begun(root):
    """Whether a cache is being written."""
    return any('.part' in name for name in names_left(root))


PROGRAM = """
import sys
from juntingnet_theano import interrupts
from juntingnet_theano.cache import PreprocessingSettings
from juntingnet_theano.cache.preprocessing import preprocess

if __name__ == '__main__':
    with interrupts.handled(interrupts.interrupt):
        preprocess('sample', sys.argv[1], sys.argv[2],
                   PreprocessingSettings(), workers=2)
"""


def start_program(root, path, **environment):
    script = os.path.join(tempfile.mkdtemp(), 'program.py')
    with open(script, 'w') as file:
        file.write(PROGRAM)
    return processes.start(
        [sys.executable, script, root, path],
        stderr=subprocess.PIPE,
        env=dict(os.environ, **environment),
    )


def test_two_processes_at_once_do_not_harm_each_other():
    root = os.path.join(tempfile.mkdtemp(), 'sample')
    sample.generate(root, (20, 4, 2))
    path = root + '.hdf5'
    programs = [start_program(root, path) for _ in range(2)]
    errors = [program.communicate(timeout=120)[1].decode() for program in programs]
    # One may find the other at work; nobody fails otherwise.
    failed = [error for program, error in zip(programs, errors) if program.returncode]
    assert_true(len(failed) < 2, failed)
    for error in failed:
        assert_in('another process is at work on ' + path, error)
    with open_cache(path, SETTINGS) as cache:
        assert_equal(cache.count('training'), 20)
    assert_equal(names_left(root), ['sample', 'sample.hdf5'])


def test_a_cache_that_is_being_made_is_refused_at_once():
    root = os.path.join(tempfile.mkdtemp(), 'sample')
    sample.generate(root, (2, 1, 1))
    with writing.locked(root + '.hdf5', 'preprocessing'), assert_raises(Busy) as raised:
        preprocess('sample', root, root + '.hdf5', SETTINGS, workers=1)
    assert_in(root + '.hdf5', str(raised.exception))
    assert_equal(names_left(root), ['sample'])


def test_ctrl_c_in_the_terminal_leaves_nothing_behind():
    root = os.path.join(tempfile.mkdtemp(), 'sample')
    # Large enough for many seconds of work: the same image over and over.
    sample.generate(root, (1, 1, 1))
    image, saliency_map = (
        os.path.join(root, *parts)
        for parts in (
            ('images', 'sample_training_000000.jpg'),
            ('saliency', 'sample_training_000000.mat'),
        )
    )
    list_path = os.path.join(root, 'training.mat')
    with open(list_path, 'rb') as file:
        (struct,) = matfiles.read(file, list_path, 'training')
    structs = []
    for row in range(3000):
        name = f'a{row:05d}'
        os.link(image, os.path.join(root, 'images', name + '.jpg'))
        os.link(saliency_map, os.path.join(root, 'saliency', name + '.mat'))
        structs.append({'image': name, 'resolution': struct['resolution']})
    matfiles.write(list_path, {'training': structs})
    program = start_program(root, root + '.hdf5')
    end = time.time() + 60
    while time.time() < end and not begun(root):
        time.sleep(0.02)
    assert_true(begun(root))
    os.killpg(program.pid, signal.SIGINT)
    errors = program.communicate(timeout=60)[1].decode()
    assert_in('interrupts.Interrupted', errors)
    assert_equal(tracebacks(errors), 1, errors)
    assert_equal(names_left(root), ['sample'])


def test_every_processor_makes_the_same_cache():
    root = os.path.join(tempfile.mkdtemp(), 'sample')
    sample.generate(root, (6, 2, 2))
    old = start_program(
        root,
        root + '-old.hdf5',
        # What NumPy 2 and NumPy 1 call the instructions of later processors.
        NPY_DISABLE_CPU_FEATURES='X86_V3 X86_V4 AVX2 FMA3 AVX512F AVX512CD AVX512_SKX',
        OPENBLAS_CORETYPE='Core2',
    )
    preprocess('sample', root, root + '.hdf5', SETTINGS, workers=1)
    assert_equal((old.communicate(timeout=120)[1][-500:], old.returncode)[1], 0)
    with open_cache(root + '.hdf5') as ours, open_cache(root + '-old.hdf5') as theirs:
        assert_equal(ours.fingerprint, theirs.fingerprint)
        for split in ('training', 'validation'):
            for name in ('images', 'maps'):
                found, expected = (getattr(each, name)(split) for each in (theirs, ours))
                np.testing.assert_array_equal(found, expected)
