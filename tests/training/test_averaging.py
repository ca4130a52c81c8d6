"""The mean of weights: against NumPy's, each epoch once."""

import os
import tempfile

import numpy as np
from nose.tools import assert_equal

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.network import weights
from juntingnet_theano.training import averaging

from lasagne.layers import DenseLayer, InputLayer

PATH = os.path.join(tempfile.mkdtemp(), 'average.hdf5')


def network(seed):
    layer = DenseLayer(InputLayer((None, 3), name='input'), 2, name='dense1')
    rng = np.random.RandomState(seed)
    weights.set_values(
        layer,
        {
            name: rng.normal(0, 1, shape).astype('float32')
            for name, shape in weights.list_shapes(layer).items()
        },
    )
    return layer


def test_the_file_holds_the_mean_and_the_network_its_own_weights():
    layers = [network(seed) for seed in range(3)]
    before = [weights.copy_values(layer) for layer in layers]
    for epoch in (1, 2, 2, 3):  # the second was done again after a kill
        averaging.include(PATH, layers[epoch - 1], {'head': 'paper', 'epoch': epoch})
    for layer, kept in zip(layers, before):
        for name, found in weights.copy_values(layer).items():
            np.testing.assert_array_equal(found, kept[name])
    weights.load(PATH, layers[0])
    for name, found in weights.copy_values(layers[0]).items():
        np.testing.assert_allclose(
            found, np.mean([each[name] for each in before], axis=0), atol=1e-6
        )
    attributes = weights.read_attributes(PATH)
    assert_equal((attributes['epoch'], attributes['averaged_epochs']), (3, 3))
