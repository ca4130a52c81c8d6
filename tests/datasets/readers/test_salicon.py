"""SALICON's folders and MAT files: forged, and the real ones."""

import os
import tempfile
import unittest

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano import datasets
from juntingnet_theano.datasets.readers import salicon
from juntingnet_theano.errors import BadFile, MissingFiles
from tests.helpers.mat_files import save, structs, touch

NAME = 'COCO_train2014_000000000007'


def write_gaze(root, short, name, observers, shape=(-1, 1), **variables):
    path = touch(root, 'fixations', short, name + '.mat')
    gaze = np.empty(
        len(observers), [(field, object) for field in ('location', 'timestamp', 'fixations')]
    )
    for row, (points, times) in enumerate(observers):
        gaze[row]['location'] = np.array(points, float) + 0.25
        gaze[row]['timestamp'] = np.array(times, float)[:, None]
        gaze[row]['fixations'] = np.array(points, float)
    content = {
        'image': name,
        'resolution': [[480, 640]],
        'gaze': gaze.reshape(shape) if observers else np.zeros((0, 0)),
    }
    content.update(variables)
    scipy.io.savemat(path, content)


def first(root, split='training'):
    return datasets.with_gaze('salicon', salicon.read(root, split)[0])


def test_folders_are_splits():
    root = tempfile.mkdtemp()
    for short in ('train', 'val', 'test'):
        touch(root, 'images', short, 'b.jpg')
        touch(root, 'images', short, 'a.jpg')
    for split, short in salicon.FOLDERS.items():
        found = salicon.read(root, split)
        assert_equal([record.name for record in found], ['a', 'b'])
        assert_equal(found[0].image, os.path.join(root, 'images', short, 'a.jpg'))
        assert_equal([found[0].has_map, bool(found[0].gaze)], [split != 'testing'] * 2)


def test_flat_images_are_split_by_their_names():
    root = tempfile.mkdtemp()
    for name in ('COCO_train2014_01', 'COCO_val2014_02', 'COCO_test2014_03'):
        touch(root, 'images', name + '.jpg')
    assert_equal(
        [[record.name for record in salicon.read(root, split)] for split in salicon.SPLITS],
        [['COCO_train2014_01'], ['COCO_val2014_02'], ['COCO_test2014_03']],
    )
    assert_equal(datasets.check('salicon', root, ['testing']), None)


def test_maps_may_be_png_or_jpeg():
    for extension in ('.png', '.jpg'):
        root = tempfile.mkdtemp()
        touch(root, 'images', 'val', 'a.jpg')
        path = touch(root, 'maps', 'val', 'a' + extension)
        (found,) = salicon.read(root, 'validation')
        assert_equal(found.saliency_map, path)


def test_sidecars_are_left_out_and_archives_may_lie_deeper():
    root = tempfile.mkdtemp()
    image = touch(root, 'images', 'train', 'train', NAME + '.JPG')
    touch(root, 'images', 'train', 'train', NAME + '.json')
    gaze = touch(root, 'fixations', 'fixations', 'train', NAME + '.mat')
    touch(root, 'maps', 'train', NAME + '.json')
    saliency_map = touch(root, 'maps', 'train', NAME + '.png')
    touch(root, 'maps', 'train', 'Thumbs.db')
    stray = touch(root, 'maps', 'train', 'stray.png')
    found = salicon.read(root, 'training')
    assert_equal(
        [(record.image, record.gaze, record.saliency_map) for record in found],
        [(image, (gaze,), saliency_map)],
    )
    assert_equal(
        sorted(found.left_out.values()), ['.db', '.json', '.json', 'maps without a picture']
    )
    assert_in(stray, found.left_out)


def test_twins_of_images_maps_and_gaze_are_refused():
    for folder, one, other in (
        ('images', '.jpg', '.PNG'),
        ('maps', '.png', '.jpg'),
        ('fixations', '.mat', '.MAT'),
    ):
        root = tempfile.mkdtemp()
        touch(root, 'images', 'train', NAME + '.jpg')
        for extension in (one, other):
            touch(root, folder, 'train', NAME + extension)
        with assert_raises(BadFile) as raised:
            salicon.read(root, 'training')
        assert_in(NAME + other, str(raised.exception))


