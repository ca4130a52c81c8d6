"""A classifier of nolearn's learns, says so, and is kept on disk."""

import contextlib
import io
import os
import pickle
import tempfile

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_in, assert_less
from numpy.testing import assert_array_equal

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.nolearn_suite import old_libraries  # noqa: F401

import lasagne
from nolearn.lasagne import NeuralNet

CLASSES = 3


def make_data():
    """Pictures of 8 x 8 with a bright row, and which."""
    rng = np.random.RandomState(0)
    labels = np.arange(90) % CLASSES
    pictures = rng.normal(0, 0.3, (90, 1, 8, 8))
    pictures[np.arange(90), 0, 2 + 2 * labels] += 1
    return pictures.astype('float32'), labels.astype('int32')


def make_net(epochs, **more):
    """A small convolutional net as nolearn's users wrote it."""
    lasagne.random.set_rng(np.random.RandomState(1))
    return NeuralNet(
        layers=[
            ('input', lasagne.layers.InputLayer),
            ('conv', lasagne.layers.Conv2DLayer),
            ('pool', lasagne.layers.MaxPool2DLayer),
            ('dropout', lasagne.layers.DropoutLayer),
            ('output', lasagne.layers.DenseLayer),
        ],
        input_shape=(None, 1, 8, 8),
        conv_num_filters=4,
        conv_filter_size=(3, 3),
        pool_pool_size=(2, 2),
        dropout_p=0.1,
        output_num_units=CLASSES,
        output_nonlinearity=lasagne.nonlinearities.softmax,
        update=lasagne.updates.nesterov_momentum,
        update_learning_rate=0.05,
        update_momentum=0.9,
        max_epochs=epochs,
        **more,
    )


def test_a_net_learns_says_so_and_is_kept():
    pictures, labels = make_data()
    said = io.StringIO()
    net = make_net(15, verbose=1)
    with contextlib.redirect_stdout(said):
        net.fit(pictures, labels)
    assert_in('trn loss', said.getvalue())
    assert_in('# Neural Network with', said.getvalue())
    losses = [each['train_loss'] for each in net.train_history_]
    assert_equal(len(losses), 15)
    assert_less(losses[-1], 0.3 * losses[0])
    assert_greater((net.predict(pictures) == labels).mean(), 0.95)
    given = net.predict_proba(pictures)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'weights')
        net.save_params_to(path)
        other = make_net(1, verbose=0)
        other.load_params_from(path)
        assert_array_equal(other.predict_proba(pictures), given)
    again = pickle.loads(pickle.dumps(net, -1))
    assert_array_equal(again.predict_proba(pictures), given)
    again.max_epochs = 1
    again.fit(pictures, labels)
    assert_less(again.train_history_[-1]['train_loss'], losses[0])
