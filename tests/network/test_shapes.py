"""The shapes that are known without an engine are those of the layers."""

from nose.tools import assert_equal, assert_raises

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.network import shapes, weights
from juntingnet_theano.network.layers import HEADS, build_juntingnet, no_weights


def test_shapes_are_those_of_the_layers():
    for head in HEADS:
        assert_equal(
            shapes.of_head(head),
            weights.list_shapes(build_juntingnet(head=head, initial_weights=no_weights)),
        )
    assert_raises(BadSetting, shapes.of_head, 'other')
