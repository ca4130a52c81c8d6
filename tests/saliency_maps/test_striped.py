"""Maps in strips are written as whole maps are."""

import os
import tempfile

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.prediction.postprocessing import postprocess, postprocess_in_strips
from juntingnet_theano.saliency_maps import map_files, maps, striped
from juntingnet_theano.settings.postprocessing import PostProcessing

SIZE = (2300, 2100)  # two strips


def grid():
    return np.random.RandomState(0).rand(48, 48).astype('float32')


def written(values, form):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a' + map_files.extension(form))
        map_files.write(path, values, form)
        if form == 'npy':
            return np.load(path)
        return scipy.io.loadmat(path)['I'] if form == 'mat' else np.asarray(Image.open(path))


def test_each_form_holds_the_strips_of_a_map_in_order():
    values = postprocess(grid(), SIZE)
    strips = [values[:1500], values[1500:1501], values[1501:]]
    in_strips = striped.Striped(SIZE, lambda: iter(strips))
    for form, expected in (
        ('npy', values),
        ('mat', values.astype('float64')),
        ('png8', maps.quantise(values, 8)),
        ('png16', maps.quantise(values.astype('float64'), 16)),
    ):
        found = written(in_strips, form)
        assert_equal(found.dtype.kind, expected.dtype.kind)
        np.testing.assert_array_equal(found, expected, form)
        np.testing.assert_array_equal(written(values, form), expected, form)


def test_strips_of_a_finished_map_are_those_of_the_whole():
    for post in (
        PostProcessing(),
        PostProcessing(scale='stretch', power=2.0),
        PostProcessing('released'),
    ):
        in_strips = postprocess_in_strips(grid(), SIZE, post)
        for _ in range(2):  # each time anew
            np.testing.assert_array_equal(
                np.concatenate(list(in_strips)), postprocess(grid(), SIZE, post)
            )
        assert_equal(float(min(strip.min() for strip in in_strips) >= 0), 1.0)


def test_a_stretched_map_has_the_range_of_the_whole_not_of_its_strips():
    values = np.linspace(2, 3, SIZE[0])[:, np.newaxis].astype('float32').repeat(SIZE[1], 1)
    found = np.concatenate(list(striped.of_array(values).stretch()))
    np.testing.assert_array_equal(found, maps.stretch(values))


def test_a_thinned_map_has_every_so_many_rows_whatever_the_strips():
    values = np.arange(110.0).reshape(11, 10)
    for cuts in ((3, 4, 10), (1, 2, 3), (5,)):
        in_strips = striped.Striped((11, 10), lambda cuts=cuts: iter(np.split(values, cuts)))
        for step in (1, 2, 3, 4, 11):
            np.testing.assert_array_equal(in_strips.thinned(step), values[::step, ::step])


def test_a_map_too_large_for_a_variable_of_a_mat_file_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        with assert_raises(BadSetting) as caught:
            map_files.write(
                os.path.join(folder, 'a.mat'), striped.Striped((1 << 14, 1 << 14), iter), 'mat'
            )
        assert_in('--form npy', str(caught.exception))
        assert_equal(os.listdir(folder), [])
