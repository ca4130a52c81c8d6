"""Schedules: the closed form of a line."""

import numpy as np
from nose.tools import assert_equal

from juntingnet_theano.training.schedules import linear


def test_line_begins_and_ends_where_it_is_told():
    line = linear(0.03, 0.0001, 1000)
    assert_equal((len(line), line[0], line[-1]), (1000, 0.03, 0.0001))
    np.testing.assert_allclose(np.diff(line), -0.0299 / 999)


def test_one_epoch_gets_the_first_value():
    assert_equal(linear(0.03, 0.0001, 1).tolist(), [0.03])
