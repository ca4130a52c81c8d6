"""The network is the paper's: shapes, parameters, first weights, heads."""

import functools

import numpy as np
from nose.tools import assert_equal, assert_less, assert_raises

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.errors import BadSetting
from juntingnet_theano.network.functions import parameters
from juntingnet_theano.network.layers import (
    build_juntingnet,
    maxout_weights,
    no_weights,
    seed_weights,
)

from lasagne.layers import get_all_layers, get_output_shape


def count(layer):
    return sum(p.get_value(borrow=True).size for p in parameters(layer).values())


def shapes(layer):
    return {each.name: get_output_shape(each) for each in get_all_layers(layer)}


def test_paper_head_has_the_shapes_of_section_3_1():
    assert_equal(
        shapes(build_juntingnet(initial_weights=no_weights)),
        {
            'input': (None, 3, 96, 96),
            'conv1': (None, 32, 92, 92),
            'pool1': (None, 32, 46, 46),
            'conv2': (None, 64, 44, 44),
            'pool2': (None, 64, 22, 22),
            'conv3': (None, 64, 20, 20),
            'pool3': (None, 64, 10, 10),
            'dense1': (None, 4608),
            'dense2': (None, 4608),
            'maxout': (None, 2304),
        },
    )


def test_released_head_takes_the_maximum_before_the_last_dense_layer():
    of = shapes(build_juntingnet(head='released', initial_weights=no_weights))
    assert_equal(
        (of['dense1'], of['maxout'], of['dense2']), ((None, 4608), (None, 2304), (None, 2304))
    )


def test_parameter_counts_of_both_heads():
    assert_equal(count(build_juntingnet(head='paper', initial_weights=no_weights)), 50791936)
    assert_equal(count(build_juntingnet(head='released', initial_weights=no_weights)), 34864384)


def drawn():
    """Values of a network whose first weights are drawn from seed 0."""
    seed_weights(np.random.RandomState(0))
    layer = build_juntingnet(head='released')
    return {name: each.get_value(borrow=True) for name, each in parameters(layer).items()}


@functools.lru_cache(maxsize=1)
def drawn_once():
    return drawn()


def teardown_module():
    drawn_once.cache_clear()


def test_weights_are_gaussian_and_biases_a_tenth():
    for name, value in drawn_once().items():
        assert_equal(value.dtype, np.dtype('float32'))
        if name.endswith('.b'):
            np.testing.assert_array_equal(value, np.float32(0.1))
        else:  # five standard errors of the mean and of the deviation
            assert_less(abs(value.mean()), 0.05 / np.sqrt(value.size))
            assert_less(abs(value.std() - 0.01), 0.05 / np.sqrt(value.size))


def test_same_seed_same_weights():
    found = drawn()
    for name, value in drawn_once().items():
        np.testing.assert_array_equal(found[name], value)


def test_dropout_layer_stands_behind_the_first_dense_layer():
    layers = get_all_layers(build_juntingnet(dropout=0.5, initial_weights=no_weights))
    names = [each.name for each in layers]
    assert_equal(names[names.index('dense1') + 1], 'dropout')
    assert_equal(layers[names.index('dropout')].p, 0.5)


def test_maxout_weights_feed_the_maxout_in_both_heads():
    for head, dropout, name in (
        ('paper', 0, 'dense2.W'),
        ('released', 0, 'dense1.W'),
        ('released', 0.5, 'dense1.W'),
    ):
        layer = build_juntingnet(head=head, dropout=dropout, initial_weights=no_weights)
        assert_equal(maxout_weights(layer).name, name)


def test_unknown_head_and_dropout_are_named():
    with assert_raises(BadSetting) as caught:
        build_juntingnet(head='papre')
    assert_equal(caught.exception.expected, "did you mean 'paper'?")
    with assert_raises(BadSetting):
        build_juntingnet(dropout=1.0)


def test_weights_can_be_left_out_for_what_is_loaded_next():
    layer = build_juntingnet(initial_weights=no_weights)
    for each in get_all_layers(layer):
        if hasattr(each, 'W'):
            assert_equal(np.abs(each.W.get_value(borrow=True)).max(), 0)
            assert_equal(each.W.get_value(borrow=True).dtype, np.float32)
