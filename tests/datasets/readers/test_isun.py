"""iSUN in the challenge's layout: forged files, and the real ones."""

import os
import tempfile
import unittest

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.datasets.readers import isun
from juntingnet_theano.errors import BadFile
from tests.helpers.mat_files import structs, touch

WIDTH, HEIGHT = 40, 30


def observer(field, points, times=None):
    struct = {
        'location': np.array(points, float).reshape(-1, 2),
        field: np.array(points, float).reshape(-1, 2),
    }
    if times is not None:
        struct['timestamp'] = np.array(times, float)[:, None]
    return struct


def entry(name='a', gaze=None, **more):
    item = {'image': name, 'resolution': [[HEIGHT, WIDTH]]}
    item.update(more)
    if gaze is not None:
        item['gaze'] = structs(gaze, (1, -1)) if gaze else np.zeros((0, 0))
    return item


def forged(*items, **options):
    """A root folder with a training list of `items`."""
    root = tempfile.mkdtemp()
    scipy.io.savemat(
        os.path.join(root, 'training.mat'),
        {'training': structs(items, options.get('shape', (-1, 1)))},
    )
    return root


def records(*items, **options):
    return isun.read(forged(*items, **options), 'training')


def test_lists_lying_or_standing_are_the_same():
    for shape in ((-1, 1), (1, -1)):
        found = records(entry('a', scene='street'), entry('b', scene='lake'), shape=shape)
        assert_equal(
            [(each.name, each.scene, each.size) for each in found],
            [('a', 'street', (HEIGHT, WIDTH)), ('b', 'lake', (HEIGHT, WIDTH))],
        )


def test_one_based_coordinates_become_zero_based():
    for field in ('fixation', 'fixations'):
        (found,) = records(
            entry(
                gaze=[
                    observer(field, [(1, 1), (WIDTH, HEIGHT)], [0, 250]),
                    observer(field, [(3.5, 2)], [100]),
                ]
            )
        )
        assert_equal(found.fixations.x.tolist(), [0, WIDTH - 1, 2.5])
        assert_equal(found.fixations.y.tolist(), [0, HEIGHT - 1, 1])
        assert_equal(found.fixations.subject.tolist(), [0, 0, 1])
        assert_true(np.allclose(found.fixations.t, [0, 0.25, 0.1]))
        assert_equal(
            [each.dtype.name for each in found.fixations],
            ['float32', 'float32', 'int32', 'float32'],
        )


def test_fixations_outside_are_dropped_and_counted():
    (found,) = records(
        entry(
            gaze=[
                observer(
                    'fixation',
                    [(0, 5), (5, 0), (WIDTH + 1, 5), (5, HEIGHT + 1), (np.nan, 5), (7, 8)],
                )
            ]
        )
    )
    assert_equal((found.fixations.x.tolist(), found.fixations.y.tolist()), ([6], [7]))
    assert_equal(found.dropped, 5)


def test_times_are_unknown_where_they_do_not_fit():
    for times in (None, [1, 2, 3]):
        (found,) = records(entry(gaze=[observer('fixation', [(2, 2)], times)]))
        assert_true(np.isnan(found.fixations.t).all())


def test_gaze_may_be_missing_or_empty():
    for item in (entry(), entry(gaze=[])):
        (found,) = records(item)
        assert_true(found.fixations is None)
        assert_equal((found.scene, found.dropped), ('', 0))


def test_observers_without_fixations_leave_an_empty_list():
    (found,) = records(entry(gaze=[observer('fixation', [])]))
    assert_equal(len(found.fixations.x), 0)
    (found,) = records(entry(gaze=[observer('fixation', []), observer('fixation', [(1, 2)])]))
    assert_equal(found.fixations.subject.tolist(), [1])


def test_images_and_maps_are_found_in_every_layout():
    for folders in (
        ('images', 'saliency'),
        ('images/training', 'saliency/training'),
        ('images/images', 'saliency/saliency'),
    ):
        root = forged(entry('a'))
        image = touch(root, folders[0], 'a.jpg')
        saliency_map = touch(root, folders[1], 'a.mat')
        (found,) = isun.read(root, 'training')
        assert_equal(
            [os.path.normpath(path) for path in (found.image, found.saliency_map)],
            [os.path.normpath(path) for path in (image, saliency_map)],
        )


