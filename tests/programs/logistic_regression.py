"""Multinomial logistic regression on minibatches of shared data."""

import numpy as np

import theano
import theano.tensor as T

FEATURES, CLASSES, EXAMPLES, BATCH = 20, 5, 200, 25


def make_data():
    """Points around a centre for each class, and the classes."""
    rng = np.random.RandomState(1)
    centres = rng.normal(0, 1, (CLASSES, FEATURES))
    labels = rng.randint(0, CLASSES, EXAMPLES)
    points = centres[labels] + rng.normal(0, 1.5, (EXAMPLES, FEATURES))
    return points.astype(theano.config.floatX), labels.astype('int32')


def train():
    """Loss of each of ten epochs, and the share of errors at the end."""
    points, labels = make_data()
    all_x = theano.shared(points, borrow=True)
    all_y = T.cast(theano.shared(labels.astype(theano.config.floatX), borrow=True), 'int32')
    index, x, y = T.lscalar('index'), T.matrix('x'), T.ivector('y')
    w = theano.shared(np.zeros((FEATURES, CLASSES), theano.config.floatX), name='w')
    b = theano.shared(np.zeros(CLASSES, theano.config.floatX), name='b')
    given = T.nnet.softmax(T.dot(x, w) + b)
    cost = -T.mean(T.log(given)[T.arange(y.shape[0]), y]) + 0.001 * (w**2).sum()
    batch = slice(index * BATCH, (index + 1) * BATCH)
    givens = {x: all_x[batch], y: all_y[batch]}
    updates = [(each, each - 0.1 * T.grad(cost, each)) for each in (w, b)]
    step = theano.function([index], cost, updates=updates, givens=givens)
    errors = theano.function([index], T.mean(T.neq(T.argmax(given, axis=1), y)), givens=givens)
    batches = range(EXAMPLES // BATCH)
    losses = [np.mean([step(each) for each in batches]) for _ in range(10)]
    return [*losses, np.mean([errors(each) for each in batches])]
