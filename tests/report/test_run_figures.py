"""A report shows what a run did, with its own weights and its own cache."""

import json
import os
import shutil
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano.cache import PreprocessingSettings, open_cache
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import BadSetting, MissingFiles
from juntingnet_theano.network import weights
from juntingnet_theano.network.layers import build_juntingnet
from juntingnet_theano.report import run_figures
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import history
from juntingnet_theano.training.runs import Run
from tests.helpers import tiny_training
from tests.helpers.quick_weights import quick_weights


def a_run(folder, **settings):
    run = Run(
        os.path.join(folder, 'run'),
        Settings(cache=os.path.join(folder, 'sample.hdf5'), head='released', **settings),
    )
    run.start()
    return run


def epoch(number):
    return dict(dict.fromkeys(history.COLUMNS, 0.5 / number), epoch=number)


def test_curve_and_panel_are_drawn_from_the_files_of_a_run():
    folder = tempfile.mkdtemp()
    try:
        raw = os.path.join(folder, 'raw')
        sample.generate(raw, counts=(6, 5, 1))
        run = a_run(folder)
        preprocess('sample', raw, run.settings.cache, PreprocessingSettings(), workers=1)
        for number in (1, 2, 3):
            history.append(run.history_path, epoch(number))
        layer = build_juntingnet(head='released', initial_weights=quick_weights())
        weights.save(run.best_path, layer, {'head': 'released'})
        paths = list(run_figures.write_report(run.folder, 'sample', raw, 2))
        assert_equal(
            [os.path.basename(path) for path in paths], ['mean-map.json', 'curves.png', 'panel.png']
        )
        # Three columns, since the validation split has its truths.
        assert_equal(Image.open(paths[2]).size[0], int(150 * (3 * 2.3 + 0.25)))
    finally:
        shutil.rmtree(folder)


def test_the_mean_maps_loss_is_kept_in_the_units_of_the_runs():
    folder = tempfile.mkdtemp()
    cache = os.path.join(folder, 'tiny.hdf5')
    tiny_training.write_cache(cache)
    with open_cache(cache) as opened:
        mean = opened.maps('training')[:, 0].mean(axis=0) / 255.0
        truths = opened.maps('validation')[:, 0] / 255.0
    squares = np.mean([np.mean((mean - truth) ** 2) for truth in truths])
    apart = np.mean([1 - np.corrcoef(mean.ravel(), truth.ravel())[0, 1] for truth in truths])
    for loss, expected in (
        ('squared', squares),
        ('summed', squares * 1152),
        ('correlation', apart),
    ):
        run = Run(os.path.join(folder, loss), Settings(cache=cache, holdout=0.0, loss=loss))
        run.start()
        history.append(run.history_path, epoch(1))
        figures = run_figures.write_report(run.folder, 'sample', '/nowhere')
        path = next(figures)
        with open(path) as file:
            np.testing.assert_allclose(json.load(file)['validation_loss'], expected, rtol=1e-9)
        assert_equal(os.path.basename(next(figures)), 'curves.png')


def test_a_run_without_an_epoch_is_told_so():
    folder = tempfile.mkdtemp()
    run = a_run(folder)
    with assert_raises(MissingFiles) as caught:
        list(run_figures.write_report(run.folder, 'sample', folder))
    assert_in('no epoch is complete', str(caught.exception))


def test_the_curve_is_drawn_where_cache_and_weights_are_not():
    run = a_run(tempfile.mkdtemp())
    history.append(run.history_path, epoch(1))
    figures = run_figures.write_report(run.folder, 'sample', '/nowhere')
    assert_equal(next(figures), os.path.join(run.folder, 'curves.png'))
    with assert_raises(MissingFiles):
        next(figures)


def test_rows_are_spread_evenly_by_hand():
    assert_equal(run_figures.evenly(list(range(100)), 4), [12, 37, 62, 87])
    assert_equal(run_figures.evenly([1, 2], 6), [1, 2])
    assert_equal(run_figures.evenly([], 6), [])
    assert_equal(len(set(run_figures.evenly(list(np.arange(7)), 6))), 6)


def test_no_rows_are_no_panel():
    for rows in (0, -1):
        with assert_raises(BadSetting) as caught:
            list(run_figures.write_report('nowhere', 'sample', 'nowhere', rows))
        assert_in('at least 1', str(caught.exception))
