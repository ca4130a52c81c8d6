"""Raw files to a cache: pixels, order, bad files, interruption."""

import json
import os
import shutil
import tempfile
import unittest

import numpy as np
import scipy.io
import scipy.ndimage
from nose.tools import (
    assert_equal,
    assert_in,
    assert_less,
    assert_less_equal,
    assert_not_equal,
    assert_raises,
    assert_true,
)
from PIL import Image, ImageOps

from juntingnet_theano.cache import PreprocessingSettings, open_cache
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles
from juntingnet_theano.files import matfiles
from tests.helpers.output import names_left

SETTINGS = PreprocessingSettings()


def quiet(items, label, unit, total=None):
    return items


def run(root, name='isun', settings=SETTINGS, workers=1, **options):
    """Summary of preprocessing into a file beside the root."""
    return preprocess(name, root, root + '.hdf5', settings, workers=workers, watch=quiet, **options)


def forged(training=3, size=(48, 64), seed=0):
    """A small set in iSUN's layout; names out of alphabetical order."""
    root = os.path.join(tempfile.mkdtemp(), 'set')
    for folder in ('images', 'saliency'):
        os.makedirs(os.path.join(root, folder))
    rng = np.random.RandomState(seed)
    for split, count in (('training', training), ('validation', 1), ('testing', 1)):
        structs = []
        for row in range(count):
            name = f'{split}_{count - row:03d}'
            pixels = rng.randint(0, 256, size + (3,), 'uint8')
            # A PNG under the name of a JPEG: lossless, and content counts.
            with open(image_path(root, name), 'wb') as file:
                Image.fromarray(pixels).save(file, 'PNG')
            struct = {'image': name, 'resolution': [list(size)]}
            if split != 'testing':
                struct['gaze'] = [{'fixation': np.array([[row + 1.0, 2.0], [999.0, 1.0]])}]
                scipy.io.savemat(
                    map_path(root, name), {'I': (0.2 + 0.5 * rng.rand(*size)).astype('float32')}
                )
            structs.append(struct)
        matfiles.write(os.path.join(root, split + '.mat'), {split: structs})
    return root


def image_path(root, name):
    return os.path.join(root, 'images', name + '.jpg')


def map_path(root, name):
    return os.path.join(root, 'saliency', name + '.mat')


def test_rows_are_in_the_order_of_the_lists():
    root = forged()
    summary = run(root)
    assert_equal(summary.counts, {'training': 3, 'validation': 1, 'testing': 1})
    with open_cache(summary.path, SETTINGS) as cache:
        assert_equal(cache.names('training'), ['training_003', 'training_002', 'training_001'])
        assert_equal(cache.sizes('training').tolist(), [[48, 64]] * 3)
        assert_equal(cache.fixations('training', 2).x.tolist(), [2])
        assert_equal(cache.dropped, {'training': 3, 'validation': 1, 'testing': 0})
        assert_equal(cache.fingerprint, summary.fingerprint)
        assert_true(not cache.has('testing', 'maps'))


def test_images_are_squashed_or_cropped_as_pillow_does_it():
    root = forged()
    with Image.open(image_path(root, 'training_003')) as image:
        squashed = image.resize((96, 96), Image.LANCZOS)
        cropped = ImageOps.fit(image, (96, 96), Image.LANCZOS)
    for fit, right in (('squash', squashed), ('crop', cropped)):
        summary = run(root, settings=SETTINGS._replace(fit=fit))
        with open_cache(summary.path) as cache:
            assert_equal(
                cache.images('training', [0])[0].tolist(),
                np.asarray(right).transpose(2, 0, 1).tolist(),
            )


def test_maps_are_squashed_and_then_stretched():
    root = forged(size=(96, 144))
    y, x = np.mgrid[:96, :144]
    values = 0.2 + 0.5 * np.exp(-((x - 30) ** 2 + (y - 60) ** 2) / 500.0)
    scipy.io.savemat(map_path(root, 'training_003'), {'I': values})
    blocks = values.reshape(48, 2, 48, 3).mean(axis=(1, 3))
    right = 255 * (blocks - blocks.min()) / np.ptp(blocks)
    for fit in ('squash', 'crop'):
        summary = run(root, settings=SETTINGS._replace(fit=fit))
        with open_cache(summary.path) as cache:
            found = cache.maps('training', [0])[0, 0].astype(float)
        # Anti-aliased bicubic shrinking is close to a mean over blocks.
        assert_less(np.abs(found - right).max(), 5)
        assert_equal((found.min(), found.max()), (0, 255))