def test_gaze_is_read_when_it_is_asked_for():
    for shape in ((-1, 1), (1, -1)):
        root = tempfile.mkdtemp()
        touch(root, 'images', 'train', NAME + '.jpg')
        write_gaze(
            root,
            'train',
            NAME,
            [([(1, 1), (640, 480)], [0, 100]), ([(641, 1), (11, 21)], [0, 5])],
            shape,
        )
        assert_true(salicon.read(root, 'training')[0].fixations is None)
        found = first(root)
        assert_equal(found.size, (480, 640))
        assert_equal(found.fixations.x.tolist(), [0, 639, 10])
        assert_equal(found.fixations.y.tolist(), [0, 479, 20])
        assert_equal(found.fixations.subject.tolist(), [0, 0, 1])
        assert_true(np.allclose(found.fixations.t, [0, 0.1, 0.005]))
        assert_equal(found.dropped, 1)


def test_nobody_looked():
    root = tempfile.mkdtemp()
    touch(root, 'images', 'train', NAME + '.jpg')
    write_gaze(root, 'train', NAME, [])
    assert_equal(len(first(root).fixations.x), 0)


def test_gaze_file_that_is_missing_or_broken_is_named():
    root = tempfile.mkdtemp()
    touch(root, 'images', 'train', NAME + '.jpg')
    with assert_raises(BadFile) as raised:
        first(root)
    assert_in(NAME + '.mat', str(raised.exception))
    write_gaze(root, 'train', NAME, [], resolution=[[1]])
    with assert_raises(BadFile) as raised:
        first(root)
    assert_in(NAME + '.mat', str(raised.exception))


def test_maps_are_made_from_the_fixations_where_no_folder_has_any():
    root = tempfile.mkdtemp()
    touch(root, 'images', 'train', NAME + '.jpg')
    (found,) = salicon.read(root, 'training')
    assert_equal((found.saliency_map, found.map_sigma), (None, 19))
    touch(root, 'maps', 'train', 'another.png')
    (found,) = salicon.read(root, 'training')
    assert_equal(found.map_sigma, None)
    assert_in(NAME + '.png', found.saliency_map)


def test_the_edition_of_2017_needs_its_maps():
    root = tempfile.mkdtemp()
    with assert_raises(MissingFiles) as raised:
        datasets.check('salicon-2017', root)
    assert_in(os.path.join(root, 'maps', 'val', ''), str(raised.exception))
    assert_true('testing' in datasets.reader('salicon-2017').SPLITS)


def test_the_challenges_edition_makes_its_maps():
    root = tempfile.mkdtemp()
    observer = structs(
        [{'location': np.ones((1, 2)), 'timestamp': [[0.0]], 'fixation': np.array([[3.0, 4.0]])}],
        (1, -1),
    )
    for split, gaze in (('training', observer), ('testing', None)):
        item = {'image': 'COCO_' + split, 'resolution': [[480, 640]]}
        if gaze is not None:
            item['gaze'] = gaze
        save(os.path.join(root, split + '.mat'), **{split: structs([item], (1, -1))})
    reader = datasets.reader('salicon-lsun')
    (record,) = reader.read(root, 'training')
    assert_equal((record.map_sigma, record.saliency_map), (19, None))
    assert_equal(record.fixations.x.tolist(), [2])
    assert_equal(reader.read(root, 'testing')[0].has_map, False)
    touch(root, 'saliency', 'COCO_training.mat')
    (record,) = reader.read(root, 'training')
    assert_equal(record.map_sigma, None)
    assert_true(record.has_map)


def test_missing_parts_are_listed():
    root = tempfile.mkdtemp()
    touch(root, 'images', 'train', NAME + '.jpg')
    with assert_raises(MissingFiles) as raised:
        datasets.check('salicon', root)
    for part in ('images/val/', 'images/test/', 'fixations/train/', 'fixations/val/'):
        assert_in(os.path.join(root, part), str(raised.exception))


def test_real_folders_have_their_counts_and_ranges():
    if 'DATA_ROOT' not in os.environ:
        raise unittest.SkipTest('DATA_ROOT names no folder with real data')
    root = os.path.join(os.environ['DATA_ROOT'], 'salicon')
    found = {split: salicon.read(root, split) for split in salicon.SPLITS}
    assert_equal([len(found[split]) for split in salicon.SPLITS], [450, 100, 150])
    for record in found['validation'][::10]:
        record = datasets.with_gaze('salicon', record)
        x, y, subject, t = record.fixations
        assert_equal(record.size, (480, 640))
        assert_true(x.min() >= 0 and x.max() <= 639)
        assert_true(y.min() >= 0 and y.max() <= 479)
        assert_true(subject.max() > 50)
        # Mouse tracks of five seconds at most, in steps of 100 ms.
        assert_true(t.min() >= 0 and 1 < t.max() < 10)
        assert_true(np.allclose(np.rint(t * 10), t * 10, atol=1e-3))
