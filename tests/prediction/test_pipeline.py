"""Prediction is a stream: right maps under right names, little in memory."""

import os
import subprocess
import sys
import tempfile
import threading

import numpy as np
from nose.tools import (
    assert_equal,
    assert_false,
    assert_in,
    assert_less_equal,
    assert_raises,
    assert_true,
)
from PIL import Image

from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.pictures.images import check_rgb
from juntingnet_theano.prediction.pipeline import predict, predict_pictures
from juntingnet_theano.settings.postprocessing import PostProcessing
from tests.helpers.output import left


def brightness(images):
    """A model whose truth is known: each map is its image's mean grey."""
    assert_equal(images.dtype, np.uint8)
    assert_equal(images.shape[1:], (3, 96, 96))
    means = images.reshape(len(images), -1).mean(axis=1) / 255.0
    return np.ones((1, 48, 48), 'float32') * means.reshape(-1, 1, 1).astype('float32')


def darkness(picture):
    """A model of whole pictures whose truth is known."""
    assert_equal((picture.dtype, picture.shape[2]), (np.uint8, 3))
    return (1 - picture[..., 0] / 255.0).astype('float32')


def grey(level, height=30, width=40):
    return np.full((height, width, 3), level, 'uint8')


def folder_of_images(count):
    folder = tempfile.mkdtemp()
    for i in range(count):
        Image.fromarray(grey(10 * i, 20 + i, 40)).save(os.path.join(folder, f'{i:03d}.png'))
    return folder


def stimuli_of(folder):
    return [(name[:-4], os.path.join(folder, name)) for name in sorted(os.listdir(folder))]


def pixels(*parts):
    return np.asarray(Image.open(os.path.join(*parts)))


def test_each_map_has_its_images_name_size_and_content():
    folder, out = folder_of_images(7), tempfile.mkdtemp()
    done = predict(brightness, stimuli_of(folder), out, batch=3)
    assert_equal(done, (7, [], 0))
    assert_equal(sorted(os.listdir(out)), sorted(os.listdir(folder)))
    for i in range(7):
        found = pixels(out, f'{i:03d}.png')
        assert_equal(found.shape, (20 + i, 40))
        assert_true((found == 10 * i).all())


def test_forms_and_sub_folders():
    for form, ending in (('png16', '.png'), ('npy', '.npy'), ('mat', '.mat')):
        out = tempfile.mkdtemp()
        predict(brightness, [('a/b', grey(51))], out, form=form)
        assert_equal(os.listdir(os.path.join(out, 'a')), ['b' + ending])
    found = np.load(os.path.join(_predicted_npy(grey(51)), 'x.npy'))
    np.testing.assert_allclose(found, 0.2, rtol=1e-6)


def _predicted_npy(picture):
    out = tempfile.mkdtemp()
    predict(brightness, [('x', picture)], out, form='npy')
    return out


def test_overlays_lie_in_a_folder_of_their_own():
    folder, out = folder_of_images(2), tempfile.mkdtemp()
    predict(brightness, stimuli_of(folder), out, overlays=True)
    assert_equal(sorted(os.listdir(out)), ['000.png', '001.png', 'overlays'])
    assert_equal(pixels(out, 'overlays', '001.jpg').shape, (21, 40, 3))


def test_a_stream_is_never_read_far_ahead():
    lock, batch = threading.Lock(), 4
    counts = {'read': 0, 'seen': 0, 'gap': 0}

    def endless():
        for i in range(100):
            counts['read'] += 1
            yield f'x{i}', grey(i)

    def watching(images):
        with lock:
            counts['seen'] += len(images)
            counts['gap'] = max(counts['gap'], counts['read'] - counts['seen'])
        return brightness(images)

    out = tempfile.mkdtemp()
    done = predict(watching, endless(), out, batch=batch, workers=2)
    # Nine blocks of twelve; four of the last are blank.
    assert_equal((done.written, counts['seen']), (100, 9 * 12))
    assert_less_equal(counts['gap'], 2 * 12)


def test_a_bad_image_stops_the_work_and_is_named():
    folder = folder_of_images(3)
    with open(os.path.join(folder, '001.png'), 'wb') as file:
        file.write(b'no image')
    out = tempfile.mkdtemp()
    with assert_raises(BadFile) as caught:
        predict(brightness, stimuli_of(folder), out)
    assert_in('001.png', str(caught.exception))


def test_a_bad_image_can_be_skipped_and_is_listed():
    folder, out = folder_of_images(3), tempfile.mkdtemp()
    with open(os.path.join(folder, '001.png'), 'wb') as file:
        file.write(b'no image')
    done = predict(
        brightness,
        stimuli_of(folder) + [('gone', os.path.join(folder, 'gone.png'))],
        out,
        skip_bad=True,
    )
    assert_equal(done.written, 2)
    assert_equal(sorted(os.listdir(out)), ['000.png', '002.png'])
    for error, name in zip(done.skipped, ('001.png', 'gone.png')):
        assert_in(name, str(error))


def test_no_name_leaves_the_output_folder():
    parent = tempfile.mkdtemp()
    out = os.path.join(parent, 'out')
    for name in ('../x', 'a/../../x', os.path.join(parent, 'x')):
        with assert_raises(BadFile):
            predict(brightness, [(name, grey(0))], out)
    assert_false(os.path.exists(os.path.join(parent, 'x.png')))


def test_a_map_never_replaces_its_image():
    folder = folder_of_images(1)
    before = pixels(folder, '000.png')
    with assert_raises(BadFile):
        predict(brightness, stimuli_of(folder), folder)
    np.testing.assert_array_equal(pixels(folder, '000.png'), before)


