"""Figures 2 to 5 of the paper, from runs."""

import contextlib
import io
import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_in, assert_less
from PIL import Image

from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.network import weights
from juntingnet_theano.network.layers import build_juntingnet, no_weights
from juntingnet_theano.report import plots
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import history
from juntingnet_theano.training.runs import Run
from tests.helpers.scripts import script

paper_figures = script('paper_figures')


def a_run(folder, name, trained=True):
    run = Run(os.path.join(folder, name), Settings(cache=os.path.join(folder, 'none.hdf5')))
    run.start()
    for number in (1, 2, 3):
        row = dict(dict.fromkeys(history.COLUMNS, 0.5 / number), epoch=number)
        history.append(run.history_path, row)
    if trained:
        weights.save(
            run.best_path,
            build_juntingnet(head='released', initial_weights=no_weights),
            {'head': 'released'},
        )
    return run.folder


def run(*arguments):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        paper_figures.main(list(arguments))
    return said.getvalue()


def test_figure_2_has_the_sizes_of_section_3_1():
    # Steps 1 to 7 of the paper: (channels, height, width) or units.
    expected = [(3, 96, 96), (32, 46, 46), (64, 22, 22), (64, 10, 10), (4608,), (2304,)]
    expected += [(1, 48, 48)]
    found = paper_figures.volumes('paper')
    assert_equal([shape for shape, _ in found], expected)
    assert_equal(
        [made.split(',')[0] for _, made in found[1:4]],
        ['convolution 5x5', 'convolution 3x3', 'convolution 3x3'],
    )
    # The authors' code: the maximum comes first, then a linear layer.
    assert_equal(
        [made for _, made in paper_figures.volumes('released')[5:7]],
        ['maxout of pairs', 'fully connected'],
    )


def test_figure_2_shows_every_volume():
    path = os.path.join(tempfile.mkdtemp(), 'figure.png')
    inked = []
    for count in (1, 4):
        plots.draw_network(paper_figures.volumes('paper')[:count], path)
        inked.append(np.sum(np.asarray(Image.open(path).convert('L')) < 250))
    assert_greater(inked[1], inked[0])


def test_curves_and_rows_of_both_sets_are_drawn():
    folder = tempfile.mkdtemp()
    sets = []
    for name in ('isun', 'sample'):
        raw = os.path.join(folder, 'raw', name)
        sample.generate(raw, counts=(1, 4, 1))
        sets.append((name, raw, a_run(folder, name)))
    lines = list(paper_figures.draw(sets, folder, rows=2))
    paths = [os.path.join(folder, f'figure-{number}.png') for number in (2, 3, 4, 5)]
    assert_equal(lines, ['wrote ' + path for path in paths])
    heights = []
    for some in (sets, sets[:1]):
        if some != sets:
            plots.draw_panel(list(paper_figures.panel(some, 2)), paths[3])
        with Image.open(paths[3]) as picture:
            heights.append(picture.height)
            # Three columns: image, prediction, ground truth.
            assert_equal(picture.width, int(150 * (3 * 2.3 + 0.25)))
    with Image.open(
        os.path.join(sets[0][1], 'images', os.listdir(sets[0][1] + '/images')[0])
    ) as one:
        row = 150 * (2.3 * one.height / one.width + 0.06)
    # The other set has two rows more.
    assert_greater(heights[0] - heights[1], 2 * row * 0.9)
    assert_less(heights[0] - heights[1], 2 * row * 1.2)


def test_what_is_not_there_is_said():
    folder = tempfile.mkdtemp()
    said = run(
        '--raw',
        folder,
        '--run-isun',
        a_run(folder, 'isun', trained=False),
        '--run-salicon',
        os.path.join(folder, 'none'),
        '--out',
        folder,
    )
    for part in (
        'wrote {}/figure-2.png',
        'wrote {}/figure-3.png',
        'no figure 4: no {}/none/',
        'no {}/isun/weights-best.hdf5: the weights that ship',
        'no figure 5: ',
        '{}/isun',
    ):
        assert_in(part.format(folder), said)
    assert_equal(os.path.exists(os.path.join(folder, 'figure-5.png')), False)