def test_constant_map_is_black():
    root = forged()
    scipy.io.savemat(map_path(root, 'training_003'), {'I': np.full((48, 64), 0.5)})
    with open_cache(run(root).path) as cache:
        assert_equal(cache.maps('training', [0]).max(), 0)


def test_other_sizes_are_other_shapes():
    settings = PreprocessingSettings(32, 10, 'squash', 'box')
    with open_cache(run(forged(), settings=settings).path) as cache:
        assert_equal(cache.images('training').shape, (3, 3, 32, 32))
        assert_equal(cache.maps('training').shape, (3, 1, 10, 10))


def content(path):
    """Everything in a cache but who made it."""
    with open_cache(path) as cache:
        parts = [cache.splits, cache.fingerprint, cache.skipped]
        for split in cache.splits:
            parts += [cache.names(split), cache.sizes(split).tolist(), cache.images(split).tolist()]
            if cache.has(split, 'maps'):
                parts += [
                    cache.maps(split).tolist(),
                    [
                        [field.tolist() for field in cache.fixations(split, row)]
                        for row in range(cache.count(split))
                    ],
                ]
        return repr(parts)


def test_the_number_of_workers_changes_nothing():
    root = forged(training=40)
    with open(image_path(root, 'training_017'), 'wb'):
        pass
    one, two = (content(run(root, workers=workers, skip_bad=True).path) for workers in (1, 2))
    assert_true(one == two)


def test_fingerprint_changes_with_every_raw_file_and_setting():
    root = forged()
    prints = [run(root).fingerprint, run(root).fingerprint]
    assert_equal(prints[0], prints[1])
    prints = prints[:1]
    prints.append(run(root, settings=SETTINGS._replace(fit='crop')).fingerprint)
    prints.append(run(root, splits=['training']).fingerprint)
    scipy.io.savemat(map_path(root, 'validation_001'), {'I': np.ones((48, 64))})
    prints.append(run(root).fingerprint)
    for path in (image_path(root, 'testing_001'), os.path.join(root, 'training.mat')):
        with open(path, 'ab') as file:
            file.write(b'\0')
        prints.append(run(root).fingerprint)
    assert_equal(len(set(prints)), 6)


def test_fingerprint_does_not_depend_on_the_place():
    here = forged()
    there = os.path.join(tempfile.mkdtemp(), 'elsewhere')
    shutil.copytree(here, there)
    assert_equal(run(here).fingerprint, run(there).fingerprint)
    assert_not_equal(run(here).fingerprint, run(forged(seed=1)).fingerprint)


def break_image(root):
    path = image_path(root, 'training_002')
    with open(path, 'wb') as file:
        file.write(b'some words')
    return path


def break_map(root):
    path = map_path(root, 'training_002')
    scipy.io.savemat(path, {'I': np.full((48, 64), np.nan)})
    return path


def shrink_map(root):
    path = map_path(root, 'training_002')
    scipy.io.savemat(path, {'I': np.ones((24, 32))})
    return path


def shrink_image(root):
    path = image_path(root, 'training_002')
    Image.new('RGB', (32, 24)).save(path)
    return path


def lose_image(root):
    path = image_path(root, 'training_002')
    os.remove(path)
    return path


def lose_map(root):
    path = map_path(root, 'training_002')
    os.remove(path)
    return path


def test_a_bad_file_is_named_and_stops():
    for damage, cause in (
        (break_image, 'not an image'),
        (break_map, 'finite'),
        (shrink_map, '24 x 32'),
        (shrink_image, '24 x 32'),
        (lose_image, 'there is no'),
        (lose_map, 'there is no'),
    ):
        root = forged()
        path = damage(root)
        with assert_raises(BadFile) as raised:
            run(root)
        assert_in(path, str(raised.exception))
        assert_in(cause, str(raised.exception))
        assert_equal(names_left(root), ['set'])


