"""Maps land under their stimuli's names, and nowhere else."""

import os
import pickle
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_false, assert_raises
from PIL import Image

from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.saliency_maps.map_folders import MapFolder

PICTURE = np.zeros((6, 8, 3), 'uint8')
MAP = np.linspace(0, 1, 48).reshape(6, 8)


def test_names_lead_into_sub_folders_and_forms_end_them():
    for form, ending in (('png8', '.png'), ('npy', '.npy'), ('mat', '.mat')):
        folder = MapFolder(tempfile.mkdtemp(), form)
        folder.write('a/b.c', PICTURE, MAP)
        assert_equal(os.listdir(os.path.join(folder.path, 'a')), ['b.c' + ending])


def test_overlays_show_the_picture_from_a_file_or_an_array():
    path = os.path.join(tempfile.mkdtemp(), 'p.png')
    Image.fromarray(PICTURE + 200).save(path)
    found = []
    for image in (path, PICTURE + 200):
        folder = MapFolder(tempfile.mkdtemp(), overlays=True)
        folder.write('a', image, MAP)
        overlay = Image.open(os.path.join(folder.path, 'overlays', 'a.jpg'))
        found.append(np.asarray(overlay))
    assert_equal(found[0].shape, (6, 8, 3))
    np.testing.assert_array_equal(*found)


def test_names_that_lead_out_are_refused():
    parent = tempfile.mkdtemp()
    folder = MapFolder(os.path.join(parent, 'out'))
    for name in ('../x', 'a/../../x', os.path.join(parent, 'x')):
        with assert_raises(BadFile):
            folder.write(name, PICTURE, MAP)
    assert_false(os.listdir(parent))


def test_a_map_never_replaces_its_image():
    parent = tempfile.mkdtemp()
    path = os.path.join(parent, 'p.png')
    Image.fromarray(PICTURE).save(path)
    with assert_raises(BadFile):
        MapFolder(parent).target('p', path)
    assert_equal(MapFolder(parent, 'npy').target('p', path), os.path.join(parent, 'p.npy'))


def test_unknown_forms_are_refused_at_once():
    with assert_raises(BadSetting):
        MapFolder('nowhere', 'png')


def test_folders_travel_to_other_processes():
    folder = pickle.loads(pickle.dumps(MapFolder(tempfile.mkdtemp(), 'npy')))
    folder.write('a', PICTURE, MAP)
    assert_equal(os.listdir(folder.path), ['a.npy'])
