"""Every model by its name: any picture, the same kind of map."""

import functools
import os
import pickle
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises, assert_true

from juntingnet_theano import baselines
from juntingnet_theano.baselines import centre, chance, mean_map
from juntingnet_theano.cache import PreprocessingSettings
from juntingnet_theano.cache.writer import CacheWriter, Example
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles
from tests.helpers.scenes import texture

FROM_PICTURES = ('itti', 'itti1998', 'gbvs', 'bms')
OTHERS = ('centre', 'chance')
SIZES = ((1, 1), (5, 7), (1, 40), (33, 2), (48, 64))


def loaded(name):
    """A model; the one that scales pictures up does so less, for speed."""
    model = baselines.load(name)
    if name == 'bms':
        return functools.partial(model, picture_side=80, spread=5, blur=4)
    return model


def cache_of(*levels):
    """A cache whose training maps are constant, at these levels."""
    path = os.path.join(tempfile.mkdtemp(), 'tiny.hdf5')
    settings = PreprocessingSettings()
    with CacheWriter(path, settings, 8) as writer:
        writer.start_split('training', True)
        writer.append(
            [
                Example(
                    str(level),
                    (9, 9),
                    np.zeros((3, 96, 96), 'uint8'),
                    np.full((48, 48), level, 'uint8'),
                    None,
                )
                for level in levels
            ]
        )
        writer.finish('0' * 64, {'training': 0}, [])
    return path


def test_any_size_gives_a_finite_map_of_that_size():
    for name in FROM_PICTURES + OTHERS:
        model = loaded(name)
        for height, width in SIZES:
            found = model(texture(height, width))
            assert_equal((found.shape, found.dtype), ((height, width), np.float32))
            assert_true(np.isfinite(found).all())
            assert_true(found.min() >= 0 and found.max() <= 1)


def test_nothing_stands_out_in_a_plain_picture():
    for name in FROM_PICTURES:
        model = loaded(name)
        for height, width in SIZES:
            plain = np.full((height, width, 3), (90, 140, 33), 'uint8')
            assert_equal(model(plain).max(), 0)


def test_a_grey_picture_is_as_good_as_a_coloured_one():
    grey = np.repeat(texture()[..., :1], 3, axis=2)
    for name in FROM_PICTURES:
        found = loaded(name)(grey)
        assert_equal((found.min(), found.max()), (0, 1))


def test_pictures_are_left_alone():
    picture = texture(24, 32)
    before = picture.copy()
    picture.setflags(write=False)
    for name in FROM_PICTURES + OTHERS:
        loaded(name)(picture)
    np.testing.assert_array_equal(picture, before)


def test_what_is_no_picture_is_refused_by_all():
    for name in FROM_PICTURES + OTHERS:
        with assert_raises(BadFile):
            baselines.load(name)(np.zeros((4, 5), 'uint8'))


def test_models_travel_to_other_processes():
    picture = texture(24, 32)
    for name in FROM_PICTURES + OTHERS:
        model = loaded(name)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(model))(picture), model(picture))


def test_an_unknown_name_is_answered_with_the_nearest():
    with assert_raises(BadSetting) as caught:
        baselines.load('gvbs')
    assert_in("did you mean 'gbvs'?", str(caught.exception))


def test_only_the_mean_map_takes_a_cache():
    for name, cache in (('mean-map', None), ('gbvs', 'a.hdf5')):
        with assert_raises(BadSetting):
            baselines.load(name, cache)
    with assert_raises(MissingFiles):
        baselines.load('mean-map', os.path.join('nowhere', 'a.hdf5'))


def test_the_centre_is_a_gaussian_in_shares_of_the_sides():
    found = centre.saliency(np.zeros((51, 101, 3), 'uint8'), sigma=0.1)
    raw = np.exp(-np.square(np.arange(101) - 50) / (2 * 10.1**2))
    np.testing.assert_allclose(found[25], raw, atol=1e-5)
    np.testing.assert_allclose(found, found[::-1, ::-1], atol=1e-6)
    assert_equal(found.max(), found[25, 50])


def test_chance_is_uniform_and_depends_on_the_picture_alone():
    first, second = texture(seed=1), texture(seed=2)
    found = chance.saliency(first)
    np.testing.assert_array_equal(found, chance.saliency(first.copy()))
    others = chance.saliency(second), chance.saliency(first, seed=1)
    for other in others:
        assert_less(abs(np.corrcoef(found.ravel(), other.ravel())[0, 1]), 0.05)
    shares = np.histogram(found, 10, (0, 1))[0] / float(found.size)
    np.testing.assert_allclose(shares, 0.1, atol=0.02)


def test_the_mean_map_is_the_mean_over_the_training_split():
    path = cache_of(0, 51, 204)
    np.testing.assert_allclose(mean_map.read(path), 85 / 255.0, rtol=1e-6)
    found = baselines.load('mean-map', path)(np.zeros((20, 30, 3), 'uint8'))
    assert_equal(found.shape, (20, 30))
    np.testing.assert_allclose(found, 85 / 255.0, rtol=1e-6)
    with assert_raises(BadSetting):
        mean_map.read(path, 'validation')
