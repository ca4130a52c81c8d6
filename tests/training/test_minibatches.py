"""Minibatches: every row once, half mirrored, the same after resuming."""

import numpy as np
from nose.tools import assert_equal, assert_not_equal, assert_true

from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import minibatches


def epoch(number, sizes=(10, 7), **settings):
    return list(
        minibatches.epoch_minibatches(list(sizes), number, Settings(batch_size=4, **settings))
    )


def places(batches):
    return [(batch.piece, int(row)) for batch in batches for row in batch.rows]


def test_an_epoch_visits_each_row_once():
    every = [(piece, row) for piece, size in ((0, 10), (1, 7)) for row in range(size)]
    assert_equal(sorted(places(epoch(0))), every)
    assert_equal(places(epoch(0, shuffle=False)), every)


def test_an_epoch_is_a_function_of_seed_and_number():
    assert_equal(places(epoch(3)), places(epoch(3)))
    assert_not_equal(places(epoch(3)), places(epoch(4)))
    assert_not_equal(places(epoch(3)), places(epoch(3, seed=1)))


def test_half_of_each_minibatch_is_mirrored():
    assert_equal([int(batch.flip.sum()) for batch in epoch(0, sizes=(12,))], [2, 2, 2])
    assert_equal(sum(batch.flip.sum() for batch in epoch(0, mirror=0)), 0)


def test_slices_are_not_mixed_within_a_minibatch():
    sizes = [len(batch.rows) for batch in epoch(0)]
    assert_equal(sorted(sizes), [2, 3, 4, 4, 4])


def test_split_is_disjoint_complete_and_repeatable():
    training, validation = minibatches.split_rows(101, 0.2, seed=5)
    assert_equal((len(training), len(validation)), (81, 20))
    assert_equal(sorted(list(training) + list(validation)), list(range(101)))
    again = minibatches.split_rows(101, 0.2, seed=5)
    np.testing.assert_array_equal(again[1], validation)
    assert_equal(len(minibatches.split_rows(10, 0, seed=0)[1]), 0)


def test_validation_goes_through_in_order():
    runs = minibatches.cut_in_order(5, 2)
    assert_equal([list(run) for run in runs], [[0, 1], [2, 3], [4]])
    assert_true(all(run.dtype == 'int32' for run in runs))


def test_mirroring_in_place_is_that_of_an_array_which_keeps_it():
    settings = Settings(batch_size=4, shuffle=False, mirror_in_place=True)
    sizes = [10, 7]
    images = [np.arange(2 * size).reshape(size, 2) for size in sizes]
    begun = minibatches.mirror_in_place(sizes, settings)
    for number in range(4):
        for before, image in zip(next(begun), images):
            # An image lies mirrored where its first number is the larger.
            np.testing.assert_array_equal(before, image[:, 0] > image[:, 1])
        for batch in minibatches.epoch_minibatches(sizes, number, settings):
            rows = batch.rows[batch.flip == 1]
            images[batch.piece][rows] = images[batch.piece][rows, ::-1]


def test_the_first_rows_are_held_out_where_that_is_asked_for():
    training, validation = minibatches.split_rows(10, 0.2, 0, first=True)
    assert_equal((list(training), list(validation)), (list(range(2, 10)), [0, 1]))
