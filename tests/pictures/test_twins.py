"""Keys that come twice are found, in memory and on the disk."""

import numpy as np
from nose.tools import assert_equal, assert_less

from juntingnet_theano.pictures import twins


def keys(count):
    return [f'folder/{number:07d}' for number in range(count)]


def found(given, piece):
    kept = twins.Keys(piece)
    for each in given:
        kept.add(each)
    assert_equal(kept.count, len(given))
    return kept.doubtful()


def test_those_that_differ_are_not_doubtful():
    for piece in (1 << 20, 100):
        assert_equal(found(keys(1000), piece), set())


def test_a_second_one_is_found_wherever_the_first_lies():
    given = keys(1000) + ['folder/0000000', 'folder/0000999', 'folder/0000500']
    np.random.RandomState(0).shuffle(given)
    expected = {hash(each) for each in ('folder/0000000', 'folder/0000999', 'folder/0000500')}
    for piece in (1 << 20, 1003, 1002, 100, 7):
        assert_equal(found(given, piece), expected, piece)


def test_none_and_one_are_no_twins():
    assert_equal(found([], 10), set())
    assert_equal(found(['a'], 1), set())


def test_memory_does_not_grow_with_their_number():
    import tracemalloc

    peaks = []
    for count in (20_000, 200_000):
        tracemalloc.start()
        kept = twins.Keys(10_000)
        for number in range(count):
            kept.add(str(number))
        kept.doubtful()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert_less(peaks[1], 1.5 * peaks[0] + 100_000)
