"""Matrix products of float32: rows times packed panels.

All products of a dense layer are the same loop over the register tile of
`tile`, with rows that are read as they lie and panels, WIDTH columns wide,
that are packed before::

                      rows            panels              result
    x . w   forward   of x            of w, strip by      straight
                                      strip
    g . w'  gradient  of w            of g', packed once  transposed, then
            of inputs                                     turned
    x' . g  gradient  of x', turned   of g, packed once   straight
            of weights

The large matrix, the weights, is read once and in order, and never copied as
a whole. Threads take strips of the result from a common counter; each
element is summed by one thread in one order, in blocks of STEPS terms, so
that the result depends neither on their number nor on the other rows: an
image has the same map in any minibatch. (BLAS, whose forward product is a
tenth faster, sums the last rows of a matrix in another way than the first.)
`few_rows` has the forward product of a handful, in the same order.
"""
import numba
import numpy as np
from numba.core import types

from juntingnet_theano.theano_facade.link.numba import threads
from juntingnet_theano.theano_facade.link.numba.entry import (
    entry, part, tensor_of, with_names)
from juntingnet_theano.theano_facade.link.numba.kernels.lanes import (
    LANES, aligned_floats, load, memory, next_ticket, pointer, store)
from juntingnet_theano.theano_facade.link.numba.kernels.tile import (
    ROWS, WIDTH, block, splits)
from juntingnet_theano.theano_facade.link.numba.parallel import (
    on_threads)
from juntingnet_theano.theano_facade.link.numba.ready import once

