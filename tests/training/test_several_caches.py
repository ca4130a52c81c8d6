"""Training on several caches: what an epoch has, resuming, what is refused."""

import collections
import contextlib
import os
import shutil
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_false, assert_in, assert_raises

from juntingnet_theano.cache import PreprocessingSettings, open_cache, open_caches
from juntingnet_theano.settings import training as config
from juntingnet_theano.training import minibatches, sweeps
from juntingnet_theano.training.data import TrainingData
from juntingnet_theano.training.loop import train
from juntingnet_theano.training.runs import Run
from tests.helpers import tiny_training
from tests.helpers.output import captured

FOLDER = tempfile.mkdtemp()
FIRST, SECOND, THIRD = (os.path.join(FOLDER, name + '.hdf5') for name in ('one', 'two', 'three'))
SETTINGS = tiny_training.settings(FIRST).override(
    [f"more_caches=['{SECOND}', '{THIRD}']", 'cache_weights=[1, 3, 2]', 'epochs=2']
)


def setup_module():
    tiny_training.write_cache(FIRST)
    tiny_training.write_cache(SECOND, seed=2, counts=(5, 0), mark='b')
    tiny_training.write_cache(THIRD, seed=3, counts=(4, 2), mark='c')


def teardown_module():
    shutil.rmtree(FOLDER)


@contextlib.contextmanager
def opened(settings=SETTINGS):
    with open_caches(settings.caches) as cache:
        yield TrainingData(cache, settings)


def arguments(name, *more):
    path = os.path.join(FOLDER, name + '.toml')
    SETTINGS.save(path)
    return ['train', '--config', path, '--run', os.path.join(FOLDER, name)] + [
        word for each in more for word in ('--set', each)
    ]


def test_an_epoch_has_each_image_as_often_as_the_weight_of_its_cache_says():
    pixels = {}
    for path in SETTINGS.caches:
        with open_cache(path) as cache:
            for name, image, truth in zip(
                cache.names('training'), cache.images('training'), cache.maps('training')
            ):
                pixels[image.tobytes()] = name, truth.tobytes()
    drawn = collections.Counter()
    with opened() as data:
        held = set(data.splits['validation'][1].tolist())
        for batch in minibatches.epoch_minibatches(data.sizes('training'), 0, SETTINGS):
            rows = data.pieces['training'][batch.piece][batch.rows]
            for image, truth in zip(
                data.cache.images('training', rows), data.maps('training', rows)
            ):
                name, expected = pixels[image.tobytes()]
                assert_equal(truth.tobytes(), expected)
                drawn[name] += 1
    assert_equal(len(held), 6)
    expected = {f't{row}': 1 for row in range(24) if row not in held}
    expected.update({f't{row}b': 3 for row in range(5)})
    expected.update({f't{row}c': 2 for row in range(4)})
    assert_equal(drawn, expected)


def test_each_slice_has_its_share_of_each_cache():
    with opened() as data:
        # 18, 15 and 8 rows in slices of 14.
        assert_equal(data.sizes('training'), [14, 14, 13])
        for rows in data.pieces['training']:
            shares = [np.sum(rows < 24), np.sum((rows >= 24) & (rows < 29)), np.sum(rows >= 29)]
            np.testing.assert_allclose(shares, [6.1, 5.1, 2.7], atol=1)


def test_gaze_and_the_mean_map_are_those_of_all_caches():
    settings = SETTINGS.override(['gaze_from=2'])
    with opened(settings) as data:
        rows = data.splits['gazed'][1]
        starts = np.repeat([0, 24, 29], [24, 5, 4])
        assert_equal(set((rows - starts[rows]) % 3), {0})
        assert_equal(set(starts[rows]), {0, 24, 29})
        held = set(data.splits['validation'][1].tolist())
        mean, _ = data.mean_map()
    total = np.zeros((48, 48))
    for path, weight in zip(SETTINGS.caches, SETTINGS.cache_weights):
        with open_cache(path) as cache:
            for row in range(cache.count('training')):
                if path != FIRST or row not in held:
                    total += weight * (cache.maps('training', [row])[0, 0] / 255.0)
    np.testing.assert_allclose(mean, total / (18 + 15 + 8), rtol=1e-12)


def test_validation_images_are_those_of_the_first_cache_alone():
    with opened() as data, opened(tiny_training.settings(FIRST)) as alone:
        split, rows = data.splits['validation']
        np.testing.assert_array_equal(rows, alone.splits['validation'][1])
        np.testing.assert_array_equal(
            data.cache.images(split, rows), alone.cache.images(split, rows)
        )
    with opened(SETTINGS.override(['holdout=0'])) as data, open_cache(FIRST) as cache:
        assert_equal(data.count('validation'), 6)
        np.testing.assert_array_equal(
            data.cache.images('validation', np.arange(6)), cache.images('validation')
        )


