"""Pictures with an index: forged, and the real sets."""

import os
import tempfile
import unittest

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_in, assert_raises
from PIL import Image

from juntingnet_theano import datasets
from juntingnet_theano.cache import open_cache
from juntingnet_theano.datasets import layout
from juntingnet_theano.datasets.readers import indexed
from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.saliency_maps import maps
from tests.helpers.output import captured

HEADER = 'stem\tsource\tshrunk\tfixations\tremark'


def forged(lines=('a\tx.jpg\t40x30\t2\t', 'b\ty.jpg\t40x30\t\tno gaze'), header=HEADER):
    """Two pictures of 40 x 30; the first one was looked at twice."""
    root = tempfile.mkdtemp()
    for stem in 'ab':
        pixels = np.random.RandomState(ord(stem)).randint(0, 255, (30, 40, 3), 'uint8')
        Image.fromarray(pixels).save(os.path.join(root, stem + '.jpg'))
        Image.fromarray(pixels[..., 0]).save(os.path.join(root, stem + '.png'))
    write(root, 'a.csv', 'x,y\n0,29\n39,0.5\n')
    write(root, 'index.tsv', '\n'.join((header,) + tuple(lines)) + '\n')
    return root


def write(root, name, text):
    with open(os.path.join(root, name), 'w') as file:
        file.write(text)


def preprocessed(root):
    """Exit code, what was said, and the cache's path."""
    path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
    code, out, error = captured(
        ['preprocess', 'indexed', '--raw', root, '--cache', path, '--workers', 1]
    )
    return code, out + error, path


def test_a_picture_has_its_map_its_points_and_its_size_beside_it():
    root = forged()
    write(root, 'c.csv', 'x,y\n')
    records = indexed.read(root, 'training')
    assert_equal([record.name for record in records], ['a', 'b'])
    assert_equal(sorted(layout.left_out([records])), [layout.LONE_GAZE])
    a, b = (datasets.with_gaze('indexed', record) for record in records)
    assert_equal((a.size, b.size), ((30, 40), (30, 40)))
    assert_equal((a.fixations.x.tolist(), a.fixations.y.tolist()), ([0, 39], [29, 0.5]))
    assert_equal((b.fixations, b.gaze), (None, ()))
    assert_equal(b.saliency_map, os.path.join(root, 'b.png'))


def test_such_a_set_becomes_a_cache():
    code, said, path = preprocessed(forged())
    assert_equal(code, 0, said)
    with open_cache(path) as cache:
        assert_equal(cache.names('training'), ['a', 'b'])
        assert_equal(cache.sizes('training').tolist(), [[30, 40]] * 2)
        assert_equal(cache.fixation_counts('training').tolist(), [2, 0])
        assert_equal(cache.maps('training').shape, (2, 1, 48, 48))


def test_what_index_and_files_do_not_agree_on_is_refused_by_name():
    row = 'a\tx.jpg\t40x30\t2\t'
    for lines, name in (
        (['a\tx.jpg\t30x40\t2\t'], 'a.jpg'),
        (['a\tx.jpg\t40x30\t3\t'], 'a.csv'),
        (['b\tx.jpg\t40x30\t3\t'], 'b.csv'),
        (['c\tx.jpg\t40x30\t\t'], 'c.jpg'),
        ([row, row], 'index.tsv'),
        ([row, 'b\tx.jpg\t40 30\t\t'], 'index.tsv, line 3: b'),
        ([row, 'b\tx.jpg\t40x30\tmany\t'], 'index.tsv, line 3: b'),
        ([row, 'b'], 'index.tsv, line 3: b'),
        ([row, '../b\tx.jpg\t40x30\t\t'], '../b'),
    ):
        code, said, path = preprocessed(forged(lines))
        assert_equal((code, os.path.exists(path)), (2, False))
        assert_in(name, said)


def test_an_index_with_other_columns_and_a_folder_without_one_are_refused():
    with assert_raises(BadFile) as raised:
        indexed.read(forged(header='stem\tsize'), 'training')
    assert_in('line 1: stem', str(raised.exception))
    with assert_raises(MissingFiles) as raised:
        datasets.check('indexed', tempfile.mkdtemp())
    assert_in('index.tsv', str(raised.exception))


def test_a_map_of_another_size_and_a_broken_line_of_points_are_refused_by_name():
    root = forged()
    write(root, 'a.csv', 'x,y\n0,29\nthere,0\n')
    code, said, _ = preprocessed(root)
    assert_equal(code, 2)
    assert_in('a.csv, line 3: there,0', said)
    root = forged()
    Image.new('L', (41, 30)).save(os.path.join(root, 'b.png'))
    code, said, _ = preprocessed(root)
    assert_equal(code, 2)
    assert_in('b.png: 30 x 41', said)


def test_real_sets_have_their_counts_and_maps_that_are_high_where_people_looked():
    if 'DATA_ROOT' not in os.environ:
        raise unittest.SkipTest('DATA_ROOT names no folder with real data')
    for name, count, gazed in (
        ('salicon', 77, True),
        ('osie_eye', 550, True),
        ('relational30', 30, True),
        ('figrim', 30, True),
        ('fiwi', 51, True),
        ('gdi_clicks', 51, True),
        ('massvis_clicks', 30, True),
        ('emod_task4', 170, False),
        ('etocvd', 34, False),
    ):
        root = os.path.join(os.environ['DATA_ROOT'], 'more', name)
        records = datasets.read('indexed', root, 'training')
        assert_equal(
            (len(records), all(bool(each.gaze) is gazed for each in records)), (count, True)
        )
        if not gazed:
            continue
        for record in records[:: max(1, count // 5)]:
            record = datasets.with_gaze('indexed', record)
            truth = maps.read(record.saliency_map)
            assert_equal(truth.shape, record.size)
            own = agreement(truth, record.fixations)
            assert_greater(own, 0.85, record.name)
            # x and y not swapped, and counted from the upper left corner.
            assert_greater(own, agreement(truth[::-1], record.fixations))
            assert_greater(own, agreement(truth[:, ::-1], record.fixations))


def agreement(truth, fixations):
    """Correlation of a map with the fixations, blurred."""
    blurred = maps.from_fixations(fixations, truth.shape, max(truth.shape) * 0.033, maps.STRIP)
    return np.corrcoef(truth.ravel(), blurred.ravel())[0, 1]
