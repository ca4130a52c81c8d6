"""One rule says whose map a file is: in a folder, a ZIP and a run."""

import os
import tempfile
import unicodedata
import zipfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises

from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile, BadSubmission, MissingFiles
from juntingnet_theano.evaluation import predicted_maps
from juntingnet_theano.saliency_maps import map_files, map_names
from juntingnet_theano.saliency_maps.map_folders import MapFolder
from juntingnet_theano.submission import archives

MAP = np.linspace(0, 1, 48).reshape(6, 8)
PNG = map_files.encode_png(MAP)
OTHER = map_files.encode_png(MAP[::-1])


def folder_of(files):
    root = os.path.join(tempfile.mkdtemp(), 'maps')
    os.mkdir(root)
    for name, content in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(content)
    return root


def zip_of(files, within=''):
    path = os.path.join(tempfile.mkdtemp(), 'maps.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in files.items():
            archive.writestr(within + name, content)
    return path


def places(files):
    """The same files in every place that maps are scored from."""
    yield folder_of(files)
    yield zip_of(files)
    yield zip_of(files, 'results/mine/')
    for within in ('predictions/validation/', 'predictions/'):
        run = dict(
            {within + name: each for name, each in files.items()},
            **{'settings.toml': b'', 'curves.png': OTHER, 'predictions/testing/b.png': OTHER},
        )
        yield folder_of(run)
        yield zip_of(run, 'run/')


def check(files, names, expected=MAP):
    for path in places(files):
        maps = predicted_maps.open_maps(path, names, 'validation')
        assert_equal(maps.names, set(names))
        for payload in maps.read(names):
            np.testing.assert_allclose(predicted_maps.decode(payload), expected, atol=0.003)


def refused(files, names, *words):
    for path in places(files):
        with assert_raises(BadFile) as caught:
            predicted_maps.open_maps(path, names, 'validation')
        for word in words:
            assert_in(word, str(caught.exception))


def test_overlays_are_no_maps_whatever_the_order_of_the_files():
    for ending in ('.jpg', '.JPEG'):
        for order in (1, -1):
            files = [('a.png', PNG), ('overlays/a' + ending, OTHER)]
            check(dict(files[::order]), ['a'])
    root = tempfile.mkdtemp()
    MapFolder(root, overlays=True).write('Action/001', np.zeros((6, 8, 3), 'uint8'), MAP)
    found, twins = map_names.named(map_names.of_folder(root, 'testing'), ['Action/001'])
    assert_equal((found, twins), ({'Action/001': 'Action/001.png'}, []))


def test_other_files_do_not_make_maps_a_salicon_result():
    check(
        {
            'a.png': PNG,
            'info.json': b'{}',
            'b/readme.txt': b'',
            '.hidden.png': OTHER,
            '__MACOSX/._a.png': b'',
            'val.json': b'',
        },
        ['a'],
    )


def test_sub_folders_are_parts_of_names():
    names = ['Action/001', 'Art/001', 'Art/b.c']
    check({name + '.png': PNG for name in names}, names)
    # Windows' separators, as some programs write them into archives.
    path = zip_of({'maps\\Art\\001.png': PNG})
    assert_equal(predicted_maps.open_maps(path, names, 'validation').names, {'Art/001'})


def test_maps_of_no_image_go_by_their_path():
    found, _ = map_names.named(['x/y.png', 'a.npy', 'b.mat'], ['a'])
    assert_equal(sorted(found), ['a', 'b', 'x/y'])


def test_accents_and_case_do_not_part_a_map_from_its_image():
    for image, file in (
        ('caf\u00e9', 'cafe\u0301.png'),
        ('a', 'A.PNG'),
        ('cafe\u0301', 'CAF\u00c9.png'),
    ):
        check({file: PNG}, [image])
    names = ['a', 'A']  # images that only case tells apart
    found, twins = map_names.named(['a.png', 'A.png'], names)
    assert_equal((found, twins), ({'a': 'a.png', 'A': 'A.png'}, []))


def test_twins_are_refused_by_name_everywhere():
    name = 'caf\u00e9'
    nfd = unicodedata.normalize('NFD', name)
    for one, other in (
        ('a.png', 'a.npy'),
        ('a.png', 'A.png'),
        ('a.png', 'old/a.png'),
        ('a.jpg', 'a.JPG'),
        (name + '.png', nfd + '.png'),
        ('x/b.png', 'x/B.mat'),
    ):  # of no image
        files = {one: PNG, other: OTHER}
        refused(files, ['a', name], 'two maps', one, other)
        with assert_raises(BadSubmission) as caught:
            archives.pack_lsun(
                folder_of(files),
                [Record('a', 'testing', '', size=(6, 8))],
                os.path.join(tempfile.mkdtemp(), 'r.mat'),
            )
        assert_in('two maps', str(caught.exception))
    path = os.path.join(tempfile.mkdtemp(), 'twice.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('a.png', PNG)
        archive.filelist.append(archive.filelist[0])
    with assert_raises(BadFile):
        predicted_maps.open_maps(path, ['a'], 'validation')


def test_maps_beside_a_salicon_result_are_ambiguous():
    refused({'fixations_val2014_x_results.json': b'[]', 'a.png': PNG}, ['a'], '1 files', '1 maps')
    refused({'fixations_test2014_x_results.json': b'[]'}, ['a'], '0 files')


def test_maps_of_another_split_are_none_of_this_one():
    files = {'settings.toml': b'', 'predictions/testing/a.png': PNG}
    for path in folder_of(files), zip_of(files):
        with assert_raises(MissingFiles) as caught:
            predicted_maps.open_maps(path, ['a'], 'validation')
        assert_in('validation', str(caught.exception))
