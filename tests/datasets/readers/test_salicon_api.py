"""SALICON's JSON: forged, and the API's own ten images."""

import json
import os
import tempfile
import unittest

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano import datasets
from juntingnet_theano.datasets.readers import salicon_api
from juntingnet_theano.errors import BadFile, MissingFiles


def forged(part='train2014', images=None, annotations=None, text=None):
    root = tempfile.mkdtemp()
    content = {
        'images': images
        or [
            {'id': 7, 'file_name': 'a.jpg', 'height': 20, 'width': 30},
            {'id': 8, 'file_name': 'b.jpg', 'height': 20, 'width': 30},
        ],
        'annotations': annotations
        or [
            {'id': 1, 'image_id': 7, 'worker_id': 1, 'fixations': [[1, 1], [20, 30]]},
            {'id': 2, 'image_id': 7, 'worker_id': 2, 'fixations': [[21, 5], [4, 5]]},
        ],
    }
    os.makedirs(os.path.join(root, 'annotations'))
    os.makedirs(os.path.join(root, 'images', part))
    open(os.path.join(root, 'images', part, 'a.jpg'), 'w').close()
    with open(os.path.join(root, 'annotations', f'fixations_{part}.json'), 'w') as file:
        file.write(text if text is not None else json.dumps(content))
    return root


def test_rows_and_columns_become_zero_based_x_and_y():
    first, second = salicon_api.read(forged(), 'training')
    assert_equal(first.fixations.x.tolist(), [0, 29, 4])
    assert_equal(first.fixations.y.tolist(), [0, 19, 3])
    assert_equal(first.fixations.subject.tolist(), [0, 0, 1])
    assert_true(np.isnan(first.fixations.t).all())
    assert_equal((first.name, first.size, first.dropped), ('a', (20, 30), 1))
    assert_equal(len(second.fixations.x), 0)


def test_maps_are_to_be_made_with_the_width_of_the_api():
    for record in salicon_api.read(forged(), 'training'):
        assert_equal((record.saliency_map, record.map_sigma), (None, 19))
        assert_true(record.has_map)


def test_splits_are_those_that_are_there():
    assert_equal(salicon_api.splits(forged('val2014')), ('validation',))
    root = forged('train2014examples')
    os.makedirs(os.path.join(root, 'images', 'test2014'))
    open(os.path.join(root, 'images', 'test2014', 'z.jpg'), 'w').close()
    assert_equal(salicon_api.splits(root), ('training', 'testing'))
    assert_equal(datasets.check('salicon-api', root), None)
    (found,) = salicon_api.read(root, 'testing')
    assert_equal((found.name, found.has_map, found.fixations), ('z', False, None))


def test_images_without_json_are_missing_their_json():
    root = tempfile.mkdtemp()
    os.makedirs(os.path.join(root, 'images', 'train2014'))
    with assert_raises(MissingFiles) as raised:
        datasets.check('salicon-api', root)
    assert_in('fixations_train2014.json', str(raised.exception))


def test_json_that_is_not_as_it_should_be_is_refused():
    image = {'id': 7, 'file_name': 'a.jpg', 'height': 2, 'width': 3}
    for options in (
        {'text': ''},
        {'text': '[]'},
        {'text': '{"images": 3}'},
        {'text': '[' * 100000},
        {'text': '{"images": []}'},
        {'images': [dict(image, file_name='../a.jpg')]},
        {'images': [dict(image, file_name=None)]},
        {'images': [dict(image, height='tall')]},
        {'images': [dict(image, height=float('inf'))]},
        {'images': [{'id': 7}]},
        {'annotations': [{'image_id': 7}]},
        {'annotations': [{'image_id': [], 'fixations': []}]},
        {'annotations': [{'image_id': 7, 'fixations': [[1, 2, 3]]}]},
        {'annotations': [{'image_id': 7, 'fixations': [[1], [2, 3]]}]},
        {'annotations': [{'image_id': 7, 'fixations': 'none'}]},
    ):
        with assert_raises(BadFile) as raised:
            salicon_api.read(forged(**options), 'training')
        assert_in('fixations_train2014.json', str(raised.exception))


