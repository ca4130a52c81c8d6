"""Training through the command line: histories, resuming to the bit, stops."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
from nose.tools import (
    assert_equal,
    assert_false,
    assert_in,
    assert_less,
    assert_not_in,
    assert_raises,
    assert_true,
)

from juntingnet_theano.cache import open_cache
from juntingnet_theano.cli.main import main
from juntingnet_theano.errors import Busy, Diverged
from juntingnet_theano.training import history
from juntingnet_theano.training.data import TrainingData
from juntingnet_theano.training.loop import train
from juntingnet_theano.training.runs import Run
from tests.helpers import GOLDEN as FOLDER_OF_GOLDEN
from tests.helpers import tiny_training
from tests.helpers.output import said

FOLDER = tempfile.mkdtemp()
CACHE = os.path.join(FOLDER, 'tiny.hdf5')
SETTINGS = tiny_training.settings(CACHE)
OF_THE_AUTHORS = tiny_training.of_the_authors(CACHE)
GOLDEN = os.path.join(FOLDER_OF_GOLDEN, 'theano-1.0.5-history.csv')


def setup_module():
    tiny_training.write_cache(CACHE)


def teardown_module():
    shutil.rmtree(FOLDER)


def folder(name):
    return os.path.join(FOLDER, name)


def arguments(name, *more, settings=SETTINGS):
    path = folder(name + '.toml')
    settings.save(path)
    return ['train', '--config', path, '--run', folder(name)] + list(more)


def bits(name):
    return tiny_training.bits(folder(name) + '/weights-last.hdf5')


def assert_same_run(first, second):
    found, expected = bits(first), bits(second)
    assert_equal(sorted(found), sorted(expected))
    for key in expected:
        np.testing.assert_array_equal(found[key], expected[key])
    losses = [
        [
            (row['training_loss'], row['validation_loss'])
            for row in history.read(Run(folder(name), SETTINGS).history_path)
        ]
        for name in (first, second)
    ]
    assert_equal(*losses)


def uninterrupted():
    """The run that the others are compared with, trained once."""
    if not os.path.exists(folder('whole')):
        assert_equal(main(arguments('whole')), 0)
    return 'whole'


def command(*argv):
    return [sys.executable, '-m', 'juntingnet_theano'] + list(argv)


def wait_for_epoch(process, name, epoch):
    """Until history has that many rows, or the process has ended."""
    path = Run(folder(name), SETTINGS).history_path
    while process.poll() is None and len(history.read(path)) < epoch:
        time.sleep(0.02)


def test_a_run_writes_settings_history_checkpoint_and_weights():
    name = uninterrupted()
    run = Run.resume(folder(name))
    assert_equal(run.settings, SETTINGS)
    rows = history.read(run.history_path)
    assert_equal([row['epoch'] for row in rows], [1, 2, 3])
    np.testing.assert_allclose(
        [row['learning_rate'] for row in rows], [0.5, 0.25005, 0.0001], rtol=1e-6
    )
    assert_less(rows[-1]['training_loss'], rows[0]['training_loss'])
    assert_equal(
        sorted(os.listdir(run.folder)),
        [
            'checkpoint.hdf5',
            'history.csv',
            'settings.toml',
            'weights-best.hdf5',
            'weights-last.hdf5',
        ],
    )


def test_history_is_the_one_that_the_original_theano_wrote():
    # golden/make_history_golden.py; `make test-classic` runs this test on the
    # original too, so that the engines agree with each other.
    found = history.read(Run(folder(uninterrupted()), SETTINGS).history_path)
    expected = history.read(GOLDEN)
    assert_equal(len(found), len(expected))
    for name in ('training_loss', 'validation_loss', 'learning_rate', 'momentum'):
        np.testing.assert_allclose(
            [row[name] for row in found], [row[name] for row in expected], rtol=1e-4
        )


def test_killed_and_ended_and_moved_the_authors_recipe_gives_the_same_bits():
    # It mirrors images in place, so that an epoch depends on those before.
    assert_equal((OF_THE_AUTHORS.mirror_in_place, OF_THE_AUTHORS.targets), (True, 'symmetric'))
    train(Run(folder('unmoved'), OF_THE_AUTHORS), report=str)
    quiet = {'stderr': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL}
    resume = ['train', '--run', folder('killed'), '--resume']
    process = subprocess.Popen(command(*arguments('killed', settings=OF_THE_AUTHORS)), **quiet)
    wait_for_epoch(process, 'killed', 1)
    process.kill()  # in the checkpoint's writing
    process.wait()
    assert_false(os.path.exists(folder('killed') + '/weights-last.hdf5'))
    # The number of threads changes no bit.
    process = subprocess.Popen(
        command(*resume), env=dict(os.environ, NUMBA_NUM_THREADS='4'), **quiet
    )
    wait_for_epoch(process, 'killed', 2)
    process.send_signal(signal.SIGTERM)
    assert_equal(process.wait(), 143)
    with h5py.File(Run(folder('killed'), SETTINGS).checkpoint_path, 'r+') as file:
        assert_true(file.attrs['arithmetic'])
        file.attrs['arithmetic'] = 'kernels of 2 lanes'
    code, text = said(lambda: main(resume))
    assert_equal(code, 0)
    assert_in('this run was trained on kernels of 2 lanes and resumes on ', text)
    assert_same_run('killed', 'unmoved')


def test_one_process_at_a_time_trains_a_run():
    run = Run(folder('taken'), SETTINGS)
    with run.locked():  # before a fresh start looks whether it is new
        for resume in (False, True):
            with assert_raises(Busy) as caught:
                train(run, resume, report=str)
            assert_in(folder('taken'), str(caught.exception))
            assert_equal(os.listdir(run.folder), ['.settings.toml.lock'])
    assert_equal(os.listdir(run.folder), [])


def test_resuming_a_complete_run_changes_nothing():
    name = uninterrupted()
    before = bits(name)
    code, text = said(lambda: main(['train', '--run', folder(name), '--resume']))
    assert_equal(code, 0)
    np.testing.assert_array_equal(bits(name)['dense2/b'], before['dense2/b'])
    # It goes on on the processor that it was trained on.
    assert_in('done: 3 epochs', text)
    assert_not_in('this run was trained on', text)


def test_a_loss_that_is_not_finite_stops_with_epoch_and_rate():
    wild = SETTINGS.override(
        ['learning_rate_start=1e18', 'learning_rate_stop=1e18', 'initialisation=glorot']
    )
    with assert_raises(Diverged) as caught:
        train(Run(folder('wild'), wild), report=str)
    assert_in('1e+18', str(caught.exception))
    assert_in('epoch', str(caught.exception))


def test_a_folder_with_a_run_is_not_trained_over():
    uninterrupted()
    assert_equal(main(arguments('whole')), 2)


def test_user_mistakes_end_with_2():
    assert_equal(main(arguments('x', '--set', 'epoch=3')), 2)
    assert_equal(main(arguments('x', '--resume')), 2)
    assert_equal(main(['train', '--run', folder('none'), '--resume']), 2)
    assert_equal(main(['train', '--run', folder('y'), '--set', 'cache=none.hdf5']), 2)
    assert_false(os.path.exists(folder('y')))


def test_held_out_rows_are_never_trained_on():
    with open_cache(CACHE) as cache:
        data = TrainingData(cache, SETTINGS)
        assert_equal((data.count('training'), data.count('validation')), (18, 6))
        assert_equal([len(piece) for piece in data.pieces['training']], [14, 4])
        own = TrainingData(cache, SETTINGS.override(['holdout=0']))
        assert_equal((own.count('training'), own.count('validation')), (24, 6))
        assert_true((own.maps('validation', np.arange(6)) == cache.maps('validation')[:, 0]).all())
