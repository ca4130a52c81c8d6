"""The register tile: nothing in it waits in memory, whatever LLVM believes.

LLVM writes for processors that this machine is not, and nothing is run.
"""

import platform
import re

from nose import SkipTest
from nose.tools import assert_equal, assert_true

from tests.helpers.facade_helpers import python

CODE = """
import juntingnet_theano, theano
import juntingnet_theano.engine.numba
from numba import njit
from juntingnet_theano.engine.numba.kernels import tile
inner = tile.of_rows(tile.ROWS)
@njit(tile.ARGUMENTS)
def wrapper(rows, row_step, taps, steps, panel, start, start_step, out, out_step):
    inner(rows, row_step, taps, steps, panel, start, start_step, out, out_step)
print(tile.ROWS * tile.VECTORS)
print(next(iter(wrapper.inspect_asm().values())))
"""
AVX2 = '+avx,+avx2,+fma'
AVX512 = AVX2 + ',+avx512f,+avx512bw,+avx512dq,+avx512vl'
PROCESSORS = (
    ('haswell', AVX2),
    ('znver3', AVX2),
    ('skylake-avx512', AVX512),
    ('sapphirerapids', AVX512),
    ('znver4', AVX512),
)


def loop_of(cpu, features):
    """(multiply-adds that a step needs, lines of the loop that has them)."""
    environ = dict(NUMBA_CPU_NAME=cpu, NUMBA_CPU_FEATURES=features, JUNTINGNET_LANES='')
    number, text = python(CODE, **environ)[0].split('\n', 1)
    blocks = re.split(r'^[.\w$]+:', text, flags=re.MULTILINE)
    return int(number), max(blocks, key=lambda each: each.count('vfmadd')).splitlines()


def check(cpu, features):
    number, lines = loop_of(cpu, features)
    found = sum('vfmadd' in line for line in lines)
    # A step, or a few that LLVM wrote out.
    assert_equal((found > 0, found % number), (True, 0), cpu)
    assert_true(any(re.search(r'\tj\w+\t', line) for line in lines), cpu)
    # A vector register and a place on the stack in one line.
    kept = [line for line in lines if re.search(r'mm\d', line) and '(%rsp)' in line]
    assert_equal(kept, [], cpu)


def test_accumulators_stay_in_registers():
    if platform.machine().lower() not in ('x86_64', 'amd64'):
        raise SkipTest('these processors are x86-64 ones')
    for cpu, features in PROCESSORS:
        yield check, cpu, features
