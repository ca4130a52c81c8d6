"""Places of views in the network's blocks do not depend on their neighbours."""

import numpy as np
from nose.tools import assert_equal, assert_less

from juntingnet_theano.prediction.blocks import ROWS, group_size, in_blocks, in_half_blocks
from juntingnet_theano.settings.postprocessing import VIEWS


def numbered(count):
    """Views that are told apart by their only pixel; 0 is a blank one."""
    return np.arange(1, count + 1).reshape(-1, 1)


def test_a_model_sees_whole_blocks_and_gives_what_it_is_asked_for():
    seen = []

    def model(pixels):
        seen.append(pixels[:, 0].tolist())
        return 10 * pixels

    for count in (1, 11, 12, 13):
        np.testing.assert_array_equal(in_blocks(model)(numbered(count)), 10 * numbered(count))
        filled = seen.pop()
        assert_equal(len(filled) % ROWS, 0)
        assert_equal(filled, list(range(1, count + 1)) + [0] * (len(filled) - count))


def test_pictures_of_half_blocks_begin_a_block_or_lie_in_its_first_half():
    for count in VIEWS:
        for pictures in (1, 2, 7, 13):
            views = numbered(pictures * count)
            seen = []

            def model(pixels, seen=seen):
                seen.extend(pixels[:, 0].tolist())
                return 10 * pixels

            np.testing.assert_array_equal(in_half_blocks(model, count)(views), 10 * views)
            for picture in range(pictures):
                places = [seen.index(1 + picture * count + view) for view in range(count)]
                assert_equal(places, list(range(places[0], places[0] + count)))
                if places[0] % ROWS:
                    assert_less(places[-1] % ROWS, ROWS // 2)


def test_groups_fill_whole_blocks():
    for count in VIEWS:
        for batch in (1, 12, 60, 61):
            assert_equal(group_size(batch, count) * count % ROWS, 0)
