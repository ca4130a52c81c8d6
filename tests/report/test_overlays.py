"""Maps for eyes: the picture stays to be seen, heat where it is salient."""

import os
import tempfile

import matplotlib
import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true
from PIL import Image

import juntingnet_theano as jn
from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.saliency_maps import map_files
from tests.helpers.scenes import texture

FOLDER = tempfile.mkdtemp()
PICTURE = np.full((20, 30, 3), 200, 'uint8')
SALIENCY = np.linspace(0.2, 0.6, 600).reshape(20, 30)


def test_an_overlay_is_the_one_that_predict_writes():
    path = os.path.join(FOLDER, 'a.png')
    Image.fromarray(PICTURE).save(path)
    expected = map_files.overlay(PICTURE, SALIENCY)
    for carrier in (PICTURE, path, Image.open(path)):
        found = jn.overlay(carrier, SALIENCY)
        assert_equal(found.size, (30, 20))
        np.testing.assert_array_equal(np.asarray(found), expected)


def test_opacity_and_colours_are_the_callers():
    black = np.zeros_like(PICTURE)
    for colours in ('viridis', 'jet'):
        hottest = np.rint(255 * np.array(matplotlib.colormaps[colours](1.0)[:3]))
        found = np.asarray(jn.overlay(black, SALIENCY, 1, colours))
        assert_equal(found[-1, -1].tolist(), [int(each) for each in hottest])
    np.testing.assert_array_equal(np.asarray(jn.overlay(PICTURE, SALIENCY, 0)), PICTURE)


def test_a_figure_shows_picture_map_and_overlay_in_a_row_each():
    path = os.path.join(FOLDER, 'figure.png')
    figure = jn.figure(PICTURE, SALIENCY, path)
    assert_equal([each.get_title() for each in figure.axes], ['Picture', 'Prediction', 'Overlay'])
    with Image.open(path) as image:
        assert_true(image.size[0] > image.size[1] > 100)
    rows = jn.figure([PICTURE, texture(40, 40)], [SALIENCY, SALIENCY])
    assert_equal(len(rows.axes), 6)


def test_what_cannot_be_shown_is_refused():
    for wrong in ({'opacity': 1.5}, {'colours': 'virids'}):
        with assert_raises(BadSetting) as caught:
            jn.overlay(PICTURE, SALIENCY, **wrong)
    assert_in("did you mean 'viridis'?", str(caught.exception))
    for saliency in (SALIENCY[0], SALIENCY * np.nan, 'a map', None):
        with assert_raises(BadFile):
            jn.overlay(PICTURE, saliency)
    with assert_raises(BadSetting):
        jn.figure([PICTURE], [])
