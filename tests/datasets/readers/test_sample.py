"""The generated data set: layout, determinism, and that things pop out."""

import errno
import hashlib
import os
import tempfile

import numpy as np
import scipy.io
from nose.tools import (
    assert_equal,
    assert_greater,
    assert_in,
    assert_less,
    assert_not_equal,
    assert_raises,
    assert_true,
)
from PIL import Image

from juntingnet_theano import datasets
from juntingnet_theano.datasets import scenes
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import BadFile, BadSetting, Busy, CannotWrite
from juntingnet_theano.files import writing

COUNTS = (24, 6, 4)
MADE = {}


def made():
    """Root of one sample that all tests share."""
    if not MADE:
        MADE['root'] = generated(COUNTS)
    return MADE['root']


def generated(counts, **options):
    root = os.path.join(tempfile.mkdtemp(), 'sample')
    sample.generate(root, counts, **options)
    return root


def digests(root):
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, 'rb') as file:
                found[os.path.relpath(path, root)] = hashlib.sha256(file.read()).hexdigest()
    return found


def read_map(path):
    return scipy.io.loadmat(path)['I']


def test_the_reader_finds_what_was_generated():
    root = made()
    datasets.check('sample', root)
    for split, count in zip(sample.SPLITS, COUNTS):
        records = sample.read(root, split)
        assert_equal(len(records), count)
        for record in records:
            with Image.open(record.image) as image:
                assert_equal(image.size[::-1], record.size)
                assert_equal(image.format, 'JPEG')
            assert_equal((record.has_map, record.fixations is not None), (split != 'testing',) * 2)
            assert_equal(record.dropped, 0)
            assert_in(record.scene, scenes.KINDS)


def test_maps_are_floats_from_zero_to_one_at_the_image_size():
    for record in sample.read(made(), 'training'):
        values = read_map(record.saliency_map)
        assert_equal((values.shape, values.dtype), (record.size, np.dtype('float32')))
        assert_equal((values.min() >= 0, values.max()), (True, 1))


def test_answers_of_the_testing_split_lie_apart():
    root = made()
    answers = scipy.io.loadmat(os.path.join(root, 'answers', 'testing.mat'))
    listed = scipy.io.loadmat(os.path.join(root, 'testing.mat'))
    assert_equal(listed['testing'].dtype.names, ('image', 'resolution', 'scene'))
    for held, known in zip(listed['testing'].ravel(), answers['testing'].ravel()):
        assert_equal(held['image'][0], known['image'][0])
        assert_greater(known['gaze'].size, 0)
        name = held['image'][0] + '.mat'
        assert_true(os.path.exists(os.path.join(root, 'answers', 'saliency', name)))
        assert_true(not os.path.exists(os.path.join(root, 'saliency', name)))


def test_same_seed_same_bytes_and_another_seed_others():
    counts = (2, 1, 1)
    first, second, other = (digests(generated(counts, seed=seed)) for seed in (3, 3, 4))
    assert_equal(first, second)
    assert_equal(sorted(first), sorted(other))
    for path in first:
        assert_not_equal(first[path], other[path])


def test_an_image_does_not_depend_on_the_counts():
    few = digests(generated((2, 1, 1)))
    whole = digests(made())
    for path in few:
        if os.path.dirname(path) and not path.endswith('testing.mat'):
            assert_equal(few[path], whole[path])


def test_gaze_goes_where_something_is_odd():
    on_odd = total = 0
    for seed in range(40):
        rng = np.random.RandomState(seed)
        scene = scenes.draw(rng)
        for observer in scenes.look(scene, rng):
            places = observer['fixation'] - 1
            distance = (
                np.hypot(places[:, :1] - scene.odd[:, 0], places[:, 1:] - scene.odd[:, 1])
                / scene.odd[:, 2]
            )
            on_odd += (distance.min(axis=1) < 2).sum()
            total += len(places)
    assert_greater(on_odd / float(total), 0.8)


