"""The graph computes what the original Theano computed (tests/golden)."""

import functools
import gc
import glob
import os
import sys

import numpy as np
from nose.tools import assert_equal, assert_less

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.network.functions import parameters
from juntingnet_theano.network.layers import build_juntingnet, no_weights
from tests.helpers import GOLDEN
from tests.helpers.float64_network import Reference

import lasagne
import theano
import theano.tensor as T


def text(array):
    """A string array of either Python's: bytes were written by Python 2."""
    value = array.item()
    return value.decode() if isinstance(value, bytes) else value


@functools.lru_cache(maxsize=1)
def drawn(head, seed):
    """Weights, images and targets in the order in which the reference drew
    them from its one stream of random numbers; those of both years are equal."""
    rng = np.random.RandomState(seed)
    weights = [
        (rng.normal(0, 0.01, shape) if len(shape) > 1 else np.full(shape, 0.1)).astype('float32')
        for shape in (each.shape for each in compiled(head).values())
    ]
    return weights, (
        rng.uniform(0, 1, (4, 3, 96, 96)).astype('float32'),
        rng.uniform(0, 1, (4, 2304)).astype('float32'),
    )


def check(name):
    golden = np.load(os.path.join(GOLDEN, name), allow_pickle=False)
    head = text(golden['head'])
    network = compiled(head)
    weights, batch = drawn(head, int(golden['seed']))
    network.start(weights)
    check_gradients(golden, network, batch)
    check_steps(golden, network, batch)


@functools.lru_cache(maxsize=1)
def compiled(head):
    """The network of a head, compiled once for the tests of it that follow
    each other."""
    return Network(head)


def teardown_module():
    compiled.cache_clear()
    drawn.cache_clear()
    gc.collect()  # half a gigabyte, in cycles


class Network:
    """Output alone, which needs no order of summation to be kept; output,
    loss and gradients, and one step of Nesterov's method."""

    def __init__(self, head):
        self.images, self.targets = T.tensor4('images'), T.matrix('targets')
        self.layer = build_juntingnet(self.images, head=head, initial_weights=no_weights)
        output = lasagne.layers.get_output(self.layer)
        self.loss = lasagne.objectives.squared_error(output, self.targets).mean()
        self.params = list(parameters(self.layer).values())
        self.rate = theano.shared(np.float32(0))
        updates = lasagne.updates.nesterov_momentum(
            self.loss, self.params, self.rate, np.float32(0.9)
        )
        self.velocities = [each for each in updates if each not in self.params]
        self.predict = theano.function([self.images], output)
        self.step = theano.function(
            [self.images, self.targets],
            [output, self.loss] + T.grad(self.loss, self.params),
            updates=updates,
        )

    def values(self):
        return [each.get_value(borrow=True) for each in self.params]

    def start(self, weights):
        for param, value in zip(self.params, weights):
            param.set_value(value)

    def at_rest(self, *batch):
        """Output, loss and gradients; at rate 0 no parameter moves."""
        for velocity in self.velocities:
            velocity.set_value(0 * velocity.get_value())
        self.rate.set_value(np.float32(0))
        return [np.asarray(each) for each in self.step(*batch)]


XLA = theano.config.linker == 'jax' or theano.config.device != 'cpu'
ORIGINAL = 'pytensor' not in sys.modules


def errors(golden, gradients):
    """Of each parameter's gradient, the largest error: of an entry as a share
    of the largest entry, or of the norm as a share of it."""
    found = []
    for i, gradient in enumerate(gradients):
        entries = golden[f'grad_at_{i}']
        norm = np.linalg.norm(gradient.astype('float64'))
        found.append(
            max(
                share_of_largest(gradient.ravel()[golden[f'at_{i}']], entries),
                abs(norm / golden[f'grad_norm_{i}'] - 1),
            )
        )
    return found


def share_of_largest(actual, expected):
    return np.abs(actual - expected).max() / np.abs(expected).max()


def check_gradients(golden, network, batch):
    found = network.at_rest(*batch)
    # Outputs near zero are differences of sums of about 0.3 and keep their
    # rounding error: the original Theano itself, with another OpenBLAS, is
    # off by 2.1e-7 from its own stored outputs there.
    for output in (found[0], network.predict(batch[0])):
        np.testing.assert_allclose(output, golden['output'], rtol=1e-4, atol=3e-7)
    np.testing.assert_allclose(found[1], golden['loss'], rtol=1e-4)
    gradients = found[2:]
    shares = errors(golden, gradients)
    if (XLA or ORIGINAL) and max(shares) >= 2e-4:
        # A window of pool2 of the paper head (image 3, channel 44, row 0,
        # column 19) has two values that differ by 2.6e-9 in float64, a third
        # of float32's spacing there. The original with BLAS for AVX2, and the
        # kernels for the CPU, happen to round both to one number; another order
        # of sums, as that of BLAS for AVX-512, does not, and is right as well.
        found = Reference(text(golden['head']), network.values(), *batch).gradients(gradients)
        shares = [share_of_largest(*each) for each in zip(gradients, found)]
    for param, share in zip(network.params, shares):
        assert_less(share, 2e-4, f'{param.name}: off by {share:.2g}')


def check_steps(golden, network, batch):
    losses = []
    for i in range(5):
        network.rate.set_value(np.float32(0.03 - 0.001 * i))
        losses.append(network.step(*batch)[1])
    np.testing.assert_allclose(losses, golden['losses'], rtol=1e-4)
    for i, param in enumerate(network.params):
        share = share_of_largest(
            param.get_value().ravel()[golden[f'at_{i}']], golden[f'param_at_{i}']
        )
        assert_less(share, 2e-4, f'{param.name}: off by {share:.2g}')


def test_golden_files_are_all_here():
    names = sorted(map(os.path.basename, glob.glob(os.path.join(GOLDEN, 'theano-*-[pr]*.npz'))))
    assert_equal(
        names,
        [
            'theano-0.8.2-paper.npz',
            'theano-0.8.2-released.npz',
            'theano-1.0.5-paper.npz',
            'theano-1.0.5-released.npz',
        ],
    )


def check_float64(head, seed):
    network = compiled(head)
    rng = np.random.default_rng(seed)
    network.start(
        rng.standard_normal(shape, 'float32') * np.float32(0.01)
        if len(shape) > 1
        else np.full(shape, 0.1, 'float32')
        for shape in (each.shape for each in network.values())
    )
    batch = rng.random((2, 3, 96, 96), 'float32'), rng.random((2, 2304), 'float32')
    output, loss, *gradients = network.at_rest(*batch)
    reference = Reference(head, network.values(), *batch)
    np.testing.assert_allclose(output, reference.output, atol=1e-6)
    np.testing.assert_allclose(loss, reference.loss, rtol=1e-6)
    # Near ties of the seeds below go another way here than in float64, which
    # is 0.012 of the largest entry.
    found = reference.gradients(gradients)
    for param, actual, expected in zip(network.params, gradients, found):
        assert_less(share_of_largest(actual, expected), 1e-5, param.name)


def test_paper_head_matches_theano_0_8():
    check('theano-0.8.2-paper.npz')


def test_paper_head_matches_theano_1_0():
    check('theano-1.0.5-paper.npz')


def test_the_paper_heads_gradients_are_those_of_float64():
    check_float64('paper', 2)


def test_released_head_matches_theano_0_8():
    check('theano-0.8.2-released.npz')


def test_released_head_matches_theano_1_0():
    check('theano-1.0.5-released.npz')


def test_the_released_heads_gradients_are_those_of_float64():
    check_float64('released', 3)
