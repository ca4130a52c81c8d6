"""Pickles for a tiny network: written, read, and refused with their cause."""

import os
import tempfile
from unittest import mock

from nose.tools import assert_in, assert_raises, assert_true

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.network import published_weights
from juntingnet_theano.network.pickles import layers, opened
from tests.helpers import GOLDEN as FOLDER_OF_GOLDEN

GOLDEN = os.path.join(FOLDER_OF_GOLDEN, 'pickles')
FOLDER = tempfile.mkdtemp()
TINY = {
    'tiny': {
        'conv1': ((2, 3, 5, 5), (2,)),
        'conv2': ((3, 2, 3, 3), (3,)),
        'conv3': ((3, 3, 3, 3), (3,)),
        'dense1': ((3, 8), (8,)),
        'dense2': ((4, 4), (4,)),
    }
}


def written(data, name='a.pickle'):
    path = os.path.join(FOLDER, name)
    with open(path, 'wb') as file:
        file.write(data)
    return path


def found(data):
    with opened(written(data)) as pickle_:
        return layers.find(pickle_)


def values_of(path):
    with opened(path) as pickle_:
        _, fitting = published_weights.match_head(layers.find(pickle_), TINY, path)
        return published_weights.load(pickle_, fitting, path)


def refused(data, error, *words):
    path = written(data)
    out = os.path.join(FOLDER, 'refused.hdf5')
    with mock.patch.object(published_weights, 'list_heads', lambda: TINY), assert_raises(
        error
    ) as raised:
        published_weights.import_weights(path, out)
    message = str(raised.exception)
    for word in (path,) + words:
        assert_in(word, message)
    message.encode('ascii')
    assert_true(not os.path.exists(out))
