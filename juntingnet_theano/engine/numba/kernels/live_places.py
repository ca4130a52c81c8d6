"""Lists of the places of pooled maps that carry a gradient.

From the codes of `conv_pool` and the gradient of the pooled maps, once sorted
by filter and once by place; `gather` runs through them.

Indices are cast to `uintp`: numba counts a negative index from the end, and
the test for it costs as much as the rest.
"""

import numpy as np
from numpy import uintp

from juntingnet_theano.engine.numba.kernels.conv_pool import AT_ZERO
from juntingnet_theano.engine.numba.kernels.lanes import LANES, keep, memory
from juntingnet_theano.engine.numba.kernels.machine import COMPRESSES
from juntingnet_theano.engine.numba.runtime.compilers import piece

FIRST_HIT = np.array([0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0])
"""The first of the four cells whose bit is set."""
HITS = np.array([0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4], np.float64)
"""How many of them are."""


@piece
def first_steps(row, channels):
    """How far a cell's first hit lies from its corner, by its four bits."""
    steps = np.empty(16, np.int64)
    for hits in range(16):
        hit = FIRST_HIT[hits]
        steps[hits] = (hit >> 1) * row + (hit & 1) * channels
    return steps


@piece
def list_by_filter(
    gradient, n, codes, slope, first, last, row, steps, channels, offsets, values, counts, bias_sums
):
    """List the live places of pooled rows `first` to `last` of each filter.

    Offsets are counted from the patch of the first place; `steps` are those
    of a cell's first hit. A place that is not live is written too, and
    overwritten by the next. Filter by filter, so that the list in hand is written
    in order and its length and sum stay in registers.
    """
    count, cells = gradient.shape[1], gradient.shape[3]
    source, flags = memory(gradient), memory(codes)
    where, what = memory(offsets), memory(values)
    size, room = gradient.itemsize, offsets.shape[1]
    step, apart = gradient.strides[1] // size, gradient.strides[3] // size
    for o in range(count):
        counts[o] = 0
    for y in range(first, last):
        at = (n * gradient.strides[0] + y * gradient.strides[2]) // size
        flag_at = (n * codes.shape[1] + y) * cells * codes.strides[2]
        for o in range(count):
            corner = 2 * (y - first) * row
            entry, total = o * room + counts[o], 0.0
            for x in range(cells):
                code = np.int64(flags[uintp(flag_at + x * codes.strides[2] + o)])
                value = source[uintp(at + x * apart + o * step)]
                if code & AT_ZERO:
                    value = value * slope
                hits = code & 15
                where[uintp(entry)] = corner + steps[uintp(hits)]
                what[uintp(entry)] = value
                total += value * HITS[uintp(hits)]
                entry += np.int64(hits != 0)
                hits &= hits - 1
                while hits:  # equal maxima, each with the whole gradient
                    where[uintp(entry)] = corner + steps[uintp(hits)]
                    what[uintp(entry)] = value
                    entry += 1
                    hits &= hits - 1
                corner += 2 * channels
            counts[o] = entry - o * room
            bias_sums[o] += total


@piece
def list_by_place(gradient, n, codes, slope, y, starts, line, offsets, values, counts):
    """List the live filters of each place of pooled row `y`.

    Places are numbered cell by cell, four to a cell. `starts` says where each
    filter begins, `line` has room for a float of each, and each list for LANES
    entries more.
    """
    count, cells = gradient.shape[1], gradient.shape[3]
    source, flags = memory(gradient), memory(codes)
    where, what = memory(offsets), memory(values)
    size, room = gradient.itemsize, offsets.shape[1]
    step = gradient.strides[1] // size
    whole = count // LANES * LANES if COMPRESSES else 0
    for x in range(cells):
        at = (n * gradient.strides[0] + y * gradient.strides[2] + x * gradient.strides[3]) // size
        flag_at = ((n * codes.shape[1] + y) * cells + x) * codes.strides[2]
        for o in range(count):
            value = source[uintp(at + o * step)]
            line[o] = value * slope if flags[uintp(flag_at + o)] & AT_ZERO else value
        for place in range(4):
            number, entry = 0, (4 * x + place) * room
            for o in range(0, whole, LANES):
                keep(where, entry + number, starts, o, flags, flag_at + o, 1 << place)
                number += keep(what, entry + number, line, o, flags, flag_at + o, 1 << place)
            counts[4 * x + place] = number
        for o in range(whole, count):
            hits = np.int64(flags[uintp(flag_at + o)]) & 15
            live = np.int64(hits != 0)
            while True:
                place = uintp(4 * x + FIRST_HIT[uintp(hits)])
                entry = uintp(place * room + counts[place])
                where[entry] = starts[uintp(o)]
                what[entry] = line[uintp(o)]
                counts[place] += live
                hits &= hits - 1
                if hits == 0:
                    break
