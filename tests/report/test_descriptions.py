"""What `juntingnet info` and `figure1` say and draw."""

import os
import tempfile

import h5py
import numpy as np
from nose.tools import (
    assert_equal,
    assert_greater,
    assert_in,
    assert_not_in,
    assert_raises,
    assert_true,
)
from PIL import Image

from juntingnet_theano.cache import PreprocessingSettings
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.report import figure1
from juntingnet_theano.report.descriptions import describe
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import history
from juntingnet_theano.training.runs import Run
from tests.helpers.mat_files import touch
from tests.helpers.output import captured

FOLDER = tempfile.mkdtemp()


def raw():
    root = os.path.join(FOLDER, 'sample')
    if not os.path.exists(root):
        sample.generate(root, counts=(4, 2, 1))
    return root


def cache():
    path = os.path.join(FOLDER, 'sample.hdf5')
    if not os.path.exists(path):
        preprocess(
            'sample',
            raw(),
            path,
            PreprocessingSettings(),
            workers=1,
            watch=lambda items, *_, **__: items,
        )
    return path


def text(path, name=None):
    return '\n'.join(describe(path, name))


def test_a_cache_says_its_counts_sizes_and_where_it_comes_from():
    said = text(cache())
    records = sample.read(raw(), 'training')
    count = sum(len(record.fixations.x) for record in records)
    heights = [record.size[0] for record in records]
    low, high = min(heights), max(heights)
    for part in (
        'a cache of 7 images',
        'training: 4 images',
        f'with maps, {count:,} fixations on 4, 0 outside',
        'testing: 1 images',
        '"fit": "squash"',
        'fingerprint: ',
        'made by: juntingnet ',
        str(low) if low == high else f'{low} to {high}',
    ):
        assert_in(part, said)


def test_raw_files_say_what_set_they_are():
    said = text(raw())
    assert_in('in the layout of sample', said)
    assert_in('training: 4 images, 4 with maps', said)
    assert_in('licence: none needed', said)
    # The same files are iSUN's to who says so.
    assert_in('the whole isun has: 6,000 training', text(raw(), 'isun'))


def test_other_folders_are_folders_of_images():
    root = tempfile.mkdtemp()
    Image.new('RGB', (4, 3)).save(touch(root, 'a.png'))
    assert_in('in the layout of folder', text(root))
    with assert_raises(MissingFiles):
        describe(tempfile.mkdtemp())


def test_weights_say_their_parameters_and_attributes():
    from juntingnet_theano.network import weights

    from lasagne.layers import DenseLayer, InputLayer

    path = os.path.join(tempfile.mkdtemp(), 'weights.hdf5')
    layer = DenseLayer(InputLayer((None, 4)), 3, name='dense1')
    weights.save(path, layer, {'head': 'paper'})
    said = text(path)
    for part in (
        '15 parameters',
        'dense1/W 4x3',
        'dense1/b 3',
        'head: paper',
        'juntingnet_version: ',
    ):
        assert_in(part, said)


def test_a_run_says_how_far_it_is():
    folder = os.path.join(tempfile.mkdtemp(), 'run')
    run = Run(folder, Settings(epochs=9))
    run.start()
    assert_in('a run of 9 epochs', text(folder))
    for epoch, loss in ((1, 0.5), (2, 0.25), (3, 0.375)):
        history.append(
            run.history_path,
            dict(
                dict.fromkeys(history.COLUMNS + history.ACTIVITY, 0.0),
                epoch=epoch,
                validation_loss=loss,
            ),
        )
    said = text(folder)
    assert_in('3 epochs done; validation loss 0.37500 now, best 0.25000 after epoch 2', said)
    assert_in('best weights: not there', said)


def test_what_is_nothing_of_ours_is_refused():
    with assert_raises(MissingFiles):
        describe(os.path.join(FOLDER, 'nowhere'))
    for content in (b'', b'words' * 99):
        path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
        with open(path, 'wb') as file:
            file.write(content)
        with assert_raises(BadFile) as raised:
            describe(path)
        assert_in(path, str(raised.exception))
    path = os.path.join(tempfile.mkdtemp(), 'b.hdf5')
    h5py.File(path, 'w').close()
    with assert_raises(BadFile):
        describe(path)
    pipe = os.path.join(tempfile.mkdtemp(), 'pipe')
    os.mkfifo(pipe)
    for path in (pipe, '/dev/zero'):
        with assert_raises(BadFile) as raised:
            describe(path)
        assert_in('regular', str(raised.exception))


def test_the_command_prints_the_facts():
    assert_equal(captured(['info', cache()])[:2], (0, text(cache()) + '\n'))


def test_figure_1_has_maps_left_and_images_right():
    path = os.path.join(tempfile.mkdtemp(), 'figure1.png')
    figure1.draw([('sample', raw()), ('isun', raw())], path, rows=2)
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert('RGB')).astype(int)
    coloured = np.ptp(pixels, axis=2) > 30
    half = pixels.shape[1] // 4
    shares = [coloured[:, start : start + half].mean() for start in range(0, 4 * half, half)]
    for maps, images in (shares[:2], shares[2:]):
        assert_greater(images, 10 * maps)


def test_figure_1_names_what_is_missing():
    nowhere = os.path.join(FOLDER, 'nowhere')
    code, _, error = captured(['figure1', '--isun', raw(), '--salicon', nowhere])
    assert_equal(code, 2)
    assert_in('juntingnet download salicon-2015', error)
    assert_not_in('Traceback', error)


def test_figure_1_makes_maps_where_none_are_shipped():
    root = tempfile.mkdtemp()
    Image.new('RGB', (40, 30), 'red').save(touch(root, 'a.png'))
    with open(touch(root, 'fixations', 'a.csv'), 'w') as file:
        file.write('x,y\n5,5\n')
    path = os.path.join(root, 'figure.png')
    figure1.draw([('folder', root)], path)
    assert_true(os.path.getsize(path) > 1000)
    os.remove(os.path.join(root, 'fixations', 'a.csv'))
    with assert_raises(MissingFiles):
        figure1.draw([('folder', root)], path)
