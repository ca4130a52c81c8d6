"""Broken bytes through every decoder: a `BadFile` that names the file, or a
value that makes sense; nothing else.

The mutations are Hypothesis' own, drawn anew from a fixed seed, so that a
failure comes again. FUZZ=1000 looks longer.
"""

import io
import json
import os
import tempfile
import zipfile

import h5py
import numpy as np
import scipy.io
from hypothesis import given, strategies
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.cache import PreprocessingSettings, open_cache
from juntingnet_theano.cache.preprocessing import preprocess
from juntingnet_theano.datasets.readers import folder, isun, salicon_api, sample
from juntingnet_theano.errors import BadFile, JuntingNetError
from juntingnet_theano.files import archives, matfiles
from juntingnet_theano.pictures import images
from juntingnet_theano.saliency_maps import maps
from tests.helpers.damaged_files import damaged, few, picture, saved
from tests.helpers.mat_files import cells, save_73, structs

FOLDER = tempfile.mkdtemp()


def survives(decode, data, path, *args):
    """The value of broken bytes, or None after an error that names them."""
    try:
        return decode(io.BytesIO(data), path, *args)
    except BadFile as error:
        assert_in(path, str(error))
        return None


def check_image(data, path):
    found = survives(images.decode, data, path)
    if found is not None:
        pixels, size = found
        assert_equal(pixels.dtype, np.uint8)
        assert_equal(pixels.shape, tuple(size) + (3,))


@few
@given(damaged(picture('JPEG')))
def test_jpeg(data):
    check_image(data, 'a.jpg')


@few
@given(damaged(picture('PNG')))
def test_png(data):
    check_image(data, 'a.png')


@few
@given(
    damaged(picture('GIF', mode='P'))
    | damaged(picture('TIFF'))
    | damaged(picture('BMP'))
    | damaged(picture('WEBP'))
    | damaged(picture('PPM'))
)
def test_other_images(data):
    check_image(data, 'a.bin')


def check_map(data, path):
    found = survives(maps.decode, data, path)
    if found is not None:
        assert_equal((found.dtype, found.ndim), (np.float32, 2))
        assert_true(found.min() >= 0 and found.max() <= 1)


VALUES = np.random.RandomState(0).rand(12, 9)


@few
@given(
    damaged(saved(scipy.io.savemat, {'I': VALUES}))
    | damaged(saved(scipy.io.savemat, {'I': VALUES}, do_compression=True))
    | damaged(saved(scipy.io.savemat, {'I': VALUES}, format='4'))
)
def test_maps_in_mat_files(data):
    check_map(data, 'a.mat')


@few
@given(damaged(saved(np.save, VALUES)))
def test_maps_in_npy_files(data):
    check_map(data, 'a.npy')


GAZE = structs(
    [{'location': np.ones((4, 2)), 'timestamp': np.ones((4, 1)), 'fixation': np.ones((2, 2))}] * 2,
    (1, -1),
)
LIST = {
    'training': structs(
        [{'image': 'a', 'resolution': [[12, 9]], 'scene': 'lake', 'gaze': GAZE}] * 3
    )
}


@few
@given(
    damaged(saved(scipy.io.savemat, LIST))
    | damaged(saved(scipy.io.savemat, LIST, do_compression=True))
    | damaged(saved(scipy.io.savemat, {'training': cells(['a', VALUES, cells(['b'])])}))
)
def test_lists_in_mat_files(data):
    survives(matfiles.read, data, 'training.mat', 'training')
    root = tempfile.mkdtemp(dir=FOLDER)
    path = os.path.join(root, 'training.mat')
    with open(path, 'wb') as file:
        file.write(data)
    try:
        records = isun.read(root, 'training')
    except BadFile as error:
        assert_in(path, str(error))
    else:
        assert_true(all('/' not in record.name for record in records))


def test_mat_files_of_version_73_cut_anywhere():
    path = os.path.join(FOLDER, 'v73.mat')
    save_73(path, training=[{'image': 'a', 'resolution': VALUES, 'gaze': [{'fixation': VALUES}]}])
    with open(path, 'rb') as file:
        whole = file.read()

    @few
    @given(strategies.integers(0, len(whole) - 1))
    def cut(length):
        assert survives(matfiles.read, whole[:length], path, 'training') is None

    cut()


