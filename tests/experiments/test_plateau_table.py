"""What the study of the plateau says of rows whose answer is known."""

import json
import os
import tempfile

from nose.tools import assert_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano.errors import BadFile
from tests.helpers.scripts import script

plateau = script('plateau')
LIVING = {'dead_conv1': 0.0, 'dead_conv2': 0.0, 'dead_conv3': 0.25, 'dead_dense1': 0.5}
DEAD = dict(LIVING, dead_conv3=1.0)


def found(ratios, activities=None, changes=()):
    """What a row of epochs of 30 minibatches at rate 0.5 gives."""
    return dict(
        title='a row',
        changes=changes,
        mean_map=0.02,
        errors=[round(0.02 * ratio, 6) for ratio in ratios],
        training=[0.5 for _ in ratios],
        rates=[0.5 for _ in ratios],
        minibatches=30,
        activities=activities or [LIVING for _ in ratios],
        scores={'cc': 0.5, 'auc_shuffled': 0.6},
    )


def test_a_row_leaves_after_the_rates_of_its_minibatches():
    assert_equal(plateau.left_after(found([1.1, 0.985, 0.979, 0.99])), '45')
    assert_equal(plateau.left_after(found([1.1, 0.985])), 'not in 30')


def test_a_row_with_a_dead_layer_has_not_stayed_but_died():
    row = found([1.1, 1.0, 0.9], [LIVING, DEAD, DEAD])
    assert_equal(plateau.left_after(row), 'conv3 dead after epoch 2')
    assert_equal(plateau.line([row])[3], '0 0 100 50')


def test_rows_of_which_nobody_saw_the_units_are_not_done():
    with tempfile.TemporaryDirectory() as folder:
        old = found([1.1])
        del old['activities']
        for seed, content in enumerate((old, found([1.1, 0.9]))):
            with open(plateau.path_of(plateau.ROWS[0], seed, folder), 'w') as file:
                json.dump(content, file)
        rows = plateau.done(folder, [0, 1, 2])
    assert_equal([[each['errors'] for each in row] for row in rows], [[[0.022, 0.018]]])


def test_a_damaged_row_is_refused_with_its_path():
    with tempfile.TemporaryDirectory() as folder:
        path = plateau.path_of(plateau.ROWS[0], 0, folder)
        for content in ('{"errors": [0.0', '[1]'):
            with open(path, 'w') as file:
                file.write(content)
            with assert_raises(BadFile) as caught:
                plateau.done(folder, [0])
            assert_in(path, str(caught.exception))


def test_the_curves_are_drawn_of_all_rows():
    rows = [[found([1.1, 1.0])], [found([1.2, 1.0], changes=['loss=correlation'])]]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'curves.png')
        plateau.draw(rows, path)
        with Image.open(path) as image:
            assert_equal(image.format, 'PNG')
