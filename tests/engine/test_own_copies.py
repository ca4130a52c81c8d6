"""A compiled function runs its own copies of what it calls."""

import itertools
from unittest import mock

import numba
from nose.tools import assert_equal
from numba.core.bytecode import FunctionIdentity

from juntingnet_theano.engine.numba.runtime.own_copies import OwnCopies
from tests.helpers import engines  # noqa: F401  (skips where the original Theano serves)


def counter(step):
    """A function that LLVM cannot inline whole, since it calls itself."""

    @numba.njit
    def count(n):
        return n if n < 2 else count(n - 1) + count(n - 2) * step

    count(3)
    return count


def caller(count):
    @numba.njit(pipeline_class=OwnCopies)
    def call(n):
        return count(n)

    return call


def test_two_functions_of_one_name_are_not_taken_for_each_other():
    # As they have it that came from two processes: each counts from 1.
    with mock.patch.object(FunctionIdentity, '_unique_ids', itertools.repeat(1)):
        counters = counter(1), counter(2)
    callers = [caller(each) for each in counters]
    # Jacobsthal's numbers, and Fibonacci's before them: J(n) = (2^n - (-1)^n) / 3.
    assert_equal([each(12) for each in callers], [144, (2**12 - 1) // 3])
