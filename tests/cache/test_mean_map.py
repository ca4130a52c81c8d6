"""The mean map of a cache and its error, against NumPy."""

import numpy as np
from nose.tools import assert_equal

from juntingnet_theano.cache import mean_map


def test_pieces_keep_order_and_size():
    cut = mean_map.pieces(np.arange(7), 3)
    assert_equal([list(piece) for piece in cut], [[0, 1, 2], [3, 4, 5], [6]])


def test_mean_map_and_its_loss_match_numpy():
    maps = np.random.RandomState(0).randint(0, 256, (9, 48, 48)).astype('uint8')
    cut = [np.arange(4), np.arange(4, 9)]
    mean = mean_map.mean_map(maps.__getitem__, cut)
    np.testing.assert_allclose(mean, (maps / 255.0).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        mean_map.constant_map_loss(mean, maps.__getitem__, cut),
        (maps / 255.0).var(axis=0).mean(),
        rtol=1e-12,
    )
