"""Where recipes leave the plateau, of histories whose answer is known."""

import contextlib
import io
import json
import os
import tempfile

import numpy as np
from nose.tools import (
    assert_almost_equal,
    assert_equal,
    assert_greater,
    assert_in,
    assert_less,
    assert_raises,
)
from PIL import Image

from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import history
from tests.helpers import ROOT
from tests.helpers.scripts import script

recipes = script('recipes')


def results(folder, name, ratios, mean_map=0.02, images=300, rate=0.5, dead=0.0, keep=True):
    """What is kept of a run whose validation losses are multiples of the mean
    map's: epochs of three minibatches."""
    place = os.path.join(folder, name)
    os.makedirs(place)
    Settings(batch_size=128).save(os.path.join(place, 'settings.toml'))
    for number, ratio in enumerate(ratios, 1):
        row = dict.fromkeys(history.COLUMNS + history.ACTIVITY, 0.0)
        row.update(
            epoch=number,
            validation_loss=ratio * mean_map,
            learning_rate=rate / number,
            seconds=7.7,
            images_per_second=images / 7.7,
            dead_conv3=dead,
        )
        history.append(os.path.join(place, 'history.csv'), row)
    if keep:
        with open(os.path.join(place, 'mean-map.json'), 'w') as file:
            json.dump({'validation_loss': mean_map}, file)
    return place


def run(*arguments):
    """Exit code, and what was said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            recipes.main(list(arguments))
        except SystemExit as error:
            return error.code, said.getvalue()
    return 0, said.getvalue()


def test_the_plateau_is_left_two_percent_below_the_mean_map_for_ten_epochs():
    for ratios, epoch in (
        ([1.2, 1.0, 0.97, 0.9], 2),
        # It came back at once: what counts is the last time.
        ([1.2, 0.97, 0.99, 0.97, 0.96], 3),
        ([0.5, 0.4], 0),
        ([1.1, 1.0, 0.981], None),
        ([0.9, 0.9, 1.0], None),
        ([float('nan'), 0.9], 1),
        ([0.9, float('nan')], None),
        ([1.1] + 10 * [0.9] + [1.4, 0.9], 1),
        ([1.1] + 9 * [0.9] + [1.4, 0.9], 11),
    ):
        assert_equal(recipes.leaving(np.array(ratios) * 0.02, 0.02), epoch, ratios)
    assert_equal(recipes.leaving([1, 0.98], 1), 1)


def test_epochs_are_counted_in_minibatches_and_in_rate_times_minibatches():
    for images, minibatches in ((300, 3), (256, 2), (257, 3), (1, 1)):
        folder = tempfile.mkdtemp()
        found = recipes.read(results(folder, 'a', [1.2, 1.0, 0.9, 0.8], images=images))
        np.testing.assert_array_equal(found.minibatches, minibatches * np.arange(1, 5))
        # Rates of 1/2, 1/4, 1/6 and 1/8.
        assert_almost_equal(found.budgets[2], minibatches * (1 / 2 + 1 / 4 + 1 / 6))
        assert_equal((found.left, found.died), (2, False))


def test_the_table_says_when_each_left_who_died_and_who_was_left_out():
    folder = tempfile.mkdtemp()
    results(folder, 'leaves', [1.2, 1.0, 0.9, 0.8])
    results(folder, 'stays', [1.2, 1.0], mean_map=0.5)
    results(folder, 'dies', [1.2, 1.0], dead=1.0)
    results(folder, 'unknown', [1.2, 1.0], keep=False)
    code, said = run(folder, '--out', os.path.join(folder, 'chart'))
    assert_equal(code, 0, said)
    assert_in('left out ' + os.path.join(folder, 'unknown'), said)
    with open(os.path.join(folder, 'chart.rst')) as file:
        rows = [line.split('  ') for line in file.read().splitlines()[3:-1]]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert_equal(
        cells,
        [
            ['dies, dead', '6', 'not left', '-', '0.02000', '0.02000', '0.02000'],
            ['leaves', '12', '9', '3', '0.01600', '0.01600', '0.02000'],
            ['stays', '6', 'not left', '-', '0.50000', '0.50000', '0.50000'],
        ],
    )


def test_the_figure_has_a_dot_where_the_plateau_is_left():
    folder = tempfile.mkdtemp()
    blue = np.array([31, 119, 180])  # matplotlib's first colour
    pixels = []
    for name, ratios in (('stays', [0.985] * 3), ('leaves', [0.975] * 3)):
        curve = recipes.read(results(folder, name, ratios))
        path = os.path.join(folder, name + '.png')
        recipes.draw([curve], path)
        picture = np.asarray(Image.open(path).convert('RGB')).astype(int)
        near = np.abs(picture - blue).max(axis=-1) < 12
        pixels.append(near.sum(axis=0).max())
    # Flat lines of three pixels, one in the legend; a dot has fifteen more.
    assert_less(pixels[0], 10)
    assert_greater(pixels[1], 13)


def test_the_kept_table_is_that_of_the_kept_results():
    place = os.path.join(ROOT, 'experiments', 'results')
    curves, _ = recipes.find([place])
    with open(os.path.join(place, 'recipes.rst'), encoding='utf-8') as file:
        assert_equal(file.read(), recipes.table(curves))


def test_results_that_are_broken_or_absent_are_refused():
    folder = tempfile.mkdtemp()
    code, said = run(folder)
    assert_equal(code, 2)
    assert_in('no history.csv', said)
    place = results(folder, 'a', [1.2, 1.0])
    for text in ('{}', '[]', 'no JSON', '{"validation_loss": "much"}'):
        with open(os.path.join(place, 'mean-map.json'), 'w') as file:
            file.write(text)
        code, said = run(folder)
        assert_equal(code, 2)
        assert_in(os.path.join(place, 'mean-map.json'), said)
    os.remove(os.path.join(place, 'mean-map.json'))
    with assert_raises(recipes.MissingFiles):
        recipes.read(place)
