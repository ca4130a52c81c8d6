"""A network's activity: dead units are counted, a dead layer stops a run."""

import contextlib
import io
import os
import shutil
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_true

from juntingnet_theano.cache import open_cache
from juntingnet_theano.cli.main import main
from juntingnet_theano.network import activity
from juntingnet_theano.network.functions import WATCHED, Trainer, parameters
from juntingnet_theano.network.layers import build_juntingnet
from juntingnet_theano.training import history
from juntingnet_theano.training.data import TrainingData
from juntingnet_theano.training.runs import Run
from tests.helpers import tiny_training
from tests.helpers.output import captured
from tests.helpers.quick_weights import quick_weights

FOLDER = tempfile.mkdtemp()
CACHE = os.path.join(FOLDER, 'tiny.hdf5')


def setup_module():
    tiny_training.write_cache(CACHE)


def teardown_module():
    shutil.rmtree(FOLDER)


def test_a_unit_is_dead_where_no_image_and_no_place_wakes_it():
    rng = np.random.RandomState(0)
    maps = np.maximum(rng.normal(0, 1, (6, 8, 3, 4)), 0)
    maps[:, [1, 4, 5]] = 0
    maps[2, 4, 1, 1] = 1e-30
    units = np.zeros((6, 5))
    units[3, 2] = 1
    found = activity.look({'conv3': maps, 'dense1': units}, units, units)
    assert_equal(found.dead, {'conv3': 2 / 8.0, 'dense1': 4 / 5.0})
    assert_equal(found.dead_layer(), None)
    found = activity.look({'conv3': maps, 'dense1': 0 * units}, units, units)
    assert_equal(found.dead_layer(), 'dense1')


def test_numbers_that_are_not_finite_are_not_dead():
    found = activity.look({'conv1': np.full((2, 3), np.nan)}, *[np.eye(2)] * 2)
    assert_equal(found.dead_layer(), None)


def test_deviation_is_over_images_and_root_mean_square_over_pixels():
    rng = np.random.RandomState(1)
    output, truth = rng.uniform(size=(2, 7, 9)).astype('float32')
    found = activity.look({}, output, truth)
    by_pixel = [np.std(output[:, pixel].astype(float)) for pixel in range(9)]
    np.testing.assert_allclose(
        found.output_deviation, np.sqrt(sum(each**2 for each in by_pixel) / 9)
    )
    assert_equal(activity.look({}, np.ones((7, 9)), truth).output_deviation, 0)


def test_killing_the_third_convolution_shows_in_it_and_in_no_other():
    settings = tiny_training.settings(CACHE)
    layer = build_juntingnet(head='released', initial_weights=quick_weights())
    trainer = Trainer(layer)
    with open_cache(CACHE) as cache:
        data = TrainingData(cache, settings)
        data.load('validation', 0, trainer.validation)
        before = trainer.activity(data.sample()).dead
        assert_equal([before[name] for name in WATCHED][:3], [0, 0, 0])
        bias = parameters(layer)['conv3.b']
        bias.set_value(np.where(np.arange(64) < 16, 9, -9).astype('float32'))
        after = trainer.activity(data.sample()).dead
        assert_equal([after[name] for name in WATCHED][:3], [0, 0, 0.75])
        bias.set_value(np.full(64, -9, 'float32'))
        found = trainer.activity(data.sample())
        assert_equal(found.dead_layer(), 'conv3')
        assert_true(found.output_deviation < 1e-5 < found.truth_deviation)


def started(name, *more):
    """Exit code and words of a training of two epochs whose first layer is dead."""
    path = os.path.join(FOLDER, name + '.toml')
    # Weights that are drawn quickly.
    tiny_training.settings(CACHE).override(['epochs=2', 'initialisation=glorot']).save(path)
    run = os.path.join(FOLDER, name)
    code, out, error = captured(
        ['train', '--config', path, '--run', run, '--set', 'bias=-9', *more]
    )
    return code, out + error, Run(run, None)


def test_a_run_whose_layer_is_dead_stops_and_says_which_when_and_what_to_do():
    code, said, run = started('dead')
    assert_equal(code, 2)
    for words in (
        'epoch 1 of',
        'every unit of conv1',
        'learning rate 0.5',
        'learning_rate_start=',
        'on_dead=go-on',
    ):
        assert_in(words, said)
    (row,) = history.read(run.history_path)
    assert_equal(row['dead_conv1'], 1)
    assert_equal(os.path.exists(run.best_path), False)


def test_a_run_may_go_on_with_a_dead_layer_and_info_says_so():
    code, said, run = started('kept', '--set', 'on_dead=go-on')
    assert_equal((code, len(history.read(run.history_path))), (0, 2))
    assert_in('dead: conv1 100 %', said)
    for path in (run.folder, run.best_path):
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            assert_equal(main(['info', path]), 0)
        assert_in('conv1', shown.getvalue())
