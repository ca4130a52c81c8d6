"""experiments/soften.py: targets between truth and what networks say."""

import contextlib
import io
import os
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_in, assert_not_equal, assert_raises

from juntingnet_theano.cache import PreprocessingSettings, open_cache
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.saliency_maps import maps
from tests.helpers.scripts import script

soften = script('soften')

COUNTS = {'training': 70, 'validation': 3, 'testing': 2}  # over a block


def setup_module():
    """A cache of the sample, and the maps of two teachers of noise."""
    global FOLDER, CACHE
    FOLDER = tempfile.mkdtemp()
    CACHE = os.path.join(FOLDER, 'sample.hdf5')
    raw, rng = os.path.join(FOLDER, 'raw'), np.random.RandomState(0)
    sample.generate(raw, counts=tuple(COUNTS.values()))
    preprocess('sample', raw, CACHE, PreprocessingSettings(), workers=1)
    with open_cache(CACHE) as cache:
        for teacher in 'ab':
            os.mkdir(os.path.join(FOLDER, teacher))
            for name in cache.names('training'):
                np.save(os.path.join(FOLDER, teacher, name + '.npy'), rng.uniform(size=(30, 40)))


def made(*teachers):
    """The path of the cache that these teachers' maps give."""
    path = os.path.join(tempfile.mkdtemp(), 'soft.hdf5')
    soften.main(
        ['--cache', CACHE, '--out', path] + [os.path.join(FOLDER, teacher) for teacher in teachers]
    )
    return path


def refusal(*arguments):
    """What the program says when it ends with 2."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), assert_raises(SystemExit) as caught:
        soften.main(list(arguments))
    assert_equal(caught.exception.code, 2)
    return said.getvalue()


def cc(one, other):
    """Pearson's correlation of two maps."""
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


def test_target_is_as_near_to_the_truth_as_to_its_teachers():
    rng = np.random.RandomState(0)
    truth = rng.randint(0, 256, (48, 48)).astype('uint8')
    teacher = rng.uniform(size=(48, 48))
    target = soften.softened(truth, [teacher], 0.5)
    # Two independent parts of one deviation each: 1 / sqrt(2) to both.
    assert_equal((target.min(), target.max(), target.dtype), (0, 255, 'u1'))
    np.testing.assert_allclose([cc(target, truth), cc(target, teacher)], np.sqrt(0.5), atol=0.05)


def test_ranges_of_teachers_do_not_matter():
    rng = np.random.RandomState(0)
    truth = rng.randint(0, 256, (48, 48)).astype('uint8')
    one, other = rng.uniform(size=(2, 48, 48))
    np.testing.assert_array_equal(
        soften.softened(truth, [one, other], 0.4),
        soften.softened(truth, [5 * one - 1, other / 9], 0.4),
    )


def test_only_training_maps_change():
    with open_cache(CACHE) as before, open_cache(made('a', 'b')) as after:
        assert_equal(before.splits, after.splits)
        assert_equal(before.preprocessing, after.preprocessing)
        assert_not_equal(before.fingerprint, after.fingerprint)
        for split in before.splits:
            assert_equal(before.names(split), after.names(split))
            for source in ('images', 'sizes'):
                np.testing.assert_array_equal(
                    before.source(split, source), after.source(split, source)
                )
            for row in range(before.count(split) if before.has(split, 'fixations') else 0):
                np.testing.assert_array_equal(
                    before.fixations(split, row), after.fixations(split, row)
                )
        np.testing.assert_array_equal(before.maps('validation'), after.maps('validation'))
        assert_equal(before.has('testing', 'maps'), after.has('testing', 'maps'))
        old, new = before.maps('training'), after.maps('training')
        assert_greater(min(map(cc, old, new)), 0.5)
        assert_greater(0.9, max(map(cc, old, new)))


def test_each_row_gets_its_own_teachers():
    with open_cache(made('a')) as cache:
        for row in (0, 69):
            path = os.path.join(FOLDER, 'a', cache.names('training')[row] + '.npy')
            said = maps.resize(np.load(path), (48, 48))
            assert_greater(cc(cache.maps('training')[row, 0], said), 0.5)


def test_images_with_and_without_gaze_have_shares_of_their_own():
    rng = np.random.RandomState(0)
    folder = tempfile.mkdtemp()
    said, truth = rng.permutation(48 * 48 * 2).reshape(2, 48, 48)
    truth = maps.quantise(maps.stretch(truth))
    np.save(os.path.join(folder, 'x.npy'), said / said.max())
    teachers = soften.Teachers([folder], (1.0, 0.0), ['x'], 'training')
    np.testing.assert_array_equal(teachers.soften('x', truth, False), truth)
    assert_greater(cc(teachers.soften('x', truth, True), said), 0.999)


def test_missing_maps_are_named_and_nothing_is_written():
    path = os.path.join(tempfile.mkdtemp(), 'soft.hdf5')
    said = refusal('--cache', CACHE, '--out', path, tempfile.mkdtemp())
    assert_in('70 of 70 images without a map', said)
    assert_equal(os.listdir(os.path.dirname(path)), [])


def test_shares_beyond_the_whole_are_refused():
    assert_in('1.5', refusal('--gazed', '1.5', os.path.join(FOLDER, 'a')))
