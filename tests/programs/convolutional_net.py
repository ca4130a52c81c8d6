"""Two layers of convolution and pooling, a hidden one and a softmax."""

import numpy as np

import theano
import theano.tensor as T
from theano.tensor.nnet import conv2d
from theano.tensor.signal import pool

EXAMPLES, BATCH, CLASSES = 60, 20, 3


def make_data():
    """Small pictures of a bar that lies, stands or leans, and which."""
    rng = np.random.RandomState(2)
    pictures = rng.normal(0, 0.3, (EXAMPLES, 1, 18, 18))
    labels = rng.randint(0, CLASSES, EXAMPLES)
    for picture, label in zip(pictures, labels):
        at, places = rng.randint(3, 15), np.arange(2, 16)
        picture[0][[(at, places), (places, at), (places, places)][label]] += 1
    return pictures.astype('float32'), labels.astype('int32')


def weights(rng, *shape):
    """Uniform first weights, as wide as what goes in asks for."""
    bound = np.sqrt(6.0 / (np.prod(shape[1:]) + shape[0]))
    return theano.shared(rng.uniform(-bound, bound, shape).astype(theano.config.floatX))


def biases(count):
    """Zeros."""
    return theano.shared(np.zeros(count, theano.config.floatX))


def train():
    """Loss of each of six epochs."""
    rng = np.random.RandomState(3)
    pictures, labels = make_data()
    x, y = T.tensor4('x'), T.ivector('y')
    params = [weights(rng, 4, 1, 3, 3), biases(4), weights(rng, 6, 4, 3, 3), biases(6)]
    hidden = x
    for w, b in (params[:2], params[2:]):
        maps = conv2d(hidden, w, filter_shape=w.get_value().shape)
        pooled = pool.pool_2d(maps, (2, 2), ignore_border=True)
        hidden = T.tanh(pooled + b.dimshuffle('x', 0, 'x', 'x'))
    flat = hidden.flatten(2)
    params += [weights(rng, 6 * 3 * 3, 10), biases(10), weights(rng, 10, CLASSES), biases(CLASSES)]
    dense = T.nnet.relu(T.dot(flat, params[4]) + params[5])
    given = T.nnet.softmax(T.dot(dense, params[6]) + params[7])
    cost = T.nnet.categorical_crossentropy(given, y).mean()
    updates = [(p, p - 0.1 * g) for p, g in zip(params, T.grad(cost, params))]
    step = theano.function([x, y], cost, updates=updates)
    return [
        np.mean([step(pictures[i : i + BATCH], labels[i : i + BATCH]) for i in range(0, 60, 20)])
        for _ in range(6)
    ]
