"""The challenge's three commands, as one types them, from raw files to the
archive: on small copies of the layouts of iSUN and SALICON."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_in, assert_not_in
from PIL import Image

from juntingnet_theano import datasets
from juntingnet_theano.datasets import scenes
from juntingnet_theano.datasets.readers import salicon, sample
from juntingnet_theano.files import matfiles
from juntingnet_theano.saliency_maps import maps as saliency_maps
from tests.helpers import ROOT

FOLDER = tempfile.mkdtemp()
COUNTS = (8, 2, 3)
SHORT = 'SET=epochs=1 batch_size=4 head=released initialisation=glorot'  # all quick


def inside(*parts):
    return os.path.join(FOLDER, *parts)


def setup_module():
    """A folder with all that make looks for, and an environment that is
    there already."""
    shutil.copytree(
        os.path.join(ROOT, 'experiments'),
        inside('experiments'),
        ignore=lambda *_: ['results', 'peers'],
    )
    shutil.copy(os.path.join(ROOT, 'Makefile'), inside('Makefile'))
    os.makedirs(inside('venv', 'bin'))
    for name in ('setup.py', os.path.join('venv', 'bin', '.installed')):
        open(inside(name), 'w').close()
    sample.generate(inside('data', 'raw', 'isun'), COUNTS)
    generate_salicon(inside('data', 'raw', 'salicon'), COUNTS)


def teardown_module():
    shutil.rmtree(FOLDER)


def generate_salicon(root, counts):
    """Scenes of the sample, in the layout of SALICON's download."""
    for split, (name, short) in enumerate(salicon.FOLDERS.items()):
        for number in range(counts[split]):
            rng = np.random.RandomState([1, split, number])
            scene = scenes.draw(rng)
            stem = f'COCO_{short}2014_{number + 1:012d}'
            image = os.path.join(root, 'images', short, stem + '.jpg')
            os.makedirs(os.path.dirname(image), exist_ok=True)
            scene.picture.save(image)
            if name == 'testing':
                continue
            gaze = [
                {
                    'location': struct['fixation'],
                    'timestamp': np.arange(len(struct['fixation']))[:, None],
                    'fixations': struct['fixation'],
                }
                for struct in scenes.look(scene, rng)
            ]
            path = os.path.join(root, 'fixations', short, stem + '.mat')
            os.makedirs(os.path.dirname(path), exist_ok=True)
            width, height = scene.picture.size
            matfiles.write(path, {'image': stem, 'gaze': gaze, 'resolution': [[height, width]]})


def make(*arguments, code=0):
    """What a command of the Makefile says."""
    done = subprocess.run(
        [
            'make',
            '--no-print-directory',
            '-C',
            FOLDER,
            'VENV=venv',
            f'JUNTINGNET={sys.executable} -m juntingnet_theano',
        ]
        + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=ROOT, MAKEFLAGS=''),
        timeout=500,
    )
    text = done.stdout.decode()
    assert_equal(done.returncode, code, text)
    return text


def records(name, split='testing'):
    return list(datasets.reader(name).read(inside('data', 'raw', name), split))


def test_isun_from_raw_files_to_the_archive():
    make('train-isun', SHORT)
    said = make('predict')
    assert_in('predicting with runs/isun/weights-best.hdf5', said)
    folder = inside('runs', 'isun', 'submission', 'isun-testing')
    maps = {
        record.name: saliency_maps.read(os.path.join(folder, record.name + '.mat'))
        for record in records('isun')
    }
    assert_equal(len(maps), COUNTS[2])
    assert_not_in('predicting', make('submit'))
    cells = scipy.io.loadmat(inside('runs', 'isun', 'results.mat'))['results']
    assert_equal(cells.shape, (COUNTS[2], 1))
    for cell, record in zip(cells[:, 0], records('isun')):
        with Image.open(record.image) as image:
            assert_equal(cell.shape, image.size[::-1])
        np.testing.assert_array_equal(cell, maps[record.name])

    make('submit', 'FORM=lsun-images')
    with zipfile.ZipFile(inside('runs', 'isun', 'maps.zip')) as archive:
        for name, values in maps.items():
            found = scipy.io.loadmat(io.BytesIO(archive.read(name + '.mat')))
            np.testing.assert_array_equal(found['I'].astype('float32'), values)


