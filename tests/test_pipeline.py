"""The whole chain, tiny, through the real command: sample to submission."""

import os
import shutil
import tempfile

import scipy.io
from nose.tools import assert_equal, assert_greater
from PIL import Image

from juntingnet_theano.cli.main import main

FOLDER = tempfile.mkdtemp()


def teardown_module():
    shutil.rmtree(FOLDER)


def inside(*parts):
    return os.path.join(FOLDER, *parts)


def run(*argv):
    assert_equal(main(list(argv)), 0, ' '.join(argv))


def test_every_verb_in_order():
    run('sample', inside('raw'), '--counts', '16', '4', '3')
    run(
        'preprocess',
        'sample',
        '--raw',
        inside('raw'),
        '--cache',
        inside('sample.hdf5'),
        '--workers',
        '2',
    )
    run(
        'train',
        '--run',
        inside('run'),
        '--set',
        'head=released',
        '--set',
        'epochs=1',
        '--set',
        'batch_size=8',
        '--set',
        'initialisation=glorot',  # drawn quickly
        '--set',
        'cache=' + inside('sample.hdf5'),
    )
    data = ('--dataset', 'sample', '--raw', inside('raw'))
    run(
        'predict',
        '--run',
        inside('run'),
        '--form',
        'mat',
        '--overlay',
        '--out',
        inside('maps'),
        *data,
    )
    run('submit', 'lsun', '--maps', inside('maps'), '--out', inside('results.mat'), *data)
    for name, more in (('gbvs', ()), ('mean-map', ('--cache', inside('sample.hdf5')))):
        run('predict', '--model', name, '--form', 'npy', '--out', inside(name), *data + more)
        assert_equal(len(os.listdir(inside(name))), 3)
    run('report', '--run', inside('run'), '--rows', '2', *data)
    run(
        'predict',
        '--run',
        inside('run'),
        '--split',
        'validation',
        '--form',
        'npy',
        '--out',
        inside('run', 'predictions', 'validation'),
        *data,
    )
    run('evaluate', inside('run'), *data)

    results = scipy.io.loadmat(inside('results.mat'))['results']
    names = scipy.io.loadmat(inside('raw', 'testing.mat'))['testing']
    assert_equal(results.shape, (3, 1))
    for cell, record in zip(results[:, 0], names[:, 0]):
        name = record['image'][0]
        with Image.open(inside('raw', 'images', name + '.jpg')) as image:
            assert_equal(cell.shape, image.size[::-1])
    with open(inside('run', 'evaluation', 'sample-validation', 'scores.csv')) as file:
        assert_equal(len(file.readlines()), 1 + 4)
    for name in ('curves.png', 'panel.png'):
        with Image.open(inside('run', name)) as picture:
            assert_greater(min(picture.size), 200)
