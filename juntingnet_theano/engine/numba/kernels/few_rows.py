"""Matrix products of float32 for few rows: a matter of reading the weights.

Up to `FEW` rows of x times w. Eight rows of w at a time are added to a block of
sums, and each block of `BLOCK` rows to the result; both stay in the caches.
One running total over all rows would round as many times as there are rows.
Rows of w that would be multiplied by 0 are not
read. After rectifiers that is a lot: four in five rows of the first dense layer
of the weights that ship, whose map of one image takes half of the time.
(Where the weights hold NaN or Inf, 0 times it is left out: docs/old_code.rst.)

Threads take runs of columns from a common counter; `gemm` has the products of
more rows.
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import numpy as np
from numba import types

from juntingnet_theano.engine.numba.kernels.gemm import MATRIX, TICKETS
from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    add,
    fill,
    load,
    memory,
    multiply_add,
    next_ticket,
    pointer,
    spread,
    store,
)
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, part, with_names
from juntingnet_theano.engine.numba.runtime.parallel import on_threads

FEW = 5
LONGEST = 4096
"""Most columns of a result that are summed at once: 16 KiB."""
BLOCK = 256
"""Rows of w that are summed up before they are added to the result: about the
square root of what the longest dense layer here has, in eights."""
SMALL = 1 << 16
"""Weights whose reading is not worth waking threads for: about 5 us."""
INDICES = types.Array(types.int64, 1, 'C')


@piece
def live_steps(x):
    """Columns of x that are not all 0, and these columns of x."""
    height, steps = x.shape
    live = np.empty(steps, np.int64)
    count = 0
    for k in range(steps):
        some = False
        for i in range(height):
            some |= x[i, k] != 0
        live[count] = k
        count += some
    entries = np.empty((height, count), np.float32)
    for i in range(height):
        for n in range(count):
            entries[i, n] = x[i, live[n]]
    return live[:count], entries


def _few_part(entries, live, w, y, tickets):
    """Compute runs of columns of y = x . w until none is left. `entries` has
    the columns `live` of the few rows of x."""
    columns = w.shape[1]
    height, steps = entries.shape
    whole = columns // LANES * LANES
    workers = threads.current_threads()
    run = min(LONGEST, (columns // workers + LANES) // LANES * LANES)
    block = np.empty((height, run), np.float32)
    rows, weights, out, sums = memory(entries), memory(w), memory(y), memory(block)
    zero = fill(np.float32(0))
    while True:
        left = next_ticket(tickets, 0) * run
        if left >= columns:
            break
        right = min(left + run, whole)
        for i in range(height):
            for j in range(left, right, LANES):
                store(out, i * columns + j, zero)
                store(sums, i * run + j - left, zero)
        for k in range(0, steps, 8):
            for i in range(height):
                if k + 8 <= steps:
                    eight_rows(
                        pointer(rows, i * steps + k),
                        pointer(weights, left),
                        live,
                        k,
                        columns,
                        pointer(sums, i * run),
                        right - left,
                    )
                else:
                    for n in range(k, steps):
                        x_n = spread(rows, i * steps + n)
                        for j in range(left, right, LANES):
                            store(
                                sums,
                                i * run + j - left,
                                multiply_add(
                                    x_n,
                                    load(weights, live[n] * columns + j),
                                    load(sums, i * run + j - left),
                                ),
                            )
            if (k + 8) % BLOCK == 0 or k + 8 >= steps:
                for i in range(height):
                    _empty_into(
                        pointer(out, i * columns + left), pointer(sums, i * run), right - left
                    )
        if left + run > whole:
            _columns_beyond(whole, entries, live, w, y)


@piece
def _empty_into(y, sums, count):
    """Add a block of sums to y, and begin the next."""
    zero = fill(np.float32(0))
    for j in range(0, count, LANES):
        store(y, j, add(load(y, j), load(sums, j)))
        store(sums, j, zero)


@piece
def _columns_beyond(whole, entries, live, w, y):
    """Columns of y = x . w that fill no vector, summed up in float64."""
    for i in range(entries.shape[0]):
        for j in range(whole, w.shape[1]):
            total = 0.0
            for n in range(entries.shape[1]):
                total += np.float64(entries[i, n]) * w[live[n], j]
            y[i, j] = np.float32(total)


def _eight_rows(x, w, live, k, columns, y, count):
    """y += eight entries of x times the rows live[k], ... of w."""
    x0, x1, x2, x3 = spread(x, 0), spread(x, 1), spread(x, 2), spread(x, 3)
    x4, x5, x6, x7 = spread(x, 4), spread(x, 5), spread(x, 6), spread(x, 7)
    w0, w1 = live[k] * columns, live[k + 1] * columns
    w2, w3 = live[k + 2] * columns, live[k + 3] * columns
    w4, w5 = live[k + 4] * columns, live[k + 5] * columns
    w6, w7 = live[k + 6] * columns, live[k + 7] * columns
    zero = fill(np.float32(0))
    for j in range(0, count, LANES):
        a = multiply_add(x0, load(w, w0 + j), zero)
        b = multiply_add(x1, load(w, w1 + j), zero)
        a = multiply_add(x2, load(w, w2 + j), a)
        b = multiply_add(x3, load(w, w3 + j), b)
        a = multiply_add(x4, load(w, w4 + j), a)
        b = multiply_add(x5, load(w, w5 + j), b)
        a = multiply_add(x6, load(w, w6 + j), a)
        b = multiply_add(x7, load(w, w7 + j), b)
        store(y, j, add(load(y, j), add(a, b)))


def _multiply_few(x, w, result):
    """Let each thread take parts of `result` until it is complete."""
    live, entries = live_steps(x)
    read = live.size * w.shape[1]
    workers = threads.current_threads() if read > SMALL else 1
    run_part((workers, entries, live, w, result, np.zeros(1, np.int64)))
    return result


@once
def product():
    """Entry ``(x, w, y)``: y = x . w, for up to FEW rows of x."""
    eight_rows = piece(_eight_rows)
    run_part = on_threads(
        part(with_names(_few_part, eight_rows=eight_rows)), MATRIX, INDICES, MATRIX, MATRIX, TICKETS
    )
    return entry(
        part(with_names(_multiply_few, run_part=run_part)), MATRIX, MATRIX, MATRIX, returns=MATRIX
    )
