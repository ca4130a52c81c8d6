"""Weights files: by name, refused at the first mismatch, never half loaded."""

import dataclasses
import functools
import json
import os
import resource
import shutil
import struct
import tempfile

import h5py
import numpy as np
from nose.tools import assert_equal, assert_in, assert_less, assert_raises, assert_true

import juntingnet_theano
from juntingnet_theano.errors import BadFile, MissingFiles, WeightsMismatch
from juntingnet_theano.network import weights
from juntingnet_theano.network.functions import parameters
from juntingnet_theano.network.quantisation import quantise_weights
from juntingnet_theano.prediction import models
from juntingnet_theano.training import checkpoints, minibatches
from tests.helpers.hdf5_mutations import Trainer, small_network

from lasagne.init import Normal
from lasagne.layers import Conv2DLayer, DenseLayer, InputLayer


def network(seed=0):
    """Layers of the kinds of JuntingNet's, 2 million weights in the dense one."""
    rng = np.random.RandomState(seed)

    def initial(shape):
        return rng.normal(0, 0.01, shape)

    layer = InputLayer((None, 3, 24, 24))
    for name in ('conv1', 'conv2'):
        layer = Conv2DLayer(layer, 5, 3, W=initial, b=Normal(0.1), name=name)
    return DenseLayer(layer, 1000, W=initial, b=Normal(0.1), name='dense1')


def saved(layer):
    path = os.path.join(tempfile.mkdtemp(), 'weights.hdf5')
    weights.save(path, layer, {'head': 'released', 'epoch': 3})
    return path


def test_weights_come_back_to_the_bit_with_head_and_provenance():
    first, second = network(0), network(1)
    path = saved(first)
    weights.load(path, second)
    for name, param in parameters(first).items():
        np.testing.assert_array_equal(param.get_value(), parameters(second)[name].get_value())
    found = weights.read_attributes(path)
    assert_equal((found['head'], int(found['epoch'])), ('released', 3))
    assert_equal(found['juntingnet_version'], juntingnet_theano.__version__)


def damaged(change):
    path = os.path.join(tempfile.mkdtemp(), 'weights.hdf5')
    shutil.copy(undamaged(), path)
    with h5py.File(path, 'r+') as file:
        change(file)
    return path


@functools.lru_cache(1)
def undamaged():
    return saved(network())


def shorten(file):
    del file['conv2/b']
    file['conv2/b'] = np.zeros(3, 'float32')


def poison(file):
    file['conv1/W'][0, 0, 0, 0] = np.nan


def test_first_mismatch_is_named_and_nothing_is_loaded():
    layer = network(1)
    before = parameters(layer)['conv1.W'].get_value()
    for change, error, name in (
        (lambda file: file.__delitem__('conv2/W'), WeightsMismatch, 'conv2/W'),
        (shorten, WeightsMismatch, 'conv2/b'),
        (lambda file: file.__setitem__('conv9/W', [1.0]), WeightsMismatch, 'conv9/W'),
        (poison, BadFile, 'conv1/W'),
    ):
        with assert_raises(error) as caught:
            weights.load(damaged(change), layer)
        assert_in(name, str(caught.exception))
        np.testing.assert_array_equal(parameters(layer)['conv1.W'].get_value(), before)


def test_values_that_are_no_numbers_of_the_network_are_refused():
    def elsewhere(file):
        del file['dense/b']
        file.create_dataset('dense/b', (2,), 'float32', external=[(__file__, 0, 8)])

    def in_huge_chunks(file):
        del file['dense/b']
        file.create_dataset('dense/b', (2,), 'float32', chunks=(1 << 20,), maxshape=(None,))

    def text(file):
        del file['dense/b']
        file['dense/b'] = np.full(2, b'a')

    layer = small_network()
    for change, word in ((elsewhere, 'another file'), (text, '|S1'), (in_huge_chunks, 'a chunk')):
        path = saved(layer)
        with h5py.File(path, 'r+') as file:
            change(file)
        with assert_raises(BadFile) as caught:
            weights.load(path, layer)
        assert_in(word, str(caught.exception))


def test_weights_that_do_not_say_how_images_became_squares_are_refused():
    for text in ('{', '[]', '{"fit": 3}', '{"size": 1}', 7, np.ones(2)):
        path = os.path.join(tempfile.mkdtemp(), 'weights.hdf5')
        weights.save(path, small_network(), {'head': 'released', 'preprocessing': text})
        with assert_raises(BadFile) as caught:
            models.load(path)
        assert_in(path, str(caught.exception))


def test_a_damaged_position_of_a_checkpoint_is_refused():
    for text in (
        '[]',
        '{}',
        '{"epoch": -1}',
        'null',
        '{',
        json.dumps(dict(dataclasses.asdict(checkpoints.Position()), epoch=True)),
        json.dumps(dict(dataclasses.asdict(checkpoints.Position()), loss_sum=float('inf'))),
        '[' * 30000,
        '{"epoch": ' + '9' * 5000 + '}',
    ):
        path = os.path.join(tempfile.mkdtemp(), 'checkpoint.hdf5')
        layer, trainer = small_network(), Trainer()
        checkpoints.save(path, layer, trainer, checkpoints.Position(1, 2))
        assert_equal(checkpoints.load(path, layer, trainer).minibatch, 2)
        with h5py.File(path, 'r+') as file:
            file.attrs['position'] = text
        with assert_raises(BadFile) as caught:
            checkpoints.load(path, layer, trainer)
        assert_in(path, str(caught.exception))