def test_a_failure_midway_leaves_whole_files_only():
    out = tempfile.mkdtemp()

    def failing(images):
        if images[0, 0, 0, 0] >= 8:
            raise RuntimeError('the device is gone')
        return brightness(images)

    with assert_raises(RuntimeError):
        predict(failing, ((str(i), grey(i)) for i in range(20)), out, batch=4)
    names = os.listdir(out)
    # Pictures go through the model in whole blocks of 12: the second one fails.
    assert_true(set(names) <= {f'{i}.png' for i in range(12)}, names)
    for name in names:
        assert_equal(pixels(out, name).shape, (30, 40))


def test_unknown_choices_stop_before_the_first_image():
    def untouched():
        raise AssertionError('read')
        yield

    for wrong in (dict(form='png'), dict(post=PostProcessing('papers')), dict(fit='squish')):
        with assert_raises(BadSetting):
            predict(brightness, untouched(), tempfile.mkdtemp(), **wrong)


def test_whole_pictures_reach_a_model_in_one_process_or_several():
    folder = folder_of_images(7)
    maps = []
    for workers in (1, 2):
        out = tempfile.mkdtemp()
        done = predict_pictures(darkness, stimuli_of(folder), out, workers=workers)
        assert_equal(done, (7, [], 0))
        maps.append([pixels(out, name) for name in sorted(os.listdir(out))])
    for i, (alone, shared) in enumerate(zip(*maps)):
        assert_equal(alone.shape, (20 + i, 40))
        assert_true((alone == 255 - 10 * i).all())
        np.testing.assert_array_equal(alone, shared)


def test_pictures_come_as_files_or_arrays_and_get_overlays_and_forms():
    out = tempfile.mkdtemp()
    path = os.path.join(folder_of_images(1), '000.png')
    done = predict_pictures(
        darkness, iter([('a/b', grey(51)), ('c', path)]), out, form='npy', overlays=True
    )
    assert_equal(done.written, 2)
    np.testing.assert_allclose(np.load(os.path.join(out, 'a', 'b.npy')), 0.8)
    assert_equal(pixels(out, 'overlays', 'a', 'b.jpg').shape, (30, 40, 3))
    assert_equal(pixels(out, 'overlays', 'c.jpg').shape, (20, 40, 3))


def test_a_bad_picture_stops_a_whole_picture_model_or_is_listed():
    folder = folder_of_images(3)
    with open(os.path.join(folder, '001.png'), 'wb') as file:
        file.write(b'no image')
    stimuli = stimuli_of(folder) + [('../x', grey(0)), ('y', grey(0)[0])]
    for workers in (1, 2):
        with assert_raises(BadFile) as caught:
            predict_pictures(darkness, stimuli, tempfile.mkdtemp(), workers=workers)
        assert_in('001.png', str(caught.exception))
    out = tempfile.mkdtemp()
    done = predict_pictures(darkness_of_rgb, stimuli, out, skip_bad=True)
    assert_equal((done.written, len(done.skipped)), (2, 3))
    assert_equal(sorted(os.listdir(out)), ['000.png', '002.png'])


def darkness_of_rgb(picture):
    """As a baseline, which refuses what is no picture."""
    check_rgb(picture)
    return darkness(picture)


def test_a_stream_of_pictures_is_never_read_far_ahead():
    counts = {'read': 0, 'seen': 0, 'gap': 0}

    def stream():
        for i in range(60):
            counts['read'] += 1
            yield str(i), grey(i)

    def watching(picture):
        counts['seen'] += 1
        counts['gap'] = max(counts['gap'], counts['read'] - counts['seen'])
        return darkness(picture)

    predict_pictures(watching, stream(), tempfile.mkdtemp(), workers=1)
    assert_equal(counts['seen'], 60)
    assert_less_equal(counts['gap'], 1)


def test_an_unknown_form_stops_before_the_first_picture():
    def untouched():
        raise AssertionError('read')
        yield

    with assert_raises(BadSetting):
        predict_pictures(darkness, untouched(), tempfile.mkdtemp(), 'png')


def test_what_prediction_does_not_need_is_not_imported():
    program = (
        'import sys, juntingnet_theano.prediction\n'
        'print(sorted({"scipy", "h5py", "matplotlib", "theano",'
        ' "pytensor"} & set(sys.modules)))'
    )
    out = subprocess.check_output([sys.executable, '-c', program])
    assert_equal(out.decode().strip(), '[]')


def test_what_a_killed_prediction_left_is_whole():
    pictures = tempfile.mkdtemp()
    rng = np.random.RandomState(0)
    for number in range(60):
        cells = np.kron(rng.randint(0, 256, (6, 8, 3)), np.ones((30, 30, 1)))
        Image.fromarray(cells.astype('uint8')).save(os.path.join(pictures, f'{number}.jpg'))
    reference = tempfile.mkdtemp()
    command = [sys.executable, '-m', 'juntingnet_theano', 'predict', pictures]
    command += ['--model', 'centre', '--workers', '2', '--out']
    subprocess.run(command + [reference], check=True, capture_output=True)
    for least in (1, 30):
        out = tempfile.mkdtemp()
        process = subprocess.Popen(
            command + [out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and len(left(out)) < least:
            pass
        process.kill()
        process.wait()
        found, expected = left(out), left(reference)
        assert_less_equal(least, len(found))
        assert_equal(found, {name: expected[name] for name in found})