STEPS = 256
"""Steps of the sum at once: a panel of 16 KiB fits the first-level cache."""
STRIP = max(1, 128 // WIDTH)
"""Panels that the forward product packs at once: several lines of a row of
the weights are read one after the other."""
HIGH = 96
"""Rows that share a strip of panels: they fit the second-level cache."""
SMALL = 4096
"""Elements of a result that are not worth waking threads for."""
MATRIX = tensor_of('float32', 2)
ZEROS = np.zeros(WIDTH, np.float32)
PANELS = tensor_of('float32', 3)
TICKETS = types.Array(types.int64, 1, 'C')


@numba.njit
def pack_panels(source, first, last, column, panels, packed):
    """Rows first..last of `panels` panels of a matrix from `column` on.

    packed[panel, row, WIDTH]; columns beyond the matrix are zeros.
    """
    columns = source.shape[1]
    flat = memory(source)
    steps = last - first
    for panel in range(panels):
        left = column + panel * WIDTH
        to = panel * steps * WIDTH
        if left + WIDTH <= columns:
            for k in range(first, last):
                for v in range(0, WIDTH, LANES):
                    store(packed, to + v, load(flat, k * columns + left + v))
                to += WIDTH
        else:
            for k in range(first, last):
                for j in range(WIDTH):
                    packed[to + j] = (flat[k * columns + left + j]
                                      if left + j < columns else 0)
                to += WIDTH


@numba.njit
def pack_strip(source, first, last, column, panels, packed):
    """As `pack_panels`, for whole panels, row by row of the matrix."""
    flat = memory(source)
    panel = (last - first) * WIDTH
    for k in range(first, last):
        row = k * source.shape[1] + column
        to = (k - first) * WIDTH
        for v in range(0, panels * WIDTH, LANES):
            store(packed, to + v // WIDTH * panel + v % WIDTH,
                  load(flat, row + v))


@numba.njit
def turned(source):
    """The transpose of a matrix, row by row, in blocks of a cache line."""
    rows, columns = source.shape
    result = np.empty((columns, rows), source.dtype)
    turn(source, result)
    return result


@numba.njit
def turn(source, result):
    """Write the transpose of `source` to `result`."""
    rows, columns = source.shape
    for i0 in range(0, rows, 16):
        for j0 in range(0, columns, 16):
            for i in range(i0, min(i0 + 16, rows)):
                for j in range(j0, min(j0 + 16, columns)):
                    result[j, i] = source[i, j]


@numba.njit
def counting(count):
    """0, 1, 2, ...: the taps of a row of a matrix."""
    return np.arange(count).astype(np.int32)


def _rows_times_panel(rows, row_step, count, taps, steps, panel, out, out_step,
                      width, fresh, scratch):
    """`count` rows times one panel, added to `out` or, if `fresh`, put there.

    The last panel of a matrix may be less than WIDTH wide: it goes through
    `scratch`.
    """
    tiles, height, longer = splits(count, ROWS)
    done = 0
    for tile in range(tiles):
        high = height + (tile < longer)
        source = pointer(rows, done * row_step)
        if width == WIDTH:
            target = pointer(out, done * out_step)
            run_block((high, source, row_step, taps, steps, panel,
                       pointer(ZEROS, 0) if fresh else target,
                       0 if fresh else out_step, target, out_step))
        else:
            run_block((high, source, row_step, taps, steps, panel,
                       pointer(ZEROS, 0), 0, pointer(scratch, 0), WIDTH))
            for r in range(high):
                at = (done + r) * out_step
                for j in range(width):
                    value = scratch[r * WIDTH + j]
                    out[at + j] = value if fresh else out[at + j] + value
        done += high


def _product_part(x, w, y, tickets):
    """Strips of y = x . w until none is left."""
    height, steps = x.shape
    columns = w.shape[1]
    scratch = aligned_floats(ROWS * WIDTH)
    packed = aligned_floats(STEPS * STRIP * WIDTH)
    taps = counting(STEPS)
    rows, out, factors = memory(x), memory(y), memory(packed)
    while True:
        left = next_ticket(tickets, 0) * STRIP * WIDTH
        if left >= columns:
            break
        panels = min(STRIP, (columns - left + WIDTH - 1) // WIDTH)
        for first in range(0, max(steps, 1), STEPS):    # no terms: 0
            last = min(first + STEPS, steps)
            if left + panels * WIDTH <= columns:
                pack_strip(w, first, last, left, panels, factors)
            else:
                pack_panels(w, first, last, left, panels, factors)
            for top in range(0, height, HIGH):
                for panel in range(panels):
                    column = left + panel * WIDTH
                    rows_times_panel(
                        pointer(rows, top * steps + first), steps,
                        min(HIGH, height - top), pointer(taps, 0),
                        last - first,
                        pointer(factors, panel * (last - first) * WIDTH),
                        pointer(out, top * columns + column), columns,
                        min(WIDTH, columns - column), first == 0, scratch)


def _panels_part(rows, panels, out, tickets):
    """Bands of out = rows . panels until none is left.

    panels[panel, step, WIDTH] are packed; rows are read as they lie.
    """
    count, steps = rows.shape
    columns = out.shape[1]
    scratch = aligned_floats(ROWS * WIDTH)
    taps = counting(STEPS)
    source, target, factors = memory(rows), memory(out), memory(panels)
    while True:
        top = next_ticket(tickets, 0) * HIGH
        if top >= count:
            break
        for first in range(0, max(steps, 1), STEPS):    # no terms: 0
            last = min(first + STEPS, steps)
            for panel in range(panels.shape[0]):
                rows_times_panel(
                    pointer(source, top * steps + first), steps,
                    min(HIGH, count - top), pointer(taps, 0), last - first,
                    pointer(factors, (panel * steps + first) * WIDTH),
                    pointer(target, top * columns + panel * WIDTH), columns,
                    min(WIDTH, columns - panel * WIDTH), first == 0, scratch)


def _multiply(first, second, result):
    """Let each thread take parts of `result` until it is complete."""
    workers = threads.current_threads() if result.size > SMALL else 1
    run_part((workers, first, second, result, np.zeros(1, np.int64)))
    return result


def _entry(function, second):
    """Entry ``(first, second, result)`` that runs a part on all threads."""
    rows_times_panel = numba.njit(error_model='numpy')(
        with_names(_rows_times_panel, run_block=block()))
    function = with_names(function, rows_times_panel=rows_times_panel)
    run_part = on_threads(part(function), MATRIX, second, MATRIX, TICKETS)
    return entry(part(with_names(_multiply, function.__name__,
                                 run_part=run_part)),
                 MATRIX, second, MATRIX, returns=MATRIX)


@once
def product():
    """Entry ``(x, w, y)``: y = x . w, all row by row."""
    return _entry(_product_part, MATRIX)


@once
def times_panels():
    """Entry ``(rows, panels, out)``: out = rows . panels."""
    return _entry(_panels_part, PANELS)


@numba.njit
def all_panels(matrix):
    """A whole matrix packed: panels x rows x WIDTH."""
    rows, columns = matrix.shape
    panels = (columns + WIDTH - 1) // WIDTH
    packed = aligned_floats(panels * rows * WIDTH)
    pack_panels(matrix, 0, rows, 0, panels, packed)
    return packed.reshape((panels, rows, WIDTH))