def test_a_position_that_is_none_of_the_epoch_is_refused():
    batches = [minibatches.Minibatch(0, np.arange(count), None) for count in (8, 8, 2)]
    position = checkpoints.Position(minibatch=2, images=16)
    assert_equal(position.after(batches, 'a'), batches[2:])
    for minibatch, images in ((10**9, 18), (4, 18), (2, 18), (0, 8)):
        with assert_raises(BadFile):
            checkpoints.Position(minibatch=minibatch, images=images).after(batches, 'a')


def test_files_that_are_no_weights_are_refused():
    folder = tempfile.mkdtemp()
    text = os.path.join(folder, 'text.hdf5')
    with open(text, 'w') as file:
        file.write('text')
    foreign = os.path.join(folder, 'foreign.hdf5')
    h5py.File(foreign, 'w').close()
    headless = os.path.join(folder, 'headless.hdf5')
    with h5py.File(headless, 'w') as file:
        file.attrs['format'] = weights.FORMAT
    for path, error in (
        (text, BadFile),
        (foreign, BadFile),
        (headless, BadFile),
        (os.path.join(folder, 'none'), MissingFiles),
    ):
        with assert_raises(error):
            weights.read_attributes(path)


def test_packed_weights_are_small_and_come_back_within_half_a_step():
    first, second = network(0), network(1)
    path = os.path.join(tempfile.mkdtemp(), 'packed.hdf5')
    values = weights.copy_values(first)
    weights.save_values(path, values, {'head': 'released'}, bits=4)
    assert_less(os.path.getsize(path), 4.7 / 8 * 2e6 + 20000)  # what HDF5 takes itself
    weights.load(path, second)
    for name, found in weights.copy_values(second).items():
        step = quantise_weights(values[name], 4)[1] if found.ndim == 2 else 0
        assert_true((abs(found - values[name]) <= 0.501 * step).all(), name)


def test_packed_weights_with_broken_steps_are_refused():
    layer = network(1)
    path = os.path.join(tempfile.mkdtemp(), 'packed.hdf5')
    weights.save_values(path, weights.copy_values(layer), {'head': 'released'}, bits=4)
    for step in (np.ones(3, 'float32'), np.ones(1000), np.full(1000, np.nan, 'float32')):
        with h5py.File(path, 'r+') as file:
            file['dense1/W'].attrs['step'] = step
        with assert_raises(BadFile) as caught:
            weights.load(path, layer)
        assert_in('dense1/W', str(caught.exception))
    with h5py.File(path, 'r+') as file:
        del file['dense1/W'].attrs['step']
    with assert_raises(BadFile):
        weights.load(path, layer)


def test_what_claims_gigabytes_is_refused_before_room_is_made():
    folder = tempfile.mkdtemp()
    layer = small_network()

    def dataset(name, shape, **how):
        def change(file):
            del file[name]
            file.create_dataset(name, shape, **how)

        return change

    def attribute_of_4_gigabytes(path):
        with open(path, 'rb') as file:
            data = file.read()
        # A length, the place of the heap with the text, and its number there.
        start = data.index(b'head\0')
        place = next(
            place
            for place in range(start, start + 200)
            for length, heap, number in [struct.unpack_from('<IQI', data, place)]
            if length == len('released') and 0 < heap < len(data) and 0 < number < 99
        )
        with open(path, 'wb') as file:
            file.write(data[:place] + b'\xff' * 4 + data[place + 4 :])

    changes = (
        dataset('dense/W', (60000, 30000), dtype='f4', compression='gzip'),
        dataset('dense/W', (1 << 40, 1 << 20), dtype='f4', chunks=(1, 1)),
        dataset('dense/W', (60000, 30000), dtype='f4', fillvalue=-1.0),
        dataset('dense/W', (3, 2), dtype='f4', chunks=(30000, 30000), maxshape=(None, None)),
        dataset('dense/W', (3, 2), dtype='S500000000'),
        lambda file: file.create_dataset('dense/more', (60000, 30000), 'f4', compression='gzip'),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, change in enumerate(changes + (attribute_of_4_gigabytes,)):
        path = os.path.join(folder, f'{number}.hdf5')
        weights.save(path, layer, {'head': 'released'})
        if change is attribute_of_4_gigabytes:
            change(path)
        else:
            with h5py.File(path, 'r+') as file:
                change(file)
        for read in (
            lambda path=path: weights.load(path, layer),
            lambda path=path: weights.pack(path, layer, path + '.out', 4, {}),
        ):
            with assert_raises((BadFile, WeightsMismatch)) as raised:
                read()
            assert_in(path, str(raised.exception))
    assert_equal(
        sorted(os.listdir(folder)), [f'{number}.hdf5' for number in range(len(changes) + 1)]
    )
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert_less(after - before, 100000)  # kilobytes
