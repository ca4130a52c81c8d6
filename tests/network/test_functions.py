"""Compiled functions gather, scale, mirror, step and predict as NumPy does."""

import functools
import gc

import numpy as np
from nose.tools import assert_equal, assert_greater, assert_less

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.network.functions import (
    AHEAD,
    MAXOUT_NORM,
    DataSlice,
    Trainer,
    as_numbers,
    compile_predict,
    parameters,
)
from juntingnet_theano.network.layers import build_juntingnet, initialise_balanced, no_weights
from tests.helpers.quick_weights import quick_weights

import theano
import theano.tensor as T

RATE, MOMENTUM = np.float32(0.03), np.float32(0.9)


def data(count, seed=0):
    rng = np.random.RandomState(seed)
    return (
        rng.randint(0, 256, (count, 3, 96, 96)).astype('uint8'),
        rng.randint(0, 256, (count, 48, 48)).astype('uint8'),
    )


@functools.lru_cache(maxsize=None)
def compiled(max_norm, dropout):
    """Compiling takes seconds, so that tests share what they can."""
    layer = build_juntingnet(head='released', dropout=dropout, initial_weights=no_weights)
    made = Trainer(layer, max_norm)
    made.training.load(*data(6))
    made.validation.load(*data(6))
    return layer, made


def trainer(max_norm=MAXOUT_NORM, dropout=0.0):
    """A network as it is before the first step, and its trainer."""
    layer, made = compiled(max_norm, dropout)
    first = parameters(build_juntingnet(head='released', initial_weights=quick_weights(1)))
    for name, param in parameters(layer).items():
        param.set_value(first[name].get_value())
        made.velocities[name].set_value(0 * first[name].get_value())
    made.learning_rate.set_value(RATE)
    made.momentum.set_value(MOMENTUM)
    return layer, made


def teardown_module():
    compiled.cache_clear()
    gc.collect()  # half a gigabyte, in cycles


def rows(*numbers):
    return np.array(numbers, 'int32')


def test_minibatch_gathers_scales_and_mirrors_images_and_maps_alike():
    images, maps = data(5)
    held = DataSlice()
    held.load(images, maps)
    row, flip = T.ivector(), T.ivector()
    found = theano.function([row, flip], held.minibatch(row, flip))(rows(4, 1), rows(0, 1))
    assert_equal([each.dtype for each in found], [np.dtype('float32')] * 2)
    expected = [images[[4, 1]] / 255.0, maps[[4, 1]] / 255.0]
    expected[0][1] = expected[0][1, :, :, ::-1]
    expected[1][1] = expected[1][1, :, ::-1]
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(found[1], expected[1].reshape(2, -1), rtol=1e-6)


def test_losses_are_the_mean_squared_error_of_the_prediction():
    layer, made = trainer()
    images, maps = data(6)
    predicted = np.asarray(compile_predict(layer)(images))
    assert_equal((predicted.shape, predicted.dtype), ((6, 48, 48), np.dtype('float32')))
    errors = np.square(predicted - maps / 255.0).mean(axis=(1, 2))
    np.testing.assert_allclose(made.validate(rows(0, 5)), errors[[0, 5]].mean(), rtol=1e-5)
    np.testing.assert_allclose(made.train(rows(2, 3), rows(0, 0)), errors[[2, 3]].mean(), rtol=1e-5)


def test_steps_follow_nesterov_with_shared_rate_and_momentum():
    layer, made = trainer()
    param, velocity = parameters(layer)['dense2.b'], made.velocities['dense2.b']
    before, old = param.get_value(), velocity.get_value()
    for rate in (RATE, RATE / 2):
        made.learning_rate.set_value(rate)
        made.train(rows(0, 1), rows(0, 1))
        after, new = param.get_value(), velocity.get_value()
        # v' = m v - r g and p' = p + m v' - r g, with g eliminated
        np.testing.assert_allclose(after - before, (1 + MOMENTUM) * new - MOMENTUM * old, atol=1e-7)
        assert_greater(abs(new - MOMENTUM * old).max(), 0)
        before, old = after, new


class Later:
    """A number that a device has not computed; counts who waits for it."""

    waited = 0

    def __init__(self, value):
        self.value = value

    def __float__(self):
        Later.waited += 1
        return self.value


def test_losses_to_come_are_waited_for_late_and_in_order():
    waited = []

    def losses():
        for value in range(AHEAD + 5):
            waited.append(Later.waited)
            yield Later(value / 4.0), value

    Later.waited = 0
    assert_equal(list(as_numbers(losses())), [(value / 4.0, value) for value in range(AHEAD + 5)])
    assert_equal(waited, (AHEAD + 1) * [0] + [1, 2, 3, 4])
    assert_equal(list(as_numbers([(Later(0.5), 1)])), [(0.5, 1)])


def test_losses_that_are_there_are_taken_before_the_next_call():
    memory = np.zeros((), 'float32')

    def losses():
        for value in range(3):  # as Theano reuses what it lends
            memory[...] = value
            yield memory, 1

    assert_equal(list(as_numbers(losses())), [(0, 1), (1, 1), (2, 1)])


def test_norm_constraint_bounds_the_maxout_columns_only():
    layer, made = trainer(max_norm=0.5, dropout=0.5)
    made.train(rows(0, 1), rows(0, 0))
    params = parameters(layer)
    norms = np.linalg.norm(params['dense1.W'].get_value(), axis=0)
    assert_less(norms.max(), 0.5 * (1 + 1e-4))
    assert_greater(norms.min(), 0.5 * (1 - 1e-4))  # 0.8 before: all bounded
    free = np.linalg.norm(params['dense2.W'].get_value(), axis=0)
    assert_less(abs(free - 0.48).max(), 0.1)  # 0.01 sqrt(2304), as drawn


def test_dropout_draws_anew_in_training_and_is_silent_in_validation():
    layer, made = trainer(max_norm=0.5, dropout=0.5)
    made.learning_rate.set_value(np.float32(0))
    first, second = (float(made.train(rows(0, 1), rows(0, 0))) for _ in range(2))
    assert_greater(abs(first - second), 0)
    assert_equal(float(made.validate(rows(0, 1))), float(made.validate(rows(0, 1))))


def test_without_dropout_nothing_random_is_left_in_the_graph():
    assert_equal(trainer()[1].random_states, [])


def test_balanced_initialisation_begins_near_the_mean_map():
    mean = np.linspace(0, 1, 48 * 48).reshape(48, 48)
    for head in ('paper', 'released'):
        layer = build_juntingnet(head=head, initial_weights=no_weights)
        initialise_balanced(layer, np.random.RandomState(0), mean)
        found = np.asarray(compile_predict(layer)(data(2)[0]))
        # Random features add noise, on these images of pure noise 0.36 for
        # the paper head; a first dense layer not scaled down, ten times that.
        assert_less(np.abs(found - mean).mean(), 0.5)
        weights = parameters(layer)['dense1.W'].get_value()
        assert_less(abs(weights.std() / np.sqrt(2.0 / 6400) - 0.1), 0.001)