def test_a_bad_file_may_be_skipped_and_is_listed():
    for damage in (break_image, break_map, shrink_map, shrink_image, lose_image, lose_map):
        root = forged()
        path = damage(root)
        summary = run(root, skip_bad=True)
        assert_equal(summary.counts['training'], 2)
        ((split, name, cause),) = summary.skipped
        assert_equal((split, name), ('training', 'training_002'))
        assert_in(path, cause)
        with open_cache(summary.path) as cache:
            assert_equal(cache.skipped, summary.skipped)
            assert_equal(cache.names('training'), ['training_003', 'training_001'])
            assert_equal(cache.fixations('training', 1).x.tolist(), [2])


def test_a_set_of_bad_files_only_makes_no_cache():
    root = forged()
    for name in os.listdir(os.path.join(root, 'images')):
        with open(os.path.join(root, 'images', name), 'wb'):
            pass
    with assert_raises(BadFile) as raised:
        run(root, skip_bad=True)
    assert_in('none of 5', str(raised.exception))
    assert_equal(names_left(root), ['set'])


def test_missing_files_and_bad_settings_are_told_before_any_work():
    root = forged()
    os.remove(os.path.join(root, 'validation.mat'))
    with assert_raises(MissingFiles):
        run(root)
    assert_equal(run(root, splits=['training']).counts, {'training': 3})
    for options in (
        {'splits': ['train']},
        {'workers': 0},
        {'settings': SETTINGS._replace(fit='stretch')},
        {'name': 'isum'},
    ):
        with assert_raises(BadSetting):
            run(root, **options)


def test_an_interruption_leaves_nothing_and_keeps_the_old_cache():
    def interrupt(items, label, unit, total=None):
        yield next(items)
        raise KeyboardInterrupt

    root = forged()
    path = root + '.hdf5'
    for workers in (1, 2):
        with assert_raises(KeyboardInterrupt):
            preprocess('isun', root, path, SETTINGS, workers=workers, watch=interrupt)
        assert_equal(names_left(root), ['set'])
    run(root)
    with open(path, 'rb') as file:
        before = file.read()
    with assert_raises(KeyboardInterrupt):
        preprocess('isun', root, path, SETTINGS, workers=1, watch=interrupt)
    with open(path, 'rb') as file:
        assert_true(file.read() == before)


def test_maps_are_made_from_fixations_where_none_are_shipped():
    root = os.path.join(tempfile.mkdtemp(), 'set')
    for folder in ('annotations', 'images/train2014'):
        os.makedirs(os.path.join(root, folder))
    Image.new('RGB', (160, 120)).save(os.path.join(root, 'images', 'train2014', 'a.png'))
    with open(os.path.join(root, 'annotations', 'fixations_train2014.json'), 'w') as file:
        json.dump(
            {
                'images': [{'id': 1, 'file_name': 'a.png', 'width': 160, 'height': 120}],
                'annotations': [{'image_id': 1, 'fixations': [[31, 121], [31, 121], [91, 41]]}],
            },
            file,
        )
    hits = np.zeros((120, 160))
    hits[30, 120] = hits[90, 40] = 1
    dense = scipy.ndimage.gaussian_filter(hits, 19)
    blocks = np.asarray(Image.fromarray(dense).resize((48, 48), Image.BOX))
    right = 255 * (blocks - blocks.min()) / np.ptp(blocks)
    with open_cache(run(root, 'salicon-api').path) as cache:
        found = cache.maps('training')[0, 0]
        assert_equal(len(cache.fixations('training', 0).x), 3)
    assert_less_equal(np.abs(found - right).max(), 3)


def pictures(*names):
    """A folder of a user's own images."""
    root = os.path.join(tempfile.mkdtemp(), 'set')
    for name in names:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            Image.new('RGB', (64, 48), 'red').save(file, 'PNG')
    return root


def test_what_no_split_speaks_of_is_told_once():
    root = pictures(
        'images/training/a.jpg', 'images/testing/b.jpg', 'maps/a.png', 'maps/b.png', 'maps/c.png'
    )
    for name in ('images/training/a.cr2', 'images/Thumbs.db', 'maps/a.json'):
        open(os.path.join(root, name), 'w').close()
    assert_equal(
        sorted(run(root, 'folder').left_out), ['.cr2', '.db', '.json', 'maps without a picture']
    )