def test_sidecars_are_no_images_and_no_maps():
    root = forged(entry('a'))
    touch(root, 'images', 'a.CR2')
    image = touch(root, 'images', 'A.JPG')
    touch(root, 'saliency', 'a.json')
    saliency_map = touch(root, 'saliency', 'a.mat')
    stray = touch(root, 'images', 'stray.jpg')
    found = isun.read(root, 'training')
    assert_equal((found[0].image, found[0].saliency_map), (image, saliency_map))
    assert_equal(sorted(found.left_out.values()), ['.cr2', '.json', 'pictures in no list'])
    assert_true(stray in found.left_out)


def test_names_that_two_images_or_two_records_have_are_refused():
    for names, twins in (
        (['a'], ['a.jpg', 'A.png']),
        (['a'], ['a.jpg', 'training/a.jpg']),
        (['a', 'A'], ['a.jpg']),
        (['a', 'a'], ['a.jpg']),
    ):
        root = forged(*(entry(name) for name in names))
        for twin in twins:
            touch(root, 'images', twin)
        with assert_raises(BadFile) as raised:
            isun.read(root, 'training')
        assert_in(twins[-1], str(raised.exception))


def test_images_of_another_split_are_not_taken():
    root = forged(entry('a'))
    touch(root, 'images', 'testing', 'a.jpg')
    image = touch(root, 'images', 'training', 'a.jpg')
    assert_equal(isun.read(root, 'training')[0].image, image)


def test_missing_image_and_map_have_the_path_where_they_should_be():
    root = forged(entry('a'), entry('b'))
    touch(root, 'saliency', 'a.mat')
    found = isun.read(root, 'training')[1]
    assert_equal(
        (found.image, found.saliency_map),
        (os.path.join(root, 'images', 'b.jpg'), os.path.join(root, 'saliency', 'b.mat')),
    )


def test_split_without_any_map_has_none():
    (found,) = records(entry('a'))
    assert_equal((found.saliency_map, found.has_map), (None, False))


def test_names_with_an_extension_lose_it():
    assert_equal(records(entry('a.jpg'))[0].name, 'a')


def test_lists_that_are_not_as_they_should_be_are_refused():
    for item, cause in (
        (entry('../../etc/passwd'), 'passwd'),
        ({'image': 'a'}, 'resolution'),
        ({'resolution': [[1, 2]]}, 'image'),
        (entry(resolution=[[1, 2, 3]]), 'unpack'),
        (entry(image=7), '7'),
        (entry(gaze=[{'place': 1}]), 'place'),
        (entry(gaze=[{'fixation': np.ones((2, 3))}]), '(2, 3)'),
    ):
        with assert_raises(BadFile) as raised:
            records(item)
        assert_in('training.mat', str(raised.exception))
        assert_in(cause, str(raised.exception))


def test_variable_that_is_no_struct_array_is_refused():
    root = tempfile.mkdtemp()
    scipy.io.savemat(os.path.join(root, 'training.mat'), {'training': np.eye(3)})
    with assert_raises(BadFile):
        isun.read(root, 'training')


def test_real_lists_have_their_counts_sizes_and_ranges():
    if 'DATA_ROOT' not in os.environ:
        raise unittest.SkipTest('DATA_ROOT names no folder with real data')
    root = os.path.join(os.environ['DATA_ROOT'], 'isun')
    found = {split: isun.read(root, split) for split in isun.SPLITS}
    assert_equal(
        {split: len(each) for split, each in found.items()},
        {'training': 4209, 'validation': 300, 'testing': 500},
    )
    looked_at = [
        record
        for split in ('training', 'validation')
        for record in found[split]
        if record.fixations
    ]
    assert_equal(len(looked_at), 603 + 300 + 300 + 300)
    assert_equal(sum(len(each.fixations.x) for each in looked_at), 165002 + 41354)
    assert_equal(sum(each.dropped for each in looked_at), 0)
    for axis in (0, 1):  # fields x, y against width, height
        spans = [
            (each.fixations[axis].min(), each.fixations[axis].max() - each.size[1 - axis])
            for each in looked_at
            if len(each.fixations.x)
        ]
        assert_equal((min(spans)[0], max(span[1] for span in spans)), (0, -1))
    assert_equal(
        [split for split in isun.SPLITS if any(record.has_map for record in found[split])],
        ['training', 'validation'],
    )
    assert_true(all(max(record.size) <= 320 for each in found.values() for record in each))
