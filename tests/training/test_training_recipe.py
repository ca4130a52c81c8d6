"""Training beyond the paper's recipe: caches, crops, colours, gaze, averages."""

import os
import shutil
import signal
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises

from juntingnet_theano.cache import open_cache, open_caches
from juntingnet_theano.cli.main import main
from juntingnet_theano.network import weights
from juntingnet_theano.training import history
from juntingnet_theano.training.data import TrainingData
from juntingnet_theano.training.loop import Stopped, train
from juntingnet_theano.training.runs import Run
from tests.helpers import tiny_training
from tests.helpers.output import said

FOLDER = tempfile.mkdtemp()
CACHE, SECOND = (os.path.join(FOLDER, name + '.hdf5') for name in ('tiny', 'second'))
SETTINGS = tiny_training.settings(CACHE).override(
    [
        f"more_caches=['{SECOND}']",
        'cache_weights=[1, 3]',
        'loss=correlation',
        'initialisation=balanced',
        'crop=0.2',
        'colour=0.1',
        'gaze_from=2',
        'average_from=2',
        'learning_rate_start=0.05',
        'checkpoint_every=3',
    ]
)


def setup_module():
    tiny_training.write_cache(CACHE)
    tiny_training.write_cache(SECOND, seed=2, counts=(5, 0), mark='b')


def teardown_module():
    shutil.rmtree(FOLDER)


def run(name):
    return Run(os.path.join(FOLDER, name), SETTINGS)


def test_a_stopped_run_goes_on_to_the_same_bits_and_the_same_mean():
    lines = []
    train(run('whole'), report=lines.append)

    lines_of_stopped = []

    def press(line):
        lines_of_stopped.append(line)
        if line.startswith('epoch 2'):
            os.kill(os.getpid(), signal.SIGINT)

    with assert_raises(Stopped):
        train(run('stopped'), report=press)
    assert_equal(sum(line.startswith('epoch') for line in lines_of_stopped), 2)
    assert_equal(main(['train', '--run', run('stopped').folder, '--resume']), 0)
    assert_equal(*(_losses(name) for name in ('stopped', 'whole')))
    for path in ('last_path', 'average_path', 'best_path'):
        found, expected = (
            tiny_training.bits(getattr(run(name), path)) for name in ('stopped', 'whole')
        )
        assert_equal(sorted(found), sorted(expected))
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name])
    assert_equal(weights.read_attributes(run('whole').average_path)['averaged_epochs'], 2)
    assert_in('mean of the weights since epoch 2', lines[-2])
    assert_in('33 training and 6 validation images', lines[0])
    assert_in(SECOND, said(lambda: main(['info', run('whole').folder]))[1])
    losses = _losses('whole')
    assert_less(losses[-1][0], losses[0][0])


def _losses(name):
    return [
        (row['training_loss'], row['validation_loss'])
        for row in history.read(run(name).history_path)
    ]


def test_later_epochs_see_only_images_with_gaze():
    with open_caches(SETTINGS.caches) as cache:
        data = TrainingData(cache, SETTINGS)
        assert_equal([data.role(epoch) for epoch in range(3)], ['training', 'gazed', 'gazed'])
        rows = data.splits['training'][1]
        assert_equal(list(data.splits['gazed'][1]), [row for row in rows if row % 3 == 0])
    with open_cache(CACHE) as cache:
        paper = TrainingData(cache, tiny_training.settings(CACHE))
        assert_equal(paper.role(99), 'training')


def test_the_mean_map_of_the_authors_recipe_is_measured_on_their_targets():
    # tests/training/test_loop.py stops and resumes this recipe.
    settings = tiny_training.of_the_authors(CACHE)
    lines = []

    def report(line):
        lines.append(line)
        raise StopIteration

    with assert_raises(StopIteration):
        train(Run(os.path.join(FOLDER, 'released'), settings), report=report)
    with open_cache(CACHE) as cache:
        data = TrainingData(cache, settings)
        mean, loss = data.mean_map()
        maps = data.maps('validation', slice(0, 6)) / 127.5 - 1
        np.testing.assert_allclose(loss, np.mean((maps - (2 * mean - 1)) ** 2), rtol=1e-9)
    assert_in(f'{loss:.6f}', lines[0])


def test_a_budget_of_minibatches_is_given_in_whole_epochs():
    with open_cache(CACHE) as cache:
        for minibatches, epochs in ((1, 1), (3, 1), (4, 2), (7, 3)):
            settings = tiny_training.settings(CACHE).override(
                [f'minibatches={minibatches}', 'slice_size=100']
            )
            # 18 images in minibatches of 8: three an epoch.
            assert_equal(TrainingData(cache, settings).epochs(), epochs)