def test_real_sample_has_its_counts_and_ranges():
    if 'DATA_ROOT' not in os.environ:
        raise unittest.SkipTest('DATA_ROOT names no folder with real data')
    root = os.path.join(os.environ['DATA_ROOT'], 'salicon-api')
    found = salicon_api.read(root, 'training')
    assert_equal(salicon_api.splits(root), ('training',))
    assert_equal(len(found), 10)
    assert_equal({record.size for record in found}, {(480, 640)})
    assert_equal(sum(len(record.fixations.x) for record in found), 73630)
    assert_equal(sum(record.dropped for record in found), 0)
    subjects = [record.fixations.subject.max() + 1 for record in found]
    assert_equal((min(subjects), max(subjects)), (55, 67))
    x, y = (np.concatenate([record.fixations[axis] for record in found]) for axis in (0, 1))
    assert_equal((x.min(), x.max(), y.min(), y.max()), (0, 639, 0, 479))


def test_ids_match_as_numbers_and_as_text():
    for one, other in ((7, '7'), ('7', 7), (7.0, 7), (' 7', '7')):
        root = forged(
            images=[{'id': one, 'file_name': 'a.jpg', 'height': 20, 'width': 30}],
            annotations=[{'image_id': other, 'fixations': [[1, 1]]}],
        )
        (found,) = salicon_api.read(root, 'training')
        assert_equal(found.fixations.x.tolist(), [0])


def test_annotations_of_unknown_images_are_refused_and_counted():
    root = forged(annotations=[{'image_id': image, 'fixations': [[1, 1]]} for image in (7, 99, 98)])
    with assert_raises(BadFile) as raised:
        salicon_api.read(root, 'training')
    assert_in('2 of 3', str(raised.exception))
    assert_in('99', str(raised.exception))


def test_two_images_of_one_id_are_refused():
    with assert_raises(BadFile):
        salicon_api.read(
            forged(
                images=[
                    {'id': each, 'file_name': name, 'height': 20, 'width': 30}
                    for each, name in ((7, 'a.jpg'), ('7', 'b.jpg'))
                ]
            ),
            'training',
        )


def test_a_list_that_comes_twice_is_refused():
    with assert_raises(BadFile) as raised:
        salicon_api.read(
            forged(text='{"images": [], "annotations": [], "images": [{"id": 1}]}'), 'training'
        )
    assert_in("'images' comes twice", str(raised.exception))


def test_json_that_is_hostile_is_refused_in_a_few_words():
    for text in ('[' * 50000, '{"images": ' + '[' * 50000, '{"images": [' + '9' * 5000 + ']}'):
        with assert_raises(BadFile) as raised:
            salicon_api.read(forged(text=text), 'training')
        assert_true(len(str(raised.exception)) < 1000)
    root = forged(text=json.dumps({'images': ['x' * 500000]}))
    (path,) = salicon_api.sources(root, 'training')
    with open(path, 'r+b') as file:
        file.seek(300000)
        file.write(b'\xff')
    with assert_raises(BadFile) as raised:
        salicon_api.read(root, 'training')
    assert_in('0xff', str(raised.exception))
    assert_true(len(str(raised.exception)) < 1000)


def test_pictures_have_any_extension_and_lie_a_level_deeper():
    root = forged()
    folder = os.path.join(root, 'images', 'train2014')
    os.makedirs(os.path.join(folder, 'train2014'))
    os.rename(os.path.join(folder, 'a.jpg'), os.path.join(folder, 'train2014', 'A.JPEG'))
    found = salicon_api.read(root, 'training')
    assert_true(os.path.isfile(found[0].image))


def test_a_named_pipe_is_no_list():
    root = forged()
    (path,) = salicon_api.sources(root, 'training')
    os.remove(path)
    os.mkfifo(path)
    with assert_raises(BadFile) as raised:
        salicon_api.read(root, 'training')
    assert_in('a named pipe', str(raised.exception))
