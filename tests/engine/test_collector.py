"""Work without Python's search for garbage."""

import gc

from nose.tools import assert_false, assert_raises, assert_true

from juntingnet_theano.engine.collector import uncollected


def test_the_collector_is_on_again_afterwards_even_after_an_error():
    with assert_raises(KeyError), uncollected():
        assert_false(gc.isenabled())
        raise KeyError()
    assert_true(gc.isenabled())


def test_blocks_within_blocks_and_a_collector_that_was_off_stay_so():
    with uncollected():
        with uncollected():
            pass
        assert_false(gc.isenabled())
    assert_true(gc.isenabled())
