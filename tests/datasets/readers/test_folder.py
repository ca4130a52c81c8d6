"""A user's own images, maps and fixations."""

import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true
from PIL import Image

from juntingnet_theano import datasets
from juntingnet_theano.cache import PreprocessingSettings, open_cache
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.datasets.readers import folder
from juntingnet_theano.errors import BadFile, MissingFiles
from tests.helpers.mat_files import touch


def picture(*parts):
    path = touch(*parts)
    Image.new('RGB', (40, 30), 'red').save(path)
    return path


def text(content, *parts):
    with open(touch(*parts), 'wb') as file:
        file.write(content.encode('utf-8'))


def gaze_of(content):
    root = tempfile.mkdtemp()
    picture(root, 'a.png')
    text(content, root, 'fixations', 'a.csv')
    (record,) = folder.read(root, 'training')
    return datasets.with_gaze('folder', record)


def test_images_lie_in_the_folder_or_one_below():
    for parts in ((), ('images',)):
        root = tempfile.mkdtemp()
        path = picture(root, *(parts + ('b.PNG',)))
        picture(root, *(parts + ('a.jpg',)))
        touch(root, *(parts + ('notes.txt',)))
        assert_equal(folder.splits(root), ('training',))
        found = folder.read(root, 'training')
        assert_equal([record.name for record in found], ['a', 'b'])
        assert_equal(found[1].image, path)
        assert_true(not found[0].has_map)
        assert_equal(datasets.check('folder', root), None)


def test_splits_have_folders_of_their_own():
    for base in ('', 'images'):
        root = tempfile.mkdtemp()
        picture(root, base, 'training', 'a.jpg')
        picture(root, base, 'testing', 'b.jpg')
        assert_equal(folder.splits(root), ('training', 'testing'))
        assert_equal(
            [[record.name for record in folder.read(root, split)] for split in folder.SPLITS],
            [['a'], [], ['b']],
        )


def test_maps_and_fixations_have_their_images_names():
    root = tempfile.mkdtemp()
    for name in 'abc':
        picture(root, 'images', name + '.jpg')
    path = picture(root, 'maps', 'a.png')
    text('1,2', root, 'fixations', 'a.csv')
    text('1,2', root, 'fixations', 'b.csv')
    one, two, three = folder.read(root, 'training')
    assert_equal((one.saliency_map, one.map_sigma), (path, None))
    assert_equal((two.saliency_map, two.map_sigma), (None, 0))
    assert_equal([bool(record.gaze) for record in (one, two, three)], [True, True, False])


def test_columns_are_told_by_their_names_or_their_order():
    for content in (
        'x,y,subject,t\n3,4,ann,0.5\n5,6.5,bob,1\n5,6,ann,\n',
        '3,4,ann,0.5\r\n5,6.5,bob,1\r\n5,6,ann\r\n',
        '\ufeffT, subject, Y, X\n0.5,ann,4,3\n1,bob,6.5,5\n,ann,6,5\n\n',
    ):
        found = gaze_of(content)
        assert_equal(found.fixations.x.tolist(), [3, 5, 5])
        assert_equal(found.fixations.y.tolist(), [4, 6.5, 6])
        assert_equal(found.fixations.subject.tolist(), [0, 1, 0])
        assert_equal(found.fixations.t[:2].tolist(), [0.5, 1])
        assert_true(np.isnan(found.fixations.t[2]))


def test_separators_and_decimal_marks_are_told():
    for separator in '\t;,| ':
        for mark in '.,' if separator != ',' else '.':
            for head in ('', 'x y subject t\n', '#x y subject t\n', 'sep= \n'):
                if separator == ' ' and 'sep' in head:
                    continue
                rows = f'3{mark}5 4 ann 0{mark}5\n6 7{mark}25 bob 1\n'
                found = gaze_of((head + rows).replace(' ', separator))
                assert_equal(found.fixations.x.tolist(), [3.5, 6])
                assert_equal(found.fixations.y.tolist(), [4, 7.25])
                assert_equal(found.fixations.t.tolist(), [0.5, 1])


def test_one_row_without_names_is_a_fixation_in_every_separator():
    for content in (
        '3;4',
        '3\t4',
        '3 4',
        ' 3   4 ',
        '3, 4',
        '3|4',
        '3,0;4,0',
        '"3,0","4,0"',
        '3,0 4,0',
    ):
        found = gaze_of(content)
        assert_equal((found.fixations.x.tolist(), found.fixations.y.tolist()), ([3], [4]))


def test_other_encodings_are_told():
    for encoding in ('utf-8-sig', 'utf-16', 'latin-1'):
        root = tempfile.mkdtemp()
        picture(root, 'a.png')
        with open(touch(root, 'fixations', 'a.csv'), 'wb') as file:
            file.write('x;y;subject\r\n3;4;Ren\xe9\r\n'.encode(encoding))
        (record,) = folder.read(root, 'training')
        found = datasets.with_gaze('folder', record)
        assert_equal(found.fixations.y.tolist(), [4])


def test_subjects_and_times_may_be_unknown():
    found = gaze_of('x,y\n3,4\n')
    assert_equal(found.fixations.subject.tolist(), [-1])
    assert_true(np.isnan(found.fixations.t[0]))


def test_coordinates_count_from_0_and_those_outside_are_dropped():
    found = gaze_of('0,0\n39,29\n39.4,0\n39.6,0\n-1,3\nnan,3\n')
    assert_equal(found.size, (30, 40))
    assert_equal(len(found.fixations.x), 3)
    assert_equal(found.dropped, 3)


