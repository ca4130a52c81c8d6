"""The graph computes what the original Theano computed (tests/golden)."""
import glob
import os

import numpy as np
from nose.tools import assert_equal, assert_less

import juntingnet_theano  # noqa: F401  (serves theano)
import theano
import theano.tensor as T
import lasagne
from juntingnet_theano.functions import parameters
from juntingnet_theano.network import build_juntingnet

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden')


def text(array):
    """A string array of either Python's: bytes were written by Python 2."""
    value = array.item()
    return value.decode() if isinstance(value, bytes) else value


def drawn(golden, layer):
    """Weights, images and targets in the order in which the reference drew
    them from its one stream of random numbers."""
    rng = np.random.RandomState(int(golden['seed']))
    for param in parameters(layer).values():
        shape = param.get_value(borrow=True).shape
        param.set_value((rng.normal(0, 0.01, shape) if len(shape) > 1
                         else np.full(shape, 0.1)).astype('float32'))
    return (rng.uniform(0, 1, (4, 3, 96, 96)).astype('float32'),
            rng.uniform(0, 1, (4, 2304)).astype('float32'))


def assert_near_largest(actual, expected, share, what):
    error = np.abs(actual - expected).max() / np.abs(expected).max()
    assert_less(error, share, '{}: off by {:.2g} of the largest entry'.format(
        what, error))


def check(path):
    golden = np.load(path, allow_pickle=False)
    images, targets = T.tensor4('images'), T.matrix('targets')
    layer = build_juntingnet(images, head=text(golden['head']))
    batch = drawn(golden, layer)
    output = lasagne.layers.get_output(layer)
    loss = lasagne.objectives.squared_error(output, targets).mean()
    params = list(parameters(layer).values())
    check_gradients(golden, batch, [images, targets], output, loss, params)
    check_steps(golden, batch, [images, targets], loss, params)


def check_gradients(golden, batch, inputs, output, loss, params):
    found = theano.function(inputs, [output, loss] + T.grad(loss, params))(
        *batch)
    # Outputs near zero are differences of sums of about 0.3 and keep their
    # rounding error: the original Theano itself, with another OpenBLAS, is
    # off by 2.1e-7 from its own stored outputs there.
    np.testing.assert_allclose(found[0], golden['output'], rtol=1e-4,
                               atol=3e-7)
    np.testing.assert_allclose(found[1], golden['loss'], rtol=1e-4)
    for i, gradient in enumerate(found[2:]):
        gradient = np.asarray(gradient)
        assert_near_largest(gradient.ravel()[golden['at_%d' % i]],
                            golden['grad_at_%d' % i], 2e-4, params[i].name)
        np.testing.assert_allclose(np.linalg.norm(gradient.astype('float64')),
                                   golden['grad_norm_%d' % i], rtol=2e-4)


def check_steps(golden, batch, inputs, loss, params):
    rate = theano.shared(np.float32(0))
    step = theano.function(inputs, loss, updates=(
        lasagne.updates.nesterov_momentum(loss, params, rate,
                                          np.float32(0.9))))
    losses = []
    for i in range(5):
        rate.set_value(np.float32(0.03 - 0.001 * i))
        losses.append(step(*batch))
    np.testing.assert_allclose(losses, golden['losses'], rtol=1e-4)
    for i, param in enumerate(params):
        assert_near_largest(param.get_value().ravel()[golden['at_%d' % i]],
                            golden['param_at_%d' % i], 2e-4, param.name)


def test_golden_files_are_all_here():
    names = sorted(map(os.path.basename, glob.glob(
        os.path.join(GOLDEN, 'theano-*-[pr]*.npz'))))
    assert_equal(names, [
        'theano-0.8.2-paper.npz', 'theano-0.8.2-released.npz',
        'theano-1.0.5-paper.npz', 'theano-1.0.5-released.npz'])


def test_paper_head_matches_theano_0_8():
    check(os.path.join(GOLDEN, 'theano-0.8.2-paper.npz'))


def test_paper_head_matches_theano_1_0():
    check(os.path.join(GOLDEN, 'theano-1.0.5-paper.npz'))


def test_released_head_matches_theano_0_8():
    check(os.path.join(GOLDEN, 'theano-0.8.2-released.npz'))


def test_released_head_matches_theano_1_0():
    check(os.path.join(GOLDEN, 'theano-1.0.5-released.npz'))
