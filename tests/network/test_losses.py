"""Losses against SciPy, and their gradients against differences."""

import numpy as np
from nose.tools import assert_true
from scipy.stats import pearsonr

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.network.losses import LOSSES, correlation, squared

import theano
import theano.tensor as T


def compiled(loss):
    output, targets = T.matrix(dtype='float32'), T.matrix(dtype='float32')
    value = loss(output, targets)
    return theano.function([output, targets], [value, T.grad(value, output)])


def pairs(images=3, pixels=50):
    rng = np.random.RandomState(0)
    targets = rng.uniform(0, 1, (images, pixels)).astype('float32')
    output = (targets + rng.normal(0, 0.5, targets.shape)).astype('float32')
    return output, targets


def test_squared_is_the_mean_over_pixels_and_images():
    output, targets = pairs()
    np.testing.assert_allclose(
        compiled(squared)(output, targets)[0], np.square(output - targets).mean(), rtol=1e-6
    )


def test_correlation_is_one_minus_the_mean_of_pearsons():
    output, targets = pairs()
    expected = 1 - np.mean([pearsonr(*each)[0] for each in zip(output, targets)])
    np.testing.assert_allclose(compiled(correlation)(output, targets)[0], expected, rtol=1e-5)


def test_correlation_does_not_see_range_and_offset():
    output, targets = pairs()
    run = compiled(correlation)
    np.testing.assert_allclose(run(20 * output - 3, targets)[0], run(output, targets)[0], rtol=1e-4)


def test_a_map_of_one_value_has_a_finite_loss_and_gradient():
    output, targets = pairs()
    output[1] = 0.25
    value, gradient = compiled(correlation)(output, targets)
    assert_true(np.isfinite(value) and np.isfinite(gradient).all())


def test_gradients_are_those_of_differences():
    output, targets = (each.astype('float64') for each in pairs(2, 6))
    for loss in LOSSES.values():
        T.verify_grad(
            lambda x, loss=loss: loss(x, T.constant(targets)),
            [output],
            rng=np.random.RandomState(1),
            rel_tol=1e-4,
            mode=theano.Mode(linker='py'),
        )


def test_summed_is_half_the_squared_distance_as_mean_over_images():
    output, targets = pairs()
    value, gradient = compiled(LOSSES['summed'])(output, targets)
    distances = [np.sum((found - true) ** 2) for found, true in zip(output, targets)]
    np.testing.assert_allclose(value, np.mean(distances) / 2, rtol=1e-6)
    np.testing.assert_allclose(gradient, (output - targets) / len(output), rtol=1e-5)
