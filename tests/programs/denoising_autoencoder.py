"""An autoencoder with tied weights that undoes noise (Vincent et al., 2008)."""

import numpy as np

import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams

VISIBLE, HIDDEN, EXAMPLES, BATCH = 30, 12, 100, 20


def make_data():
    """Rows of 0 and 1 of which three kinds exist, with a few bits flipped."""
    rng = np.random.RandomState(4)
    kinds = rng.binomial(1, 0.5, (3, VISIBLE))
    rows = kinds[rng.randint(0, 3, EXAMPLES)]
    return np.abs(rows - rng.binomial(1, 0.05, rows.shape)).astype('float32')


def train():
    """Loss of each of eight epochs."""
    rng, streams = np.random.RandomState(5), RandomStreams(5)
    rows = make_data()
    bound = 4 * np.sqrt(6.0 / (VISIBLE + HIDDEN))
    w = theano.shared(
        rng.uniform(-bound, bound, (VISIBLE, HIDDEN)).astype(theano.config.floatX), name='w'
    )
    b = theano.shared(np.zeros(HIDDEN, theano.config.floatX), name='b')
    c = theano.shared(np.zeros(VISIBLE, theano.config.floatX), name='c')
    x = T.matrix('x')
    kept = streams.binomial(size=x.shape, n=1, p=0.7, dtype=theano.config.floatX)
    code = T.nnet.sigmoid(T.dot(kept * x, w) + b)
    again = T.nnet.sigmoid(T.dot(code, w.T) + c)
    cost = -T.sum(x * T.log(again) + (1 - x) * T.log(1 - again), axis=1).mean()
    updates = [(each, each - 0.1 * T.grad(cost, each)) for each in (w, b, c)]
    step = theano.function([x], cost, updates=updates)
    return [
        np.mean([step(rows[i : i + BATCH]) for i in range(0, EXAMPLES, BATCH)]) for _ in range(8)
    ]
