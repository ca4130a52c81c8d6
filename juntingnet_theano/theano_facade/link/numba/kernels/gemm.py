"""Matrix products of float32: rows times packed panels.

The two products of a dense layer's gradient are the same loop over the
register tile of `tile`, with rows that are read as they lie and panels, WIDTH
columns wide, that are packed before. The forward product, whose second matrix
is used only once, is BLAS's, in strips: it packs faster, by a tenth for 128
rows and a fifth for 8::

                      rows            panels              result
    x . w   forward   by BLAS
    g . w'  gradient  of w            of g', packed once  transposed, then
            of inputs                                     turned
    x' . g  gradient  of x', turned   of g, packed once   straight
            of weights

The large matrix, the weights, is read once and in order, and never copied as
a whole. Threads take strips of the result from a common counter; each
element is summed by one thread in one order, so that the result does not
depend on their number.

With up to `FEW` rows the product is a matter of reading w once: `_few_part`
adds eight rows of w at a time to a result that stays in the first-level
cache.
"""
import numba
import numpy as np
from numba.core import types

from juntingnet_theano.theano_facade.link.numba import threads
from juntingnet_theano.theano_facade.link.numba.blas import multiply
from juntingnet_theano.theano_facade.link.numba.entry import (
    entry, part, tensor_of, with_names)
from juntingnet_theano.theano_facade.link.numba.kernels.lanes import (
    LANES, add, aligned_floats, fill, load, memory, multiply_add,
    next_ticket, pointer, spread, store)
from juntingnet_theano.theano_facade.link.numba.kernels.tile import (
    ROWS, WIDTH, block, splits)
from juntingnet_theano.theano_facade.link.numba.parallel import (
    on_threads)
from juntingnet_theano.theano_facade.link.numba.ready import once

FEW = 5
STEPS = 256
"""Steps of the sum at once: a panel of 16 KiB fits the first-level cache."""
NARROW, WIDE = 64, 6
"""Columns of the narrowest strip that BLAS is given, and how many times as
many the widest has: BLAS packs x anew for each."""
HIGH = 96
"""Rows that share a strip of panels: they fit the second-level cache."""
LONGEST = 4096
"""Most columns of a result that are summed at once for few rows: 16 KiB."""
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
    # Two strips a thread at least.
    share = columns // (2 * threads.current_threads())
    strip = max(1, min(WIDE, share // NARROW)) * NARROW
    rows, weights, out = memory(x), memory(w), memory(y)
    while True:
        left = next_ticket(tickets, 0) * strip
        if left >= columns:
            break
        multiply(height, min(strip, columns - left), steps,
                 pointer(rows, 0), steps,
                 pointer(weights, left), columns, pointer(out, left), columns)


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


def _few_part(x, w, y, tickets):
    """Runs of columns of y = x . w for few rows of x."""
    height, steps = x.shape
    columns = w.shape[1]
    whole = columns // LANES * LANES
    workers = threads.current_threads()
    run = min(LONGEST, (columns // workers + LANES) // LANES * LANES)
    rows, weights, out = memory(x), memory(w), memory(y)
    zero = fill(np.float32(0))
    while True:
        left = next_ticket(tickets, 0) * run
        if left >= columns:
            break
        right = min(left + run, whole)
        for i in range(height):
            for j in range(left, right, LANES):
                store(out, i * columns + j, zero)
            for j in range(right, min(left + run, columns)):
                out[i * columns + j] = 0
        for k in range(0, steps, 8):
            for i in range(height):
                if k + 8 <= steps:
                    eight_rows(pointer(rows, i * steps + k),
                               pointer(weights, k * columns), columns,
                               pointer(out, i * columns), left, right)
                else:
                    for n in range(k, steps):
                        x_n = spread(rows, i * steps + n)
                        for j in range(left, right, LANES):
                            store(out, i * columns + j, multiply_add(
                                x_n, load(weights, n * columns + j),
                                load(out, i * columns + j)))
                for n in range(k, min(k + 8, steps)):
                    for j in range(right, min(left + run, columns)):
                        out[i * columns + j] += (
                            rows[i * steps + n] * weights[n * columns + j])


def _eight_rows(x, w, columns, y, left, right):
    """y += eight entries of x times eight rows of w."""
    x0, x1, x2, x3 = spread(x, 0), spread(x, 1), spread(x, 2), spread(x, 3)
    x4, x5, x6, x7 = spread(x, 4), spread(x, 5), spread(x, 6), spread(x, 7)
    zero = fill(np.float32(0))
    for j in range(left, right, LANES):
        a = multiply_add(x0, load(w, j), load(y, j))
        b = multiply_add(x1, load(w, columns + j), zero)
        a = multiply_add(x2, load(w, 2 * columns + j), a)
        b = multiply_add(x3, load(w, 3 * columns + j), b)
        a = multiply_add(x4, load(w, 4 * columns + j), a)
        b = multiply_add(x5, load(w, 5 * columns + j), b)
        a = multiply_add(x6, load(w, 6 * columns + j), a)
        b = multiply_add(x7, load(w, 7 * columns + j), b)
        store(y, j, add(a, b))


def _multiply(first, second, result):
    """Let each thread take parts of `result` until it is complete."""
    workers = threads.current_threads() if result.size > SMALL else 1
    run_part((workers, first, second, result, np.zeros(1, np.int64)))
    return result


def _entry(function, second, **names):
    """Entry ``(first, second, result)`` that runs a part on all threads."""
    run_part = on_threads(part(with_names(function, **names)), MATRIX, second,
                          MATRIX, TICKETS)
    return entry(part(with_names(_multiply, function.__name__,
                                 run_part=run_part)),
                 MATRIX, second, MATRIX, returns=MATRIX)


@once
def product():
    """Entry ``(x, w, y)``: y = x . w, all row by row."""
    return _entry(_product_part, MATRIX)


@once
def few_rows():
    """Entry ``(x, w, y)``: y = x . w, for up to FEW rows of x."""
    return _entry(_few_part, MATRIX, eight_rows=numba.njit(
        error_model='numpy')(_eight_rows))


@once
def times_panels():
    """Entry ``(rows, panels, out)``: out = rows . panels."""
    return _entry(_panels_part, PANELS, rows_times_panel=numba.njit(
        error_model='numpy')(with_names(_rows_times_panel,
                                        run_block=block())))


@numba.njit
def all_panels(matrix):
    """A whole matrix packed: panels x rows x WIDTH."""
    rows, columns = matrix.shape
    panels = (columns + WIDTH - 1) // WIDTH
    packed = aligned_floats(panels * rows * WIDTH)
    pack_panels(matrix, 0, rows, 0, panels, packed)
    return packed.reshape((panels, rows, WIDTH))