JSON = {
    'images': [{'id': 1, 'file_name': 'a.jpg', 'width': 9, 'height': 12}],
    'annotations': [{'image_id': 1, 'fixations': [[1, 2], [3, 4]]}],
}
anything = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.floats()
    | strategies.integers()
    | strategies.text(max_size=5),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(
                (
                    'images',
                    'annotations',
                    'id',
                    'image_id',
                    'file_name',
                    'width',
                    'height',
                    'fixations',
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def check_json(data):
    root = tempfile.mkdtemp(dir=FOLDER)
    os.mkdir(os.path.join(root, 'annotations'))
    path = os.path.join(root, 'annotations', 'fixations_train2014.json')
    with open(path, 'wb') as file:
        file.write(data)
    try:
        salicon_api.read(root, 'training')
    except BadFile as error:
        assert_in(path, str(error))


@few
@given(damaged(json.dumps(JSON).encode()))
def test_damaged_json(data):
    check_json(data)


@few
@given(anything)
def test_json_of_another_shape(value):
    check_json(json.dumps(value).encode())


@few
@given(
    strategies.sampled_from(('images', 'annotations')),
    strategies.sampled_from(('id', 'image_id', 'file_name', 'width', 'height', 'fixations')),
    anything,
)
def test_json_with_one_value_of_another_kind(part, key, value):
    content = json.loads(json.dumps(JSON))
    content[part][0][key] = value
    check_json(json.dumps(content).encode())


@few
@given(damaged(b'x,y,subject,t\n1,2,ann,0.5\n3.5,4,bob,\n'))
def test_csv(data):
    found = survives(folder.points, data, 'a.csv')
    if found is not None:
        assert_equal(found.shape[1:], (4,))


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name in ('images/a.jpg', 'images/b.jpg', 'notes.txt'):
            archive.writestr(name, b'0123456789' * 9)
    return file.getvalue()


@few
@given(damaged(zipped()))
def test_archives(data):
    root = tempfile.mkdtemp(dir=FOLDER)
    inner = os.path.join(root, 'inner')
    os.mkdir(inner)
    path = os.path.join(inner, 'a.zip')
    with open(path, 'wb') as file:
        file.write(data)
    try:
        archives.unpack(path, inner)
    except JuntingNetError as error:
        assert_in(path, str(error))
        assert_true(set(os.listdir(inner)) <= {'a.zip', '.a.zip.part'})
    assert_equal(os.listdir(root), ['inner'])


def test_caches_cut_anywhere():
    root = os.path.join(FOLDER, 'sample')
    sample.generate(root, (2, 1, 1))
    path = root + '.hdf5'
    preprocess(
        'sample',
        root,
        path,
        PreprocessingSettings(),
        workers=1,
        watch=lambda items, *_, **__: items,
    )
    with open(path, 'rb') as file:
        whole = file.read()
    short = os.path.join(FOLDER, 'short.hdf5')

    @few
    @given(
        strategies.integers(0, len(whole) - 1)
        | strategies.integers(len(whole) - 50, len(whole) - 1)
    )
    def cut(length):
        with open(short, 'wb') as file:
            file.write(whole[:length])
        with assert_raises(BadFile) as raised:
            open_cache(short)
        assert_in(short, str(raised.exception))

    cut()


def test_hdf5_files_that_are_no_cache():
    @few
    @given(
        strategies.dictionaries(
            strategies.sampled_from(
                ('images', 'maps', 'sizes', 'names', 'fixations', 'skipped', 'split')
            ),
            strategies.integers(0, 3),
            max_size=7,
        )
    )
    def foreign(content):
        path = os.path.join(FOLDER, 'foreign.hdf5')
        with h5py.File(path, 'w') as file:
            for name, axes in content.items():
                file[name] = np.zeros((2,) * axes, 'uint8')
                file.attrs[name] = 'text'
        with assert_raises(BadFile) as raised:
            open_cache(path)
        assert_in(path, str(raised.exception))

    foreign()
