"""A recurrent net with memory cells that sorts sequences (Hochreiter, 1997)."""

import numpy as np

import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams

WORDS, WIDTH, LENGTH, EXAMPLES = 8, 6, 7, 16


def make_data():
    """Words, time x examples, where each sequence ends, and whether its first
    word comes again."""
    rng = np.random.RandomState(7)
    words = rng.randint(0, WORDS, (LENGTH, EXAMPLES)).astype('int32')
    lengths = rng.randint(3, LENGTH + 1, EXAMPLES)
    mask = (np.arange(LENGTH)[:, None] < lengths).astype(theano.config.floatX)
    again = [words[0, i] in words[1:n, i] for i, n in enumerate(lengths)]
    return words, mask, np.array(again, 'int32')


def train():
    """Loss of each of twelve steps of RMSprop, with dropout."""
    rng, floatX = np.random.RandomState(8), theano.config.floatX
    words, mask, labels = T.imatrix('words'), T.matrix('mask'), T.ivector('labels')

    def shared(*shape):
        return theano.shared(rng.normal(0, 0.3, shape).astype(floatX))

    embedding, w, u, b = (
        shared(WORDS, WIDTH),
        shared(WIDTH, 4 * WIDTH),
        shared(WIDTH, 4 * WIDTH),
        (shared(4 * WIDTH)),
    )
    v, d = shared(WIDTH, 2), shared(2)
    params = [embedding, w, u, b, v, d]
    inputs = embedding[words.flatten()].reshape((words.shape[0], words.shape[1], WIDTH))

    def step(given, alive, hidden, cell, u):
        gates = given + T.dot(hidden, u)
        take, forget, show, new = (gates[:, i * WIDTH : (i + 1) * WIDTH] for i in range(4))
        sigmoid, alive = T.nnet.sigmoid, alive[:, None]
        changed = sigmoid(forget) * cell + sigmoid(take) * T.tanh(new)
        cell = alive * changed + (1 - alive) * cell
        return alive * sigmoid(show) * T.tanh(cell) + (1 - alive) * hidden, cell

    start = T.alloc(np.asarray(0, floatX), words.shape[1], WIDTH)
    (hiddens, _), _ = theano.scan(
        step,
        sequences=[T.dot(inputs, w) + b, mask],
        outputs_info=[start, start],
        non_sequences=[u],
        strict=True,
    )
    mean = (hiddens * mask[:, :, None]).sum(axis=0) / mask.sum(axis=0)[:, None]
    kept = MRG_RandomStreams(9).binomial(mean.shape, p=0.8, dtype=floatX)
    given = T.nnet.softmax(T.dot(mean * kept / np.asarray(0.8, floatX), v) + d)
    cost = -T.log(given[T.arange(labels.shape[0]), labels] + np.asarray(1e-6, floatX)).mean()
    updates = []
    for param, gradient in zip(params, T.grad(cost, params)):
        scale = theano.shared(param.get_value() * np.asarray(0, floatX))
        new = 0.9 * scale + 0.1 * gradient**2
        updates += [(scale, T.cast(new, floatX))]
        updates += [(param, T.cast(param - 0.02 * gradient / T.sqrt(new + 1e-6), floatX))]
    function = theano.function([words, mask, labels], cost, updates=updates)
    return [function(*make_data()) for _ in range(12)]
