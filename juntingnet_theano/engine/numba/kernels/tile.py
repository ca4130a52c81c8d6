"""The register tile: the innermost loops of convolution and of GEMM.

A tile is a block of R rows x V vectors of results that stays in registers
while a long sum runs over it::

                          panel (steps x V vectors, packed, read in order)
                          [ q0   | q1   ]
    rows   [ x ]          [ a0_0 | a0_1 ]
    (one   [ x ]   each   [ a1_0 | a1_1 ]
    float  [ x ]   a += x . q
    each)  [ x ]          [ aR_0 | aR_1 ]

Per step V loads and R broadcast loads feed R * V multiply-adds. With two
multiply-adds and two loads a cycle, loads must not be more than multiply-adds,
and R * V must be at least 8 to hide the four cycles that each takes. R x V
accumulators, V panel vectors and one broadcast have to fit the registers:
6 x 2 with 16 registers. With 32, LLVM loads all R broadcasts of a step before it
multiplies, and keeps accumulators in memory meanwhile if there is no room: one
core of an Intel processor with AVX-512 did 61 of its 222 GFLOP/s with 14 x 2, and
199 with 9 x 2, which leaves room for them. Two vectors wide rather than three or
four, since then R divides the network's rows of 92, 44 and 20 places best.

To change the tile, change `VECTORS`; `ROWS` follows.

>>> splits.py_func(20, 6)       # four tiles of five, not 6 + 6 + 6 + 2
(4, 5, 0)
"""

import numpy as np
from numba import types

from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    add,
    fill,
    load,
    multiply_add,
    spread,
    store,
)
from juntingnet_theano.engine.numba.kernels.machine import REGISTERS
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, generate, part

VECTORS = 2
ROWS = (REGISTERS - VECTORS - 1) // (VECTORS + (REGISTERS > 16))
WIDTH = VECTORS * LANES
"""Columns of a tile; panels are packed that wide."""

_SIGNATURE = 'rows, row_step, taps, steps, panel, start, start_step, out, out_step'


def _tile_source(rows):
    """Source of ``tile{rows}``; see `block` for the arguments."""
    cells = [(r, v) for r in range(rows) for v in range(VECTORS)]
    lines = [f'def tile{rows}({_SIGNATURE}):', '    at = 0']
    lines += [f'    a{r}_{v} = fill(zero)' for r, v in cells]
    lines += ['    for k in range(steps):', '        tap = int64(taps[k])']
    lines += [f'        q{v} = load(panel, at + {v * LANES})' for v in range(VECTORS)]
    for r in range(rows):
        lines += [f'        x = spread(rows, tap + {r} * row_step)']
        lines += [f'        a{r}_{v} = multiply_add(x, q{v}, a{r}_{v})' for v in range(VECTORS)]
    lines += [f'        at += {WIDTH}']
    lines += [
        f'    store(out, {r} * out_step + {v * LANES}, add(a{r}_{v}, '
        f'load(start, {r} * start_step + {v * LANES})))'
        for r, v in cells
    ]
    return '\n'.join(lines) + '\n'


def _block_source():
    lines = [f'def block(count, {_SIGNATURE}):']
    for rows in range(ROWS, 0, -1):
        lines += [
            '    {}if count == {}:'.format('' if rows == ROWS else 'el', rows),
            f'        tile{rows}({_SIGNATURE})',
        ]
    return '\n'.join(lines) + '\n'


def of_rows(rows):
    """numba function ``(rows, row_step, ...)``: a `block` of this many rows."""
    name = f'tile{rows}'
    return piece(
        generate(
            _tile_source(rows),
            name,
            __name__,
            add=add,
            fill=fill,
            load=load,
            store=store,
            spread=spread,
            multiply_add=multiply_add,
            int64=np.int64,
            zero=np.float32(0),
        )
    )


_SIZE, _FLOATS = types.intp, types.CPointer(types.float32)
_OFFSETS = types.CPointer(types.int32)
ARGUMENTS = _FLOATS, _SIZE, _OFFSETS, _SIZE, _FLOATS, _FLOATS, _SIZE, _FLOATS, _SIZE
"""numba's types of what a tile takes."""


@once
def block():
    """Entry ``(count, ...)``: one tile of `count` rows, 1 to ROWS.

    ::

        out[r, :] = start[r, :] + sum over steps k of
                    rows[r * row_step + taps[k]] * panel[k, :]

    rows, row_step
        Pointer to row 0; distance of rows.
    taps, steps
        Pointer to int32 offsets, where in its row each step finds its
        factor: 0, 1, 2, ... in a matrix product, the places under the filter
        in a convolution.
    panel
        Pointer to the packed factors, WIDTH to a step.
    start, start_step; out, out_step
        Pointers to what to add to and to the results; distances of rows
        (0: the same start for all).
    """
    tiles = {f'tile{rows}': of_rows(rows) for rows in range(1, ROWS + 1)}
    return entry(
        part(generate(_block_source(), 'block', __name__, **tiles)), types.intp, *ARGUMENTS
    )


STEPS = 384
"""Most steps of a sum at once: a panel then stays in the first-level cache.
Longer sums go in even parts, as in OpenBLAS; see `conv_pool` on why that
matters."""


@piece
def splits(count, most):
    """Share `count` rows out to tiles of at most `most`, evenly.

    Returns
    -------
    (tiles, rows, longer)
        The first `longer` of the `tiles` have one row more than `rows`.
    """
    tiles = (count + most - 1) // most
    return tiles, count // tiles, count % tiles