def test_an_empty_file_has_no_fixations():
    for content in ('', 'x,y\n'):
        assert_equal(len(gaze_of(content).fixations.x), 0)


def test_lines_that_are_not_as_they_should_be_are_shown():
    for content, shown in (
        ('x,y\n3,four\n', '3,four'),
        ('x,z\n3,4\n', 'x,z'),
        ('3\n', '3'),
        ('x,y,t\n1,2,late\n', '1,2,late'),
        ('x,y\n10,5,20,5\n', '10,5,20,5'),  # 10.5 and 20.5
        ('x y\n1 2 3\n', '1 2 3'),
        ('x,y\n1_0,2\n', '1_0,2'),
        # A quote that stays open would swallow the fixations below it.
        ('x,y,subject\n1,2,"ann\n3,4,bob\n', '1,2,"ann'),
        ('x,y,subject\n1,2,"ann\n3,4,bob"\n5,6,"cy"\n', '1,2,"ann'),
    ):
        with assert_raises(BadFile) as raised:
            gaze_of(content)
        assert_in(shown, str(raised.exception))
        assert_in('a.csv', str(raised.exception))
    root = tempfile.mkdtemp()
    picture(root, 'a.png')
    with open(touch(root, 'fixations', 'a.csv'), 'wb') as file:
        file.write(b'\xff\xfe\x00')
    with assert_raises(BadFile):
        datasets.with_gaze('folder', folder.read(root, 'training')[0])


def test_empty_cells_at_the_end_of_a_line_do_not_count():
    found = gaze_of('x,y\n3,4,\n5,6, ,\n').fixations
    assert_equal(found.x.tolist(), [3, 5])
    found = gaze_of('image,x,y,image\na,3,4,b\n').fixations
    assert_equal(found.y.tolist(), [4])


def test_sub_folders_are_part_of_the_name():
    root = tempfile.mkdtemp()
    for name in ('a', 'sub/a', 'sub/deeper/b'):
        picture(root, name + '.jpg')
    path = picture(root, 'maps', 'sub', 'a.png')
    picture(root, 'maps', 'stray.png')
    text('1,2', root, 'fixations', 'a.csv')
    found = folder.read(root, 'training')
    assert_equal([record.name for record in found], ['a', 'sub/a', 'sub/deeper/b'])
    assert_equal([record.saliency_map for record in found], [None, path, None])
    assert_equal([bool(record.gaze) for record in found], [True, False, False])
    assert_equal(list(found.left_out.values()), ['maps without a picture'])


def test_maps_are_found_whatever_case_and_accents():
    root = tempfile.mkdtemp()
    picture(root, 'images', 'cafe\u0301.jpg')
    picture(root, 'images', 'b.jpg')
    paths = [picture(root, 'maps', 'B.PNG'), picture(root, 'maps', 'caf\u00e9.png')]
    touch(root, 'maps', 'b.json')
    found = folder.read(root, 'training')
    assert_equal([record.saliency_map for record in found], paths)


def test_maps_that_two_files_could_be_are_refused():
    for parts in (('maps/a.png', 'maps/a.jpg'), ('maps/a.png', 'maps/training/a.png')):
        root = tempfile.mkdtemp()
        picture(root, 'images', 'training', 'a.jpg')
        for part in parts:
            picture(root, part)
        with assert_raises(BadFile) as raised:
            folder.read(root, 'training')
        for part in parts:
            assert_in(part, str(raised.exception))


def test_an_empty_folder_of_a_split_is_a_split():
    root = tempfile.mkdtemp()
    picture(root, 'images', 'training', 'a.jpg')
    os.mkdir(os.path.join(root, 'images', 'validation'))
    assert_equal(folder.splits(root), ('training', 'validation'))
    with assert_raises(MissingFiles) as raised:
        preprocess('folder', root, os.path.join(root, 'a.hdf5'), PreprocessingSettings(), workers=1)
    assert_in('validation', str(raised.exception))


def test_images_of_no_split_are_refused_where_others_have_one():
    root = tempfile.mkdtemp()
    picture(root, 'images', 'training', 'a.jpg')
    path = picture(root, 'images', 'b.jpg')
    with assert_raises(BadFile) as raised:
        folder.splits(root)
    assert_in(path, str(raised.exception))


def test_a_folder_without_images_is_missing_something():
    root = tempfile.mkdtemp()
    touch(root, 'IMG_1.heic')
    with assert_raises(MissingFiles) as raised:
        datasets.check('folder', root)
    assert_in(os.path.join(root, 'images'), str(raised.exception))
    assert_in('1 .heic', str(raised.exception))


def test_a_folder_becomes_a_cache():
    root = tempfile.mkdtemp()
    for name in 'ab':
        picture(root, 'images', name + '.jpg')
        text('20,15\n100,1\n', root, 'fixations', name + '.csv')
    path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
    preprocess(
        'folder',
        root,
        path,
        PreprocessingSettings(),
        workers=1,
        watch=lambda items, *_, **__: items,
    )
    with open_cache(path) as cache:
        assert_equal(cache.count('training'), 2)
        assert_equal(cache.dropped, {'training': 2})
        assert_equal(cache.maps('training').max(), 255)
        assert_equal(cache.fixations('training', 1).x.tolist(), [20])
