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
plain, asking = tile.of_rows(tile.ROWS), tile.of_rows(tile.ROWS, asks=True)
kinds = tile.ARGUMENTS + (tile.ARGUMENTS[0],)
@njit(kinds)
def first(rows, row_step, taps, steps, panel, start, start_step, out, out_step, ahead):
    plain(rows, row_step, taps, steps, panel, start, start_step, out, out_step)
@njit(kinds)
def second(rows, row_step, taps, steps, panel, start, start_step, out, out_step, ahead):
    asking(rows, row_step, taps, steps, panel, start, start_step, out, out_step, ahead)
print(tile.ROWS * tile.VECTORS)
for each in first, second:
    print('wrapper', next(iter(each.inspect_asm().values())))
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


def loops_of(cpu, features):
    """Multiply-adds that a step needs; the lines of the loops that have them, of a
    tile that does not ask for what comes next, and of one that does."""
    environ = dict(NUMBA_CPU_NAME=cpu, NUMBA_CPU_FEATURES=features, JUNTINGNET_LANES='')
    number, *texts = re.split('^wrapper', python(CODE, **environ)[0], flags=re.MULTILINE)
    blocks = [re.split(r'^[.\w$]+:', text, flags=re.MULTILINE) for text in texts]
    return int(number), [
        max(some, key=lambda each: each.count('vfmadd')).splitlines() for some in blocks
    ]


def check(cpu, features):
    number, loops = loops_of(cpu, features)
    assert_equal([any('prefetch' in line for line in lines) for lines in loops], [False, True], cpu)
    for lines in loops:
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
