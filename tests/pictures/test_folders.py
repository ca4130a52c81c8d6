"""Folders are walked, and names told apart, in one way."""

import os
import tempfile
import unicodedata

from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.errors import BadFile
from juntingnet_theano.pictures import folders, images
from tests.helpers.mat_files import touch

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, 'caf\xe9') for form in ('NFC', 'NFD'))


def folder_with(*parts):
    root = tempfile.mkdtemp()
    for part in parts:
        touch(root, part)
    return root


def index(*parts):
    return folders.Index(folder_with(*parts), images.EXTENSIONS)


def test_only_what_can_be_a_picture_is_found_and_the_rest_is_told():
    found = index(
        'IMG_1.CR2',
        'IMG_1.JPG',
        'Thumbs.db',
        'b.c.jfif',
        'd/e.png',
        '.DS_Store',
        '._b.jpg',
        '__MACOSX/d/f.png',
        'README',
    )
    assert_equal(list(found), ['IMG_1', 'b.c', 'd/e'])
    assert_equal(sorted(found.left_out.values()), ['.cr2', '.db', 'without extension'])
    assert_equal(os.path.basename(found['IMG_1']), 'IMG_1.JPG')


def test_case_and_accents_do_not_tell_names_apart():
    found = index('Dog.jpg', DECOMPOSED + '.jpg')
    assert_equal(os.path.basename(found['DOG']), 'Dog.jpg')
    assert_true(COMPOSED in found)
    assert_true('cat' not in found)


def test_two_files_of_one_name_are_refused_with_both():
    for one, other in (
        ('a.jpg', 'a.png'),
        ('a.Jpg', 'A.Png'),
        (COMPOSED + '.jpg', DECOMPOSED + '.jpg'),
        ('a.jpg', 'a.JPG'),
        ('s/a.jpg', 'S/a.png'),
    ):
        root = folder_with(one, other)
        with assert_raises(BadFile) as raised:
            folders.Index(root, images.EXTENSIONS)
        for name in (one, other):
            assert_in(os.path.join(root, name), str(raised.exception))


def test_a_folder_that_is_missing_has_no_files():
    assert_equal(list(folders.Index(tempfile.mkdtemp() + '/a', '.jpg')), [])


def test_a_folder_that_cannot_be_listed_is_named():
    path = os.path.join(tempfile.mkdtemp(), 'circle')
    os.symlink(path, path)
    with assert_raises(BadFile) as raised:
        folders.Index(path, images.EXTENSIONS)
    assert_in(path, str(raised.exception))


def test_a_link_that_leads_in_a_circle_is_a_picture_that_cannot_be_read():
    root = folder_with('a/b.jpg')
    path = os.path.join(root, 'a', 'c.jpg')
    os.symlink(path, path)
    assert_equal(sorted(folders.Index(root, images.EXTENSIONS)), ['a/b', 'a/c'])
    assert_equal(folders.place(root, 'nowhere'), os.path.join(root, 'nowhere'))
    with assert_raises(BadFile) as raised:
        images.read_rgb(path)
    assert_in(path, str(raised.exception))


def test_links_to_folders_are_told_and_not_followed():
    root = folder_with('a/b.jpg')
    os.symlink(root, os.path.join(root, 'a', 'again'))
    found = folders.Index(root, images.EXTENSIONS)
    assert_equal((list(found), list(found.left_out.values())), (['a/b'], ['links to folders']))


def test_a_listed_name_is_found_in_any_sub_folder_but_those_of_others():
    found = index('x/a.jpg', 'testing/a.jpg', 'b.jpg', 'y/B.jpg', 'testing/c.jpg')
    missing = os.path.join(found.folder, 'c.png')
    assert_true(found.listed('A', '.png', ['testing']).endswith('x/a.jpg'))
    assert_equal(found.listed('c', '.png', ['testing']), missing)
    assert_equal(found.place('c', '.png'), missing)
    assert_true(found.place('TESTING/C', '.png').endswith('testing/c.jpg'))
    for name in 'ab':
        with assert_raises(BadFile) as raised:
            found.listed(name, '.png')
        assert_in(name + '.jpg', str(raised.exception))


def test_places_may_lie_a_level_deeper_or_have_another_case():
    for part in (
        'images/a.jpg',
        'Images/a.jpg',
        'images/images/a.jpg',
        'set-master/images/a.jpg',
        'set/IMAGES/Images/a.jpg',
    ):
        root = folder_with(part, 'other/notes.txt', '__MACOSX/x')
        assert_equal(folders.place(root, 'images'), os.path.join(root, os.path.dirname(part)))
    root = folder_with('images/train/train/a.jpg', 'data/x/fixations.MAT')
    assert_equal(folders.place(root, 'images/train'), os.path.join(root, 'images/train/train'))
    assert_equal(
        folders.place(root, 'data/fixations.mat'), os.path.join(root, 'data/x/fixations.MAT')
    )
    assert_equal(folders.place(root, 'none/at/all'), os.path.join(root, 'none/at/all'))


def test_answers_are_never_taken_for_the_list_that_is_missing():
    root = folder_with('answers/testing.mat', 'images/a.jpg')
    assert_equal(folders.place(root, 'testing.mat'), os.path.join(root, 'testing.mat'))


def test_a_folder_of_one_category_is_not_passed_through():
    root = folder_with('Stimuli/Action/001.jpg')
    assert_equal(folders.place(root, 'Stimuli'), os.path.join(root, 'Stimuli'))


def test_places_that_several_could_be_are_refused():
    for parts in (('a/images/x', 'b/images/x'), ('images/x', 'Images/x')):
        with assert_raises(BadFile):
            folders.place(folder_with(*parts), 'images')
