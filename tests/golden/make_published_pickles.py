"""Pickles as the authors' stack wrote them: Python 2.7 and its libraries.

A small network of JuntingNet's layers, trained for an epoch by nolearn and
pickled as the authors' train.py does, with what the network predicted.

    virtualenv -p python2.7 env
    env/bin/pip install numpy==1.11.3 scipy==0.19.1 scikit-learn==0.18.2
    env/bin/pip install joblib==0.14.1 six tabulate
    env/bin/pip install --no-deps Theano==0.8.2 Lasagne==0.1 nolearn==0.6.1
    export THEANO_FLAGS=floatX=float32,cxx=,traceback.limit=0
    env/bin/python make_published_pickles.py pickles

No compiler is needed, and no paths of the machine come into the files.

The authors' own Theano (0.7), Lasagne and nolearn (of May 2015) are a little
older; Lasagne 0.1 is the first release that nolearn and an index still have.
"""
import os
import sys

import lasagne
import numpy as np
import theano
from lasagne import layers
from nolearn.lasagne import BatchIterator, NeuralNet

try:
    import cPickle as pickle    # the authors'; writes other opcodes
except ImportError:
    import pickle

SIDE = 24


class FlipBatchIterator(BatchIterator):
    """Of this very script, as in the authors': pickled as __main__'s."""


class AdjustVariable(object):
    def __init__(self, name, stop):
        self.name, self.stop = name, np.float32(stop)

    def __call__(self, net, train_history):
        getattr(net, self.name).set_value(self.stop)


def network():
    return NeuralNet(
        layers=[('input', layers.InputLayer),
                ('conv1', layers.Conv2DLayer),
                ('pool1', layers.MaxPool2DLayer),
                ('conv2', layers.Conv2DLayer),
                ('pool2', layers.MaxPool2DLayer),
                ('conv3', layers.Conv2DLayer),
                ('pool3', layers.MaxPool2DLayer),
                ('hidden4', layers.DenseLayer),
                ('maxout6', layers.FeaturePoolLayer),
                ('output', layers.DenseLayer)],
        input_shape=(None, 3, SIDE, SIDE),
        conv1_num_filters=2, conv1_filter_size=(5, 5),
        pool1_pool_size=(2, 2),
        conv2_num_filters=3, conv2_filter_size=(3, 3),
        pool2_pool_size=(2, 2),
        conv3_num_filters=3, conv3_filter_size=(3, 3),
        pool3_pool_size=(2, 2),
        hidden4_num_units=8, maxout6_pool_size=2,
        output_num_units=4, output_nonlinearity=None,
        update_learning_rate=theano.shared(np.float32(0.05)),
        update_momentum=theano.shared(np.float32(0.9)),
        regression=True,
        on_epoch_finished=[AdjustVariable('update_momentum', 0.95)],
        batch_iterator_train=FlipBatchIterator(batch_size=8),
        max_epochs=1, verbose=0)


def without_functions(net):
    """The authors' nolearn left these out of its pickles, 0.6.1 does not:
    a megabyte."""
    for name in ('train_iter_', 'eval_iter_', 'predict_iter_'):
        delattr(net, name)
    return net


def main(folder):
    if not os.path.isdir(folder):
        os.makedirs(folder)
    rng = np.random.RandomState(0)
    lasagne.random.set_rng(np.random.RandomState(1))
    images = rng.rand(20, 3, SIDE, SIDE).astype('float32')
    net = network()
    net.fit(images, (rng.rand(20, 4) * 2 - 1).astype('float32'))
    for layer in net.get_all_layers():      # biases that are worth a test
        if hasattr(layer, 'b'):
            shape = layer.b.get_value().shape
            layer.b.set_value(rng.randn(*shape).astype('float32'))
    np.savez(os.path.join(folder, 'predictions.npz'), images=images[:2],
             maps=net.predict(images[:2]))
    with open(os.path.join(folder, 'net.pickle'), 'wb') as file:
        pickle.dump(without_functions(net), file, 2)
    net.save_params_to(os.path.join(folder, 'params.pickle'))
    with open(os.path.join(folder, 'values.pickle'), 'wb') as file:
        pickle.dump(layers.get_all_param_values(net.layers_['output']),
                    file, 2)


if __name__ == '__main__':
    main(sys.argv[1])
