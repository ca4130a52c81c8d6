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

Where what comes next lies in memory, a tile can ask for it, a little with each
step: all at once, between two tiles, the requests would hold up the tile's own
loads.

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
    prefetch,
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

PACE = 2
"""Floats that a tile asks for with each step: x86-64 multiplies an index by
eight bytes on the way."""


def _signature(asks):
    return 'rows, row_step, taps, steps, panel, start, start_step, out, out_step' + ', ahead' * asks


def _tile_source(name, rows, asks):
    """Source of a tile; see `block` for the arguments."""
    cells = [(r, v) for r in range(rows) for v in range(VECTORS)]
    lines = [f'def {name}({_signature(asks)}):', '    at = 0']
    lines += [f'    a{r}_{v} = fill(zero)' for r, v in cells]
    lines += ['    for k in range(steps):', '        tap = int64(taps[k])']
    lines += [f'        prefetch(ahead, {PACE} * k)'] * asks
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


def _block_source(name, asks):
    signature = _signature(asks)
    lines = [f'def {name}(count, {signature}):']
    for rows in range(ROWS, 0, -1):
        lines += [
            '    {}if count == {}:'.format('' if rows == ROWS else 'el', rows),
            f'        tile{rows}({signature})',
        ]
    return '\n'.join(lines) + '\n'


def of_rows(rows, asks=False):
    """numba function ``(rows, row_step, ...)``: a `block` of this many rows."""
    name = f'tile{rows}' + '_asks' * asks
    return piece(
        generate(
            _tile_source(name, rows, asks),
            name,
            __name__,
            add=add,
            fill=fill,
            load=load,
            store=store,
            spread=spread,
            multiply_add=multiply_add,
            prefetch=prefetch,
            int64=np.int64,
            zero=np.float32(0),
        )
    )


_SIZE, _FLOATS = types.intp, types.CPointer(types.float32)
_OFFSETS = types.CPointer(types.int32)
ARGUMENTS = _FLOATS, _SIZE, _OFFSETS, _SIZE, _FLOATS, _FLOATS, _SIZE, _FLOATS, _SIZE
"""numba's types of what a tile takes."""


@once
def block(asks=False):
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
    ahead
        Only if it `asks`: pointer to what the second-level cache should have
        next, PACE floats a step.
    """
    name = 'block' + '_asks' * asks
    tiles = {f'tile{rows}': of_rows(rows, asks) for rows in range(1, ROWS + 1)}
    return entry(
        part(generate(_block_source(name, asks), name, __name__, **tiles)),
        types.intp,
        *ARGUMENTS,
        *(_FLOATS,) * asks,
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
