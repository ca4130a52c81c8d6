"""A restricted Boltzmann machine with a persistent chain (Tieleman, 2008)."""

import numpy as np

from tests.programs.denoising_autoencoder import VISIBLE, make_data

import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams

HIDDEN, BATCH, STEPS = 8, 20, 3


def train():
    """Distance of the free energies, each of eight epochs, and the mean of
    the weights at the end."""
    rng, streams = np.random.RandomState(6), RandomStreams(6)
    rows, floatX = make_data(), theano.config.floatX
    w = theano.shared(rng.normal(0, 0.1, (VISIBLE, HIDDEN)).astype(floatX), name='w')
    b = theano.shared(np.zeros(HIDDEN, floatX), name='b')
    c = theano.shared(np.zeros(VISIBLE, floatX), name='c')
    chain = theano.shared(np.zeros((BATCH, HIDDEN), floatX), name='chain')
    x = T.matrix('x')

    def sample(means):
        return streams.binomial(size=means.shape, n=1, p=means, dtype=floatX)

    def gibbs(hidden):
        visible = sample(T.nnet.sigmoid(T.dot(hidden, w.T) + c))
        return [visible, sample(T.nnet.sigmoid(T.dot(visible, w) + b))]

    def energy(visible):
        inside = T.dot(visible, w) + b
        return -T.dot(visible, c) - T.sum(T.log(1 + T.exp(inside)), axis=1)

    (visibles, hiddens), updates = theano.scan(gibbs, outputs_info=[None, chain], n_steps=STEPS)
    last = visibles[-1]
    cost = T.mean(energy(x)) - T.mean(energy(last))
    for each, gradient in zip((w, b, c), T.grad(cost, [w, b, c], consider_constant=[last])):
        updates[each] = each - T.cast(0.05, floatX) * gradient
    updates[chain] = hiddens[-1]
    step = theano.function([x], cost, updates=updates)
    costs = [np.mean([step(rows[i : i + BATCH]) for i in range(0, 100, 20)]) for _ in range(8)]
    return [*costs, w.get_value().mean()]