def test_an_empty_split_is_refused_unless_it_is_asked_for():
    root = os.path.join(tempfile.mkdtemp(), 'set')
    for part in ('images/train', 'fixations/train', 'images/val', 'fixations/val', 'images/test'):
        os.makedirs(os.path.join(root, part))
        open(os.path.join(root, part, 'Thumbs.db'), 'w').close()
    with assert_raises(MissingFiles) as raised:
        run(root, 'salicon')
    assert_in(' .db', str(raised.exception))
    assert_in('--allow-empty', str(raised.exception))
    assert_equal(
        run(root, 'salicon', allow_empty=True).counts,
        {'training': 0, 'validation': 0, 'testing': 0},
    )


def test_names_that_are_not_utf_8_become_text():
    root = pictures(os.fsdecode(b'caf\xe9.jpg'), os.fsdecode(b'\xff.jpg'))
    with open(os.path.join(os.fsencode(root), b'\xff.jpg'), 'wb'):
        pass
    summary = run(root, 'folder', skip_bad=True)
    with open_cache(summary.path) as cache:
        assert_equal(cache.names('training'), ['caf\\xe9'])
        ((_, name, cause),) = cache.skipped
        assert_equal(name, '\\xff')
        assert_in('\\xff.jpg', cause)


def test_a_map_is_never_made_of_no_fixations():
    root = pictures('images/a.jpg', 'images/b.jpg')
    os.mkdir(os.path.join(root, 'fixations'))
    for name, row in (('a', '20,15'), ('b', '2000,15')):
        with open(os.path.join(root, 'fixations', name + '.csv'), 'w') as file:
            file.write(row)
    with assert_raises(BadFile) as raised:
        run(root, 'folder')
    assert_in('b.jpg', str(raised.exception))
    assert_equal(run(root, 'folder', skip_bad=True).counts, {'training': 1})


def test_images_without_annotations_are_refused_and_counted():
    root = pictures(*(f'images/train2014/{n}.jpg' for n in range(3)))
    os.mkdir(os.path.join(root, 'annotations'))
    with open(os.path.join(root, 'annotations', 'fixations_train2014.json'), 'w') as file:
        json.dump(
            {
                'images': [
                    {'id': n, 'file_name': f'{n}.jpg', 'width': 64, 'height': 48} for n in range(3)
                ],
                'annotations': [{'image_id': '1', 'fixations': [[9, 9]]}],
            },
            file,
        )
    with assert_raises(BadFile) as raised:
        run(root, 'salicon-api')
    assert_in('2 of 3', str(raised.exception))
    summary = run(root, 'salicon-api', skip_bad=True)
    assert_equal((summary.counts['training'], len(summary.skipped)), (1, 2))


def test_named_pipes_are_refused_or_skipped():
    for path in (image_path, map_path):
        root = forged()
        os.remove(path(root, 'training_002'))
        os.mkfifo(path(root, 'training_002'))
        with assert_raises(BadFile) as raised:
            run(root)
        assert_in('a named pipe', str(raised.exception))
        assert_equal(run(root, skip_bad=True).counts['training'], 2)


def test_real_data_sets_have_their_counts():
    if 'DATA_ROOT' not in os.environ:
        raise unittest.SkipTest('DATA_ROOT names no folder with real data')
    folder = tempfile.mkdtemp()
    for name, counts in (
        ('isun', {'validation': 300, 'testing': 500}),
        ('salicon', {'validation': 100, 'testing': 150}),
        ('salicon-api', {'training': 10}),
    ):
        path = os.path.join(folder, name + '.hdf5')
        summary = preprocess(
            name,
            os.path.join(os.environ['DATA_ROOT'], name),
            path,
            SETTINGS,
            splits=list(counts),
            watch=quiet,
        )
        assert_equal((summary.counts, summary.skipped), (counts, []))
        with open_cache(path, SETTINGS) as cache:
            first = cache.splits[0]
            maps = cache.maps(first)[:, 0]
            assert_true((maps.max(axis=(1, 2)) == 255).all())
            # People look at the middle: the mean map has its maximum there.
            top = np.unravel_index(maps.mean(axis=0).argmax(), (48, 48))
            assert_less(np.abs(np.array(top) - 23.5).max(), 12)
