"""pysaliency's HDF5 as its own writers lay it out, and what is none."""

import os
import tempfile

import h5py
import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises
from PIL import Image

from juntingnet_theano import datasets
from juntingnet_theano.cli.main import main
from juntingnet_theano.datasets.readers import pysaliency as reader
from juntingnet_theano.errors import BadFile, BadSetting, MissingFiles
from tests.helpers.pysaliency_files import write_fixations, write_stimuli

SIZES = {'Action/1.png': (20, 30), 'Art/1.png': (24, 16), 'Art/2.png': (10, 10)}


def stimuli(folder, version='2.1', name='stimuli.hdf5'):
    """Pictures, and a file of FileStimuli that names them."""
    for file, size in SIZES.items():
        path = os.path.join(folder, 'pictures', file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Image.new('RGB', size[::-1], 'teal').save(path)
    path = os.path.join(folder, name)
    write_stimuli(path, {'pictures/' + file: size for file, size in SIZES.items()}, version)
    return path


def test_stimuli_in_files_and_their_fixations():
    with tempfile.TemporaryDirectory() as folder:
        path = stimuli(folder)
        assert_equal(next(iter(reader.read(path, 'testing'))).fixations, None)
        write_fixations(
            os.path.join(folder, 'fixations.hdf5'),
            x=[1.9, 3.0, 99.0, 4.0],
            y=[2.2, 5.5, 1.0, 0.0],
            t=[0.1, 0.2, 0.3, 0.4],
            n=[0, 0, 1, 2],
            subjects=[0, 1, 0, 0],
        )
        records = reader.read(path, 'validation')
    assert_equal([each.name for each in records], ['Action/1', 'Art/1', 'Art/2'])
    assert_equal([each.size for each in records], list(SIZES.values()))
    assert_equal(records[0].image, os.path.join(folder, 'pictures/Action/1.png'))
    first = records[0].fixations  # pysaliency cuts to whole pixels
    assert_equal((first.x.tolist(), first.y.tolist()), ([1, 3], [2, 5]))
    assert_equal(first.subject.tolist(), [0, 1])
    assert_equal((records[1].dropped, len(records[1].fixations.x)), (1, 0))


def test_trains_are_the_fixations_that_are_there():
    with tempfile.TemporaryDirectory() as folder:
        path = stimuli(folder, '2.0', 'train_stimuli.hdf5')
        write_fixations(
            os.path.join(folder, 'train_fixations.hdf5'),
            train_xs=[[1.0, 2.0, np.nan], [5.0, np.nan, np.nan]],
            train_ys=[[3.0, 4.0, np.nan], [6.0, np.nan, np.nan]],
            train_ts=[[0.0, 1.0, np.nan], [0.0, np.nan, np.nan]],
            train_ns=[2, 0],
            train_subjects=[7, 8],
        )
        records = reader.read(path, 'training')
    assert_equal(records[2].fixations.x.tolist(), [1, 2])
    assert_equal(records[0].fixations.subject.tolist(), [8])
    assert_equal(len(records[1].fixations.x), 0)


def test_stimuli_as_pixels():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'stimuli.hdf5')
        with h5py.File(path, 'w') as file:
            file.attrs['type'], file.attrs['version'] = np.bytes_('Stimuli'), np.bytes_('1.1')
            file.attrs['size'], file.attrs['__attributes__'] = 2, np.bytes_('[]')
            file['0'], file['1'] = np.full((4, 5), 9, 'uint8'), np.zeros((6, 3, 3), 'uint8')
        records = reader.read(path, 'testing')
    assert_equal([each.name for each in records], ['0', '1'])
    assert_equal([each.size for each in records], [(4, 5), (6, 3)])
    assert_equal(records[0].image[0, 0].tolist(), [9, 9, 9])


def test_what_is_no_such_file_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path = stimuli(folder, '3.0')
        with assert_raises(BadFile) as caught:
            reader.read(folder, 'testing')
        assert_in("version '3.0'", str(caught.exception))
        with open(path, 'wb') as file:
            file.write(b'no HDF5')
        assert_raises(BadFile, reader.read, path, 'testing')
        assert_raises(MissingFiles, reader.read, path + '5', 'testing')
        path = stimuli(folder)
        looks = os.path.join(folder, 'fixations.hdf5')
        write_fixations(looks, x=[0], y=[0], t=[0], n=[3], subjects=[0])
        assert_raises(BadFile, reader.read, path, 'testing')
        write_fixations(looks, x=[0], y=[0])
        assert_raises(BadFile, reader.read, path, 'testing')


def test_the_command_line_names_the_file():
    assert_raises(BadSetting, datasets.locate, 'isun:a.hdf5')
    assert_raises(BadSetting, datasets.locate, 'pysaliency:a.hdf5', 'b')
    with tempfile.TemporaryDirectory() as folder:
        path, out = stimuli(folder), os.path.join(folder, 'maps.hdf5')
        common = ['predict', '--dataset', 'pysaliency:' + path, '--form', 'pysaliency']
        assert_equal(main(common + ['--model', 'centre', '--out', out]), 0)
        with h5py.File(out, 'r') as file:
            found = {name: file[name].shape for name in SIZES}
        assert_equal(found, SIZES)
        os.remove(os.path.join(folder, 'pictures', 'Art', '2.png'))
        other = os.path.join(folder, 'other.hdf5')
        assert_equal(main(common + ['--model', 'centre', '--out', other]), 2)
        assert_equal(main(common + ['--model', 'centre', '--out', other, '--overlay']), 2)
        log = [*common[:-1], 'log-density', '--model', 'centre', '--out', other]
        assert_equal(main(log), 2)
        assert_equal(sorted(os.listdir(folder)), ['maps.hdf5', 'pictures', 'stimuli.hdf5'])
        assert_equal(main(common + ['--model', 'centre', '--out', other, '--skip-bad']), 0)
        with h5py.File(other, 'r') as file:
            assert_equal(sorted(file['Art']), ['1.png'])