def test_salicon_from_raw_files_to_the_archive():
    make('train-salicon', SHORT)
    said = make('predict', 'DATASET=salicon')
    assert_in('predicting with runs/salicon/weights-best.hdf5', said)
    folder = inside('runs', 'salicon', 'submission', 'salicon-testing')
    said = make('submit', 'DATASET=salicon')
    assert_equal(said.count('predicting with'), 1)  # the other split
    with zipfile.ZipFile(inside('runs', 'salicon', 'results.zip')) as archive:
        for part, split, count in (
            ('test', 'testing', COUNTS[2]),
            ('val', 'validation', COUNTS[1]),
        ):
            wanted = {record.name: record.image for record in records('salicon', split)}
            items = json.loads(archive.read(f'fixations_{part}2014_juntingnet_results.json'))
            assert_equal((len(items), len(wanted)), (count, count))
            for item, (name, image) in zip(items, wanted.items()):
                assert_equal(item['image_id'], int(name.rsplit('_')[-1]))
                values = np.asarray(Image.open(io.BytesIO(base64.b64decode(item['saliency_map']))))
                with Image.open(image) as picture:
                    assert_equal(values.shape, picture.size[::-1])
                if split == 'testing':
                    with Image.open(os.path.join(folder, name + '.png')) as made:
                        np.testing.assert_array_equal(values, np.asarray(made))


def test_what_was_not_trained_is_predicted_by_the_weights_that_ship():
    run, raw = inside('other'), inside('data', 'raw', 'isun')
    said = make('predict', 'RUN=' + run, 'DATA=' + raw)
    assert_in(f'no {run}/weights-best.hdf5', said)
    assert_in('the weights that come with the package, isun', said)
    maps = os.path.join(run, 'submission', 'isun-testing')
    assert_not_in('predicting', make('submit', 'RUN=' + run, 'DATA=' + raw))
    assert_in('results.mat', os.listdir(run))

    # A run that was trained since: these are not its maps.
    shutil.copy(inside('runs', 'isun', 'weights-best.hdf5'), run)
    os.utime(os.path.join(run, 'weights-best.hdf5'), (1e9, 1e9))
    before = os.stat(os.path.join(maps, records('isun')[0].name + '.mat'))
    said = make('submit', 'RUN=' + run, 'DATA=' + raw)
    assert_in('predicting with ' + run, said)
    after = os.stat(os.path.join(maps, records('isun')[0].name + '.mat'))
    assert_equal(before.st_mtime_ns < after.st_mtime_ns, True)

    # It was trained further: its maps are older than its weights. What make
    # would do is enough here.
    said = make('-n', 'submit', 'RUN=' + run, 'DATA=' + raw)
    assert_in('juntingnet_theano submit', said)
    assert_not_in('juntingnet_theano predict', said)
    os.utime(os.path.join(run, 'weights-best.hdf5'))
    said = make('-n', 'submit', 'RUN=' + run, 'DATA=' + raw)
    assert_in('juntingnet_theano predict --run ' + run, said)


def test_pictures_and_sets_of_ones_own():
    picture = records('isun')[0].image
    make('predict', 'IMAGES=' + picture, 'OUT=' + inside('mine'))
    assert_equal(len(os.listdir(inside('mine'))), 1)
    said = make('predict', 'DATASET=mit1003', code=2)
    assert_in('mit1003', said)
    said = make('predict', 'DATASET=cat2000', code=2)
    assert_in('juntingnet download cat2000', said)