def test_odd_objects_differ_from_their_surroundings():
    # The mean colour of the odd objects is farther from the picture's mean
    # than that of equal squares elsewhere.
    ranks = []
    for seed in range(40):
        scene = scenes.draw(np.random.RandomState(seed))
        pixels = np.asarray(scene.picture, float)
        contrast = np.abs(pixels - np.median(pixels, axis=(0, 1))).sum(2)
        x, y, radius = scene.odd[0]
        half = max(2, int(radius / 3))
        rows, columns = (
            int(min(max(place, half), side - half)) for place, side in zip((y, x), contrast.shape)
        )
        inside = contrast[rows - half : rows + half, columns - half : columns + half].mean()
        ranks.append((contrast < inside).mean())
    assert_greater(np.median(ranks), 0.95)


def test_objects_lie_all_over_the_picture():
    places = np.concatenate(
        [
            scene.odd[:, :2] / scene.picture.size
            for scene in (scenes.draw(np.random.RandomState(seed)) for seed in range(150))
        ]
    )
    thirds = np.floor(places * 3).clip(0, 2)
    for column in range(3):
        for row in range(3):
            share = np.mean((thirds == (column, row)).all(axis=1))
            assert_greater(share, 0.04)


def test_the_mean_map_leaves_much_to_be_learnt():
    maps = [read_map(record.saliency_map) for record in sample.read(made(), 'training')]
    small = np.array([np.asarray(Image.fromarray(each).resize((24, 24))) for each in maps])
    left = np.square(small - small.mean(axis=0)).mean()
    assert_greater(left, 0.7 * np.square(small).mean() - 0.7 * small.mean() ** 2)


def test_density_is_the_sum_of_gaussians():
    gaze = [
        {'fixation': np.array([[11.0, 6.0], [31.0, 21.0]])},
        {'fixation': np.array([[11.0, 6.0]])},
    ]
    sigma = sample.BLUR * 60
    y, x = np.mgrid[:40, :60]
    direct = 2 * np.exp(-((x - 10) ** 2 + (y - 5) ** 2) / 2 / sigma**2) + np.exp(
        -((x - 30) ** 2 + (y - 20) ** 2) / 2 / sigma**2
    )
    found = sample.density(gaze, (40, 60))
    assert_less(np.abs(found - direct / direct.max()).max(), 0.51 / 255)


def test_what_exists_is_not_overwritten():
    root = tempfile.mkdtemp()
    with open(os.path.join(root, 'mine.txt'), 'w') as file:
        file.write('mine')
    with assert_raises(BadFile):
        sample.generate(root, (1, 1, 1))
    assert_equal(os.listdir(root), ['mine.txt'])


def test_an_interruption_leaves_nothing():
    def interrupt(numbers):
        yield numbers[0]
        raise KeyboardInterrupt

    folder = tempfile.mkdtemp()
    with assert_raises(KeyboardInterrupt):
        sample.generate(os.path.join(folder, 'sample'), (2, 1, 1), watch=interrupt)
    assert_equal(os.listdir(folder), [])


def test_two_at_once_do_not_harm_each_other():
    root = os.path.join(tempfile.mkdtemp(), 'sample')
    with writing.locked(root, 'generating'), assert_raises(Busy):
        sample.generate(root, (1, 1, 1))
    assert_equal(os.listdir(os.path.dirname(root)), [])


def test_a_full_disk_is_said_and_leaves_nothing():
    def full(numbers):
        raise OSError(errno.ENOSPC, 'No space left on device')

    root = os.path.join(tempfile.mkdtemp(), 'sample')
    with assert_raises(CannotWrite) as caught:
        sample.generate(root, (1, 1, 1), watch=full)
    assert_in('No space left', str(caught.exception))
    assert_equal(os.listdir(os.path.dirname(root)), [])


def test_counts_and_seeds_out_of_range_are_refused_and_leave_nothing():
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, 'sample')
        for options in (
            {'counts': (-1, 0, 0)},
            {'counts': (1, 1)},
            {'counts': (1, 1.5, 1)},
            {'counts': (1, 1, 1), 'seed': -1},
            {'counts': (1, 1, 1), 'seed': 1 << 32},
        ):
            with assert_raises(BadSetting):
                sample.generate(root, **options)
        assert_equal(os.listdir(folder), [])