def test_one_cache_alone_gives_the_rows_that_it_gave():
    plain = tiny_training.settings(FIRST)
    with opened(plain) as data, opened(plain.override(['cache_weights=[1]'])) as weighted:
        for role in ('training', 'validation'):
            rows = minibatches.split_rows(24, 0.25, 0)[role == 'validation']
            for each in (data, weighted):
                np.testing.assert_array_equal(each.splits[role][1], rows)


def test_images_with_the_name_of_a_validation_image_are_not_trained_on():
    path = os.path.join(FOLDER, 'again.hdf5')
    tiny_training.write_cache(path, seed=4, counts=(24, 0), mark='')
    settings = tiny_training.settings(FIRST).override([f"more_caches=['{path}']"])
    with opened(settings) as data:
        held = set(data.splits['validation'][1].tolist())
        rows = data.splits['training'][1]
        assert_equal((data.left_out, len(rows)), (6, 36))
        assert_equal({row - 24 for row in rows if row >= 24} & held, set())
    lines = []

    def report(line):
        lines.append(line)
        if line.startswith('compiling'):
            raise StopIteration

    with assert_raises(StopIteration):
        train(Run(os.path.join(FOLDER, 'again'), settings), report=report)
    assert_in('36 training and 6 validation images', lines[0])
    assert_in('6 images of further caches are left out', lines[1])


def test_images_that_a_further_cache_keeps_apart_are_not_trained_on_from_another():
    path = os.path.join(FOLDER, 'apart.hdf5')
    tiny_training.write_cache(path, seed=4, counts=(4, 0), letters='vt', mark='C')
    settings = SETTINGS.override([f"more_caches=['{THIRD}', '{path}']"])
    with opened(settings) as data:
        # v0c and v1c are validation images of the second.
        assert_equal(data.left_out, 2)
        rows = data.splits['training'][1]
        assert_equal(sorted(set(rows[rows >= 28].tolist())), [30, 31])


def test_caches_that_do_not_go_together_are_refused():
    larger, cropped, empty = (
        os.path.join(FOLDER, name + '.hdf5') for name in ('larger', 'cropped', 'empty')
    )
    tiny_training.write_cache(cropped, preprocessing=PreprocessingSettings(fit='crop'))
    tiny_training.write_cache(
        larger, counts=(0, 0), preprocessing=PreprocessingSettings(image_size=128)
    )
    tiny_training.write_cache(empty, counts=(0, 3))
    for name, *assignments in (
        ('nowhere.hdf5', f"more_caches=['{SECOND}', '{FOLDER}/nowhere.hdf5']"),
        (f'{larger}: its image_size is 128', f"more_caches=['{SECOND}', '{larger}']"),
        (f'{cropped}: its fit is crop', f"more_caches=['{cropped}', '{SECOND}']"),
        (f'{empty}: its training split has no image', f"more_caches=['{empty}', '{SECOND}']"),
        ('3 cache_weights for 2 caches', f"more_caches=['{SECOND}']"),
        ('2 cache_weights for 3 caches', 'cache_weights=[1, 2]'),
        ('cache_weights = (1, 0, 1)', 'cache_weights=[1, 0, 1]'),
        ('cache_weights = (1, 0.5, 1)', 'cache_weights=[1, 0.5, 1]'),
        ('cache_weights = 2', 'cache_weights=2'),
        ('more_caches', 'more_caches=two.hdf5'),
        ('more_caches', 'more_caches=["", "a"]'),
    ):
        code, _, said = captured(arguments('refused', *assignments))
        assert_equal(code, 2, said)
        assert_in(name, said)
        assert_false(os.path.exists(os.path.join(FOLDER, 'refused')))


def test_settings_of_several_caches_come_back():
    path = os.path.join(FOLDER, 'saved.toml')
    SETTINGS.save(path)
    assert_equal(config.load(path), SETTINGS)


def test_a_sweep_takes_all_caches_along_to_another_folder():
    settings = tiny_training.settings('one.hdf5').override(["more_caches=['a/two.hdf5']"])
    for trial in sweeps.trials('sweep', settings, ['seed=1,2']):
        assert_equal(
            trial.settings.caches, (os.path.abspath('one.hdf5'), os.path.abspath('a/two.hdf5'))
        )
