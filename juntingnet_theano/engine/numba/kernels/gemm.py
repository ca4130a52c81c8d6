"""Matrix products of float32: rows times packed panels.

The two products of a dense layer's gradient are the same loop over the
register tile of `tile`, with rows that are read as they lie and panels, WIDTH
columns wide, that are packed before. The forward product, whose second matrix
is used only once, packs a block of it at a time; its rows are sorted by tiles
before, once for all blocks. With narrower vectors it is BLAS's, in strips: for
128 rows and 8 lanes both take the same time, and with 16 BLAS takes 1.37 times as long
(SciPy's OpenBLAS, two cores)::

                      rows            panels              result
    x . w   forward   of x, sorted    of w, by the block  straight
                      or by BLAS
    g . w'  gradient  of w            of g', packed once  transposed, then
            of inputs                                     turned
    x' . g  gradient  of x', turned   of g, packed once   straight
            of weights

The large matrix, the weights, is read once and in order, and never copied as
a whole. Threads take strips of the result from a common counter; each
element is summed by one thread in one order, so that the result does not
depend on their number. `few_rows` has the forward product of a handful.
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import numpy as np
from numba import types
from numpy import uintp

from juntingnet_theano.engine.numba.dispatch.blas import multiply
from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    aligned_floats,
    counting,
    load,
    memory,
    next_ticket,
    pointer,
    store,
)
from juntingnet_theano.engine.numba.kernels.tile import PACE, ROWS, WIDTH, block, splits
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, part, tensor_of, with_names
from juntingnet_theano.engine.numba.runtime.parallel import on_threads

STEPS = 192
"""Steps of the sum at once: a panel of 12 KiB, or of 24 with 16 lanes, fits the
first-level cache."""
NARROW, WIDE = 64, 6
"""Columns of the narrowest strip for BLAS, and how many times wider the widest
may be: BLAS packs x again for each strip."""
STRIPS = 6
"""Strips at least, where they need not be narrower for it. Not so many a
thread: BLAS rounds strips of other widths in another way."""
HIGH = 96
"""Rows that share a strip of panels: they fit the second-level cache."""
NEAR = 192 // ROWS
"""Tiles of x that take all panels of a block of w in turn: they fit it as well."""
TALL = 1024
"""Most rows of x that are sorted and summed at once, which bounds the memory."""
SPAN = PACE * STEPS
"""Most columns of a block of w, of 288 KiB: a tile asks for a row of the next."""
SMALL = 1 << 20
"""Multiply-adds that are not worth waking threads for: about 10 us."""
MATRIX = tensor_of('float32', 2)
ZEROS = np.zeros(WIDTH, np.float32)
PANELS, FLOATS = tensor_of('float32', 3), tensor_of('float32', 1)
TICKETS = types.Array(types.int64, 1, 'C')


@piece
def pack_panels(source, first, last, column, panels, packed):
    """Rows first..last of `panels` panels of a matrix from `column` on.

    packed[panel, row, WIDTH]; columns beyond the matrix are zeros. Eight rows side
    by side: memory comes twice as fast as panel by panel.
    """
    columns = source.shape[1]
    flat = memory(source)
    whole = min(panels, (columns - column) // WIDTH)
    for top in range(first, last, 8):
        for panel in range(panels):
            for k in range(top, min(top + 8, last)):
                at = k * columns + column + panel * WIDTH
                to = (panel * (last - first) + k - first) * WIDTH
                if panel < whole:
                    for v in range(0, WIDTH, LANES):
                        store(packed, to + v, load(flat, at + v))
                else:
                    for j in range(WIDTH):
                        packed[to + j] = flat[at + j] if at + j < (k + 1) * columns else 0


@piece
def turned(source):
    """The transpose of a matrix, row by row, in blocks of a cache line."""
    rows, columns = source.shape
    result = np.empty((columns, rows), source.dtype)
    turn(source, result)
    return result


@piece
def turn(source, result):
    """Write the transpose of `source` to `result`."""
    rows, columns = source.shape
    for i0 in range(0, rows, 16):
        for j0 in range(0, columns, 16):
            for i in range(i0, min(i0 + 16, rows)):
                for j in range(j0, min(j0 + 16, columns)):
                    result[j, i] = source[i, j]


def _tiles_part(x, tiled, tickets, top, height):
    """Blocks of steps of `height` rows of x for `_blocks_part`, until none is
    left."""
    steps = x.shape[1]
    source = memory(x)
    tiles, low, longer = splits(height, ROWS)
    while True:
        first = next_ticket(tickets, 0) * STEPS
        if first >= steps:
            break
        to, row = height * first, top
        for tile in range(tiles):
            high = low + (tile < longer)
            for k in range(first, min(first + STEPS, steps)):
                for r in range(row, row + high):
                    tiled[to] = source[uintp(r * steps + k)]
                    to += 1
            row += high


def _blocks_part(tiled, w, y, tickets, top, height):
    """Strips of `height` rows of y = x . w until none is left; w is packed, a
    block at a time.

    `tiled` has rows of x by blocks of steps, tiles and steps. The sums of a strip lie
    together, each tile's in order, until they are complete: what a tile reads and
    writes comes in order, as a processor fetches ahead. Each tile asks for a row of
    the next block of w.
    """
    steps, columns = w.shape
    tiles, low, longer = splits(height, ROWS)
    taps = counting(STEPS) * np.int32(low), counting(STEPS) * np.int32(low + 1)
    rows, weights, out = memory(tiled), memory(w), memory(y)
    # Several strips for each thread.
    span = min(SPAN, max(1, columns // (4 * threads.current_threads()) // WIDTH) * WIDTH)
    packed, sums = aligned_floats(min(STEPS, steps) * span), aligned_floats(height * span)
    while True:
        left = next_ticket(tickets, 0) * span
        if left >= columns:
            break
        panels = (min(span, columns - left) + WIDTH - 1) // WIDTH
        for first in range(0, max(steps, 1), STEPS):  # no terms: 0
            count = min(STEPS, steps - first)
            done, behind = 0, first + count
            pack_panels(w, first, first + count, left, panels, packed)
            for some in range(0, tiles, NEAR):
                for panel in range(panels):
                    for tile in range(some, min(some + NEAR, tiles)):
                        longest = int(tile < longer)
                        row = tile * low + min(tile, longer)
                        target = pointer(sums, (panel * height + row) * WIDTH)
                        ahead = behind + min(STEPS, steps - behind) * done // (panels * tiles)
                        done += 1
                        run_block(
                            (
                                low + longest,
                                pointer(rows, height * first + row * count),
                                1,
                                pointer(taps[longest], 0),
                                count,
                                pointer(packed, panel * count * WIDTH),
                                target if first else pointer(ZEROS, 0),
                                WIDTH if first else 0,
                                target,
                                WIDTH,
                                pointer(weights, min(ahead, steps - 1) * columns + left),
                            )
                        )
        for r in range(height):
            for panel in range(panels):
                at = (panel * height + r) * WIDTH
                to = (top + r) * columns + left + panel * WIDTH
                if left + (panel + 1) * WIDTH <= columns:
                    for v in range(0, WIDTH, LANES):
                        store(out, to + v, load(sums, at + v))
                else:
                    for j in range(columns - left - panel * WIDTH):
                        out[uintp(to + j)] = sums[uintp(at + j)]


def _strips_part(x, w, y, tickets):
    """Strips of y = x . w until none is left, by BLAS."""
    height, steps = x.shape
    columns = w.shape[1]
    strip = max(1, min(WIDE, columns // STRIPS // NARROW)) * NARROW
    rows, weights, out = memory(x), memory(w), memory(y)
    while True:
        left = next_ticket(tickets, 0) * strip
        if left >= columns:
            break
        multiply(
            height,
            min(strip, columns - left),
            steps,
            pointer(rows, 0),
            steps,
            pointer(weights, left),
            columns,
            pointer(out, left),
            columns,
        )


def _panels_part(rows, panels, out, tickets):
    """Bands of out = rows . panels until none is left.

    panels[panel, step, WIDTH] are packed; rows are read as they lie. While a block
    of them is multiplied, each tile asks for one row of the next two. The
    last panel may be less than WIDTH wide: its tiles go through `scratch`.
    """
    count, steps = rows.shape
    columns, number = out.shape[1], panels.shape[0]
    scratch = aligned_floats(ROWS * WIDTH)
    taps = counting(STEPS)
    source, target, factors = memory(rows), memory(out), memory(panels)
    while True:
        band = next_ticket(tickets, 0) * HIGH
        if band >= count:
            break
        height = min(HIGH, count - band)
        tiles, low, longer = splits(height, ROWS)
        for first in range(0, max(steps, 1), STEPS):  # no terms: 0
            last = min(first + STEPS, steps)
            for panel in range(number):
                width = min(WIDTH, columns - panel * WIDTH)
                for tile in range(tiles):
                    top = band + tile * low + min(tile, longer)
                    high = low + int(tile < longer)
                    done = panel * tiles + tile + (first // STEPS % 2) * number * tiles
                    ahead = band + height * done // (2 * number * tiles)
                    narrow = width < WIDTH
                    fresh = narrow or first == 0
                    result = (
                        pointer(scratch, 0)
                        if narrow
                        else pointer(target, top * columns + panel * WIDTH)
                    )
                    result_step = WIDTH if narrow else columns
                    run_block(
                        (
                            high,
                            pointer(source, top * steps + first),
                            steps,
                            pointer(taps, 0),
                            last - first,
                            pointer(factors, (panel * steps + first) * WIDTH),
                            pointer(ZEROS, 0) if fresh else result,
                            0 if fresh else result_step,
                            result,
                            result_step,
                            pointer(source, ahead * steps + min(last, steps - 1)),
                        )
                    )
                    for r in range(high if narrow else 0):
                        at = (top + r) * columns + panel * WIDTH
                        for j in range(width):
                            value = scratch[r * WIDTH + j]
                            target[at + j] = target[at + j] + value if first else value


@piece
def workers_for(products):
    """How many threads are worth their waking."""
    return threads.current_threads() if products > SMALL else 1


def _multiply(first, second, result):
    """Let each thread take parts of `result` until it is complete."""
    workers = workers_for(result.size * first.shape[1])
    run_part((workers, first, second, result, np.zeros(1, np.int64)))
    return result


def _multiply_tiles(x, w, result):
    """The same, for parts that take tiles of x, some rows of it at a time."""
    workers = workers_for(result.size * x.shape[1])
    tiled = aligned_floats(min(TALL, x.shape[0]) * x.shape[1])
    for top in range(0, x.shape[0], TALL):
        height = min(TALL, x.shape[0] - top)
        run_tiles((workers, x, tiled, np.zeros(1, np.int64), top, height))
        run_part((workers, tiled, w, result, np.zeros(1, np.int64), top, height))
    return result


def _entry(function, second):
    """Entry ``(first, second, result)`` that runs a part on all threads."""
    run_part = on_threads(part(function), MATRIX, second, MATRIX, TICKETS)
    return entry(
        part(with_names(_multiply, function.__name__, run_part=run_part)),
        MATRIX,
        second,
        MATRIX,
        returns=MATRIX,
    )


@once
def product():
    """Entry ``(x, w, y)``: y = x . w, all row by row."""
    if LANES < 16:
        return _entry(_strips_part, MATRIX)
    integer = types.int64
    run_tiles = on_threads(part(_tiles_part), MATRIX, FLOATS, TICKETS, integer, integer)
    run_part = on_threads(
        part(with_names(_blocks_part, run_block=block(asks=True))),
        FLOATS,
        MATRIX,
        MATRIX,
        TICKETS,
        integer,
        integer,
    )
    return entry(
        part(with_names(_multiply_tiles, run_tiles=run_tiles, run_part=run_part)),
        MATRIX,
        MATRIX,
        MATRIX,
        returns=MATRIX,
    )


@once
def times_panels():
    """Entry ``(rows, panels, out)``: out = rows . panels."""
    return _entry(with_names(_panels_part, run_block=block(asks=True)), PANELS)


@piece
def all_panels(matrix):
    """A whole matrix packed: panels x rows x WIDTH."""
    rows, columns = matrix.shape
    panels = (columns + WIDTH - 1) // WIDTH
    packed = aligned_floats(panels * rows * WIDTH)
    pack_panels(matrix, 0, rows, 0, panels, packed)
    return packed.reshape((panels, rows, WIDTH))
