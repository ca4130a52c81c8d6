"""Compiled functions and what they share with other users of numba."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numba
import numpy as np
from nose.tools import assert_equal, assert_raises_regex
from numba.core.bytecode import FunctionIdentity

from juntingnet_theano.engine.numba.runtime.compilers import WholeCompiler, piece
from juntingnet_theano.engine.numba.runtime.replaced_methods import replaced
from tests.helpers import engines  # noqa: F401  (skips where the original Theano serves)


def counter(step):
    """A function that LLVM cannot inline whole, since it calls itself."""

    @numba.njit
    def count(n):
        return n if n < 2 else count(n - 1) + count(n - 2) * step

    count(3)
    return count


def whole(function):
    return numba.njit(pipeline_class=WholeCompiler)(function)


def caller(count):
    return whole(lambda n: count(n))


def test_two_functions_of_one_name_are_not_taken_for_each_other():
    # As they have it that came from two processes: each counts from 1.
    with mock.patch.object(FunctionIdentity, '_unique_ids', itertools.repeat(1)):
        counters = counter(1), counter(2)
    callers = [caller(each) for each in counters]
    # Jacobsthal's numbers, and Fibonacci's before them: J(n) = (2^n - (-1)^n) / 3.
    assert_equal([each(12) for each in callers], [144, (2**12 - 1) // 3])


def test_python_can_call_what_a_kernel_has_called():
    @numba.njit
    def double(n):
        return 2 * n

    assert_equal([caller(double)(4), double(4), caller(double)(5)], [8, 8, 10])


def test_what_numba_compiled_for_a_kernel_serves_others():
    # A type of elements that nothing else here has: the kernel is the first to ask for it.
    assert_equal(whole(lambda n: np.full(n, np.int16(3)).sum())(4), 12)
    assert_equal(numba.njit(lambda n: np.full(n, np.int16(3)).prod())(4), 81)


def test_pieces_are_part_of_each_kernel_that_calls_them():
    @piece
    def third(n):
        return n // 3

    @piece
    def half_or_third(n):
        if n < 0:
            raise ValueError('below zero')
        return n // 2 if n % 2 == 0 else third(n)

    both = whole(lambda n: half_or_third(n) + half_or_third(n + 1))
    assert_equal([both(8), whole(lambda n: third(n))(9)], [4 + 3, 3])
    with assert_raises_regex(ValueError, 'below zero'):
        both(-4)


def test_a_replaced_method_is_the_old_one_in_other_threads():
    class Greeter:
        def greet(self):
            return 'hello'

    with replaced(Greeter, 'greet', lambda before, greeter: before(greeter) + ' here'):
        with ThreadPoolExecutor(1) as pool:
            elsewhere = pool.submit(Greeter().greet).result()
        found = Greeter().greet(), elsewhere
    assert_equal((*found, Greeter().greet()), ('hello here', 'hello', 'hello'))
