"""Figures have their size, and what they are told to show can be seen."""

import os
import subprocess
import sys
import tempfile

import numpy as np
from nose.tools import (
    assert_equal,
    assert_greater,
    assert_in,
    assert_less,
    assert_raises,
    assert_true,
)
from PIL import Image

from juntingnet_theano.report import plots


def epochs(count, first=0.06, last=0.02):
    losses = np.geomspace(first, last, count)
    return [
        {'epoch': i + 1.0, 'training_loss': loss, 'validation_loss': 1.1 * loss, 'seconds': 1.0}
        for i, loss in enumerate(losses)
    ]


def drawn(plot, *arguments, **more):
    path = os.path.join(tempfile.mkdtemp(), 'figure.png')
    plot(*(arguments[:1] + (path,)), **more)
    return np.asarray(Image.open(path).convert('RGB')).astype(int)


def near(picture, colour):
    """Number of pixels of nearly this colour, '#rrggbb'."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(picture - wanted).max(axis=-1) < 12).sum())


def test_learning_curve_shows_both_losses_at_150_dots_an_inch():
    picture = drawn(plots.draw_learning_curve, epochs(20))
    assert_equal(picture.shape, (645, 1050, 3))
    for colour in (plots.TRAINING, plots.VALIDATION):
        assert_greater(near(picture, colour), 500)


def test_baseline_is_a_dashed_line_at_one_height():
    with_line = drawn(plots.draw_learning_curve, epochs(20), baseline=0.045)
    dashes = np.abs(with_line - int(plots.BASELINE[1:3], 16)).max(-1) < 12
    row = dashes.sum(axis=1).argmax()
    share = dashes[row].mean()
    assert_true(0.3 < share < 0.9, share)
    assert_less(dashes[row - 8].sum(), 50)


def test_axis_is_logarithmic_only_for_losses_that_span_much():
    from matplotlib.figure import Figure

    for rows, scale in ((epochs(9, 0.03, 0.02), 'linear'), (epochs(9, 0.3, 0.02), 'log')):
        axes = Figure().subplots()
        plots._loss_axis(axes, rows, None)
        assert_equal(axes.get_yscale(), scale)


def test_one_epoch_can_be_seen_and_a_loss_that_is_not_finite_is_left_out():
    assert_greater(near(drawn(plots.draw_learning_curve, epochs(1)), plots.TRAINING), 30)
    rows = epochs(5)
    rows[4]['validation_loss'] = float('nan')
    assert_greater(near(drawn(plots.draw_learning_curve, rows), plots.VALIDATION), 100)


def stimulus(height, width):
    image = np.zeros((height, width, 3), 'uint8')
    image[:, :, 0] = 255
    return image


def test_panel_keeps_aspect_ratios_and_puts_truth_last():
    left = np.zeros((60, 120))
    left[:, :60] = 1
    picture = drawn(plots.draw_panel, [(stimulus(60, 120), 1 - left, left)])
    red = near(picture, '#ff0000')
    mask = np.abs(picture - [255, 0, 0]).max(-1) < 12
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert_less(abs(width / float(height) - 2), 0.05)
    assert_greater(red, 0.9 * height * width)
    # Black and white halves of the two maps, left to right.
    line = picture[rows.mean().astype(int), columns.max() + 1 :, 0]
    thirds = [line[int(share * len(line))] > 128 for share in (0.12, 0.4, 0.62, 0.88)]
    assert_equal(thirds, [True, False, False, True])


def test_panel_without_any_truth_has_two_columns():
    rows = [(stimulus(60, 80), None, np.eye(60, 80))] * 2
    two = drawn(plots.draw_panel, rows)
    rows = [(image, shown, shown) for image, _, shown in rows]
    three = drawn(plots.draw_panel, rows)
    assert_less(two.shape[1], 0.7 * three.shape[1])
    assert_less(abs(two.shape[0] - three.shape[0]), 2)


def test_panel_takes_rows_from_a_generator_and_says_what_is_withheld():
    image, shown = stimulus(60, 80), np.eye(60, 80)
    picture = drawn(
        plots.draw_panel, (row for row in [(image, shown, shown), (image, None, shown)])
    )
    # A cell without a map is white, but for one grey word.
    cell = picture[-150:-30, -250:-30]
    assert_true(0.9 < (cell > 240).all(-1).mean() < 1)


def test_a_figure_that_fails_leaves_no_file():
    folder = tempfile.mkdtemp()
    with assert_raises(Exception):
        plots.draw_panel([('no', 'picture', 'at all')], os.path.join(folder, 'panel.png'))
    assert_equal(os.listdir(folder), [])


def test_a_way_to_show_figures_that_is_none_is_named():
    code = (
        'from juntingnet_theano.errors import BadSetting\n'
        'from juntingnet_theano.report import plots\n'
        'from juntingnet_theano.saliency_maps import map_files\n'
        'for draw in (\n'
        '    lambda: plots.draw_learning_curve([], ""),\n'
        '    lambda: map_files.colours("inferno"),\n'
        '):\n'
        '    try:\n        draw()\n'
        '    except BadSetting as error:\n        print(error)\n'
    )
    said = subprocess.check_output(
        [sys.executable, '-c', code], env=dict(os.environ, MPLBACKEND='nonsense'), text=True
    )
    assert_equal(said.count('unset MPLBACKEND'), 2)


def test_settings_of_matplotlib_that_are_no_regular_file_are_refused():
    code = (
        'from juntingnet_theano.errors import BadFile\n'
        'from juntingnet_theano.saliency_maps import map_files\n'
        'try:\n    print(len(map_files.colours("inferno")))\n'
        'except BadFile as error:\n    print(error)\n'
    )
    folder = tempfile.mkdtemp()
    pipe = os.path.join(folder, 'matplotlibrc')
    os.mkfifo(pipe)
    for environ, words in (
        ({'MATPLOTLIBRC': pipe}, 'a named pipe'),
        ({'MATPLOTLIBRC': folder}, 'a named pipe'),
        ({'MPLCONFIGDIR': folder}, 'a named pipe'),
        ({'MATPLOTLIBRC': os.devnull}, '256'),
    ):
        said = subprocess.check_output(
            [sys.executable, '-c', code], env=dict(os.environ, **environ), text=True, timeout=60
        )
        assert_in(words, said)


def test_matplotlib_waits_until_a_figure_is_drawn():
    code = 'import sys, juntingnet_theano.report.plots; sys.exit("matplotlib" in sys.modules)'
    assert_equal(subprocess.call([sys.executable, '-c', code]), 0)
