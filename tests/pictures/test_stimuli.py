"""Stimuli are found lazily, named once and never taken from the output."""

import os
import tempfile

from nose.tools import assert_equal, assert_in, assert_raises

from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadSetting, MissingFiles
from juntingnet_theano.pictures.stimuli import Stimulus, from_paths, from_records


def folder_with(*names):
    folder = tempfile.mkdtemp()
    for name in names:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, 'w').close()
    return folder


def names(paths, out=None):
    return sorted(stimulus.name for stimulus in from_paths(paths, out))


def test_a_folder_keeps_its_sub_folders():
    folder = folder_with('x.jpg', 'a/x.jpg', 'b/c/x.PNG', 'notes.txt')
    assert_equal(names([folder]), ['a/x', 'b/c/x', 'x'])


def test_hidden_files_and_the_output_folder_are_passed_over():
    folder = folder_with('a.jpg', '._b.jpg', '.cache/c.jpg', 'out/a.png')
    assert_equal(names([folder], os.path.join(folder, 'out')), ['a'])


def test_several_folders_put_their_names_in_front():
    folder = folder_with('a/x.jpg', 'b/x.jpg', 'c.jpg')
    inputs = [os.path.join(folder, name) for name in ('a', 'b', 'c.jpg')]
    assert_equal(names(inputs), ['a/x', 'b/x', 'c'])


def test_files_of_one_name_are_refused_before_anything_is_read():
    folder = folder_with('a/x.jpg', 'b/x.jpg')
    inputs = [os.path.join(folder, name) for name in ('a/x.jpg', 'b/x.jpg')]
    with assert_raises(BadSetting) as caught:
        from_paths(inputs)
    for path in inputs:
        assert_in(path, str(caught.exception))


def test_names_that_a_person_takes_for_the_same_are_refused_at_once():
    for one, other in (
        ('x.jpg', 'x.PNG'),
        ('a.Jpg', 'A.Png'),
        ('sub/e\u0301.jpg', 'sub/\u00e9.png'),
        ('d/x.jpg', 'D/x.jpg'),
    ):
        folder = folder_with('b.jpg', one, other)
        for paths in ([folder], [os.path.join(folder, name) for name in (one, other)]):
            with assert_raises(BadSetting) as caught:
                from_paths(paths)
            assert_in(one, str(caught.exception))
            assert_in(other, str(caught.exception))


def test_what_is_no_picture_is_counted():
    found = from_paths([folder_with('a.jpe', 'b.heic', 'c/d.HEIC', 'e.avif', 'Thumbs.db')])
    assert_equal(found.count, 2)
    assert_equal(found.left_out, {'.heic': 2, '.db': 1})
    list(found)
    assert_equal(found.left_out, {'.heic': 2, '.db': 1})


def test_a_folder_of_other_files_says_what_is_there():
    with assert_raises(MissingFiles) as caught:
        from_paths([folder_with('b.heic', 'c/d.HEIC')])
    assert_in('2 .heic', str(caught.exception))


def test_a_split_without_images_is_missing_them():
    with assert_raises(MissingFiles):
        list(from_records([]))


def test_names_that_are_not_utf_8_are_kept():
    folder = folder_with(os.fsdecode(b'caf\xe9.jpg'))
    assert_equal(names([folder]), ['caf\udce9'])


def test_a_folder_in_the_output_folder_is_refused():
    folder = folder_with('a/x.jpg')
    for out in (folder, os.path.join(folder, 'a')):
        with assert_raises(BadSetting):
            from_paths([os.path.join(folder, 'a')], out)


def test_what_is_missing_is_named():
    with assert_raises(MissingFiles) as caught:
        from_paths([os.path.join(folder_with('a.jpg'), 'nowhere')])
    assert_in('nowhere', str(caught.exception))
    with assert_raises(MissingFiles):
        list(from_paths([folder_with('notes.txt')]))


def test_a_named_file_needs_no_known_extension():
    folder = folder_with('scan.001')
    path = os.path.join(folder, 'scan.001')
    assert_equal(list(from_paths([path])), [Stimulus('scan', path)])


def test_links_to_folders_do_not_make_a_loop():
    folder = folder_with('x.jpg')
    os.symlink(folder, os.path.join(folder, 'again'))
    assert_equal(names([folder]), ['x'])


def test_records_give_their_names_and_images():
    record = Record(name='a', split='testing', image='images/a.jpg')
    assert_equal(list(from_records([record])), [Stimulus('a', 'images/a.jpg')])
