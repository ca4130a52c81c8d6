"""Kernels for vectors that this processor does not have.

`make test-processors` runs all tests of kernels so; here are a few.
"""

import os
import subprocess
import sys

from nose.tools import assert_equal, assert_in, assert_raises

from juntingnet_theano.engine.errors import BadSetting
from juntingnet_theano.engine.numba.kernels import machine
from tests.helpers import (
    ROOT,
    engines,  # noqa: F401  (skips where the original Theano serves)
)

TESTS = (
    'tests/engine/test_dense.py:test_products_of_any_sizes_are_exact',
    'tests/engine/test_conv_pool.py:test_filters_and_biases_may_be_slices_too',
    'tests/engine/test_reductions.py',
)


def check(lanes):
    environ = dict(os.environ, JUNTINGNET_LANES=str(lanes))
    result = subprocess.run(
        [sys.executable, '-c', 'import sys, nose; sys.exit(not nose.run())'] + list(TESTS),
        cwd=ROOT,
        env=environ,
        timeout=600,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert_equal(result.returncode, 0, result.stdout)


def test_vectors_of_other_widths_compute_the_same():
    for lanes in (4, 16):
        if lanes != machine.LANES:
            check(lanes)


def test_widths_follow_the_features_or_the_wish():
    intel = 'x86_64-unknown-linux-gnu'
    for features, lanes, expected in (
        ('', None, (4, 16)),
        ('+sse2', '', (4, 16)),
        ('+avx,+avx2', None, (8, 16)),
        ('+avx,+avx2,+avx512f', None, (16, 32)),
        ('+avx,+avx2', '16', (16, 32)),
        ('+avx,+avx512f', '4', (4, 16)),
        ('+avx512f', '8', (8, 16)),
    ):
        assert_equal(machine.vector_shape(intel, features, lanes), expected)
    assert_equal(machine.vector_shape('aarch64-linux', '+neon'), (4, 32))
    for wish in ('2', '32', 'wide', '8.0'):
        with assert_raises(BadSetting) as caught:
            machine.vector_shape(intel, '', wish)
        assert_in(wish, str(caught.exception))
