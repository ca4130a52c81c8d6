"""Sums of patches, or of filters, each times one number of a list.

The inner loop of `conv_pool_gradient`: what is summed up stays in registers
while a list is run through.
"""

import numpy as np
from numba import types

from juntingnet_theano.engine.numba.kernels.conv_pool import clear, tap
from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    aligned_floats,
    load,
    memory,
    multiply_add,
    pointer,
    spread,
    store,
)
from juntingnet_theano.engine.numba.kernels.machine import REGISTERS
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import c_address, c_call, c_part, generate


def grouping(rows, length):
    """How a filter of `rows` stretches of `length` floats fills registers.

    Returns
    -------
    (rows a group, groups, vectors a group, groups)
        Accumulators leave four registers free. Groups may reach beyond the
        filter: the surplus meets zeros, or sums that nobody reads. (Zeros
        times NaN or infinity are NaN: of a gradient that has them, so do a
        few places of the image behind those that it belongs to.) Least work
        is chosen, where a group costs as much as two more vectors.

    >>> grouping(1, 2 * LANES)
    (1, 1, 2, 1)
    """
    vectors = -(-length // LANES)
    best = None
    for across in range(1, vectors + 1):
        wide = -(-vectors // across)
        for down in range(1, rows + 1):
            high = -(-rows // down)
            if high * wide > REGISTERS - 4:
                continue
            cost = down * across * (high * wide + 2)
            if best is None or cost < best[0]:
                best = cost, (high, down, wide, across)
    return best[1]


def _gather_source(name, rows, vectors):
    """Source of the loop over a list, for one group."""
    cells = [(i, v) for i in range(rows) for v in range(vectors)]
    lines = [f'def {name}(source, row, offsets, values, count, sums, step):']
    lines += [f'    s{i}_{v} = load(sums, {i} * step + {v * LANES})' for i, v in cells]
    lines += [
        '    for entry in range(count):',
        '        at = numpy.int64(offsets[entry])',
        '        x = spread(values, entry)',
    ]
    lines += [
        f'        s{i}_{v} = multiply_add(x, load(source, at + {i} * row + {v * LANES}), s{i}_{v})'
        for i, v in cells
    ]
    lines += [f'    store(sums, {i} * step + {v * LANES}, s{i}_{v})' for i, v in cells]
    return '\n'.join(lines) + '\n'


@once
def gather(rows, vectors):
    """Address of a loop ``(source, row, offsets, values, count, sums, step)``.

    ::

        sums[i * step + v] += sum over the list of
                              values[e] * source[offsets[e] + i * row + v]

    for `rows` rows i and `vectors` vectors v.
    """
    name = f'gather_{rows}x{vectors}'
    function = generate(
        _gather_source(name, rows, vectors),
        name,
        __name__,
        numpy=np,
        load=load,
        store=store,
        spread=spread,
        multiply_add=multiply_add,
    )
    floats, size = types.CPointer(types.float32), types.intp
    return c_address(
        c_part(function), floats, size, types.CPointer(types.int32), floats, size, floats, size
    )


@piece
def pack(filters, grid, flip):
    """Filters as rows of channels-last stretches, padded with zeros."""
    count, channels, taps_y, taps_x = filters.shape
    rows, down, vectors, across = grid
    step = vectors * across * LANES
    size = rows * down * step
    packed = aligned_floats(count * size)
    clear(packed, packed.size)
    source = memory(filters)
    for o in range(count):
        for i in range(taps_y):
            for j in range(taps_x):
                at = o * channels * taps_y * taps_x + tap(i, j, taps_y, taps_x, flip)
                to = o * size + i * step + j * channels
                for c in range(channels):
                    packed[to + c] = source[at + c * taps_y * taps_x]
    return packed


@piece
def unpack(sums, grid, filters, flip):
    """`pack` reversed, of sums that are added up over the groups."""
    count, channels, taps_y, taps_x = filters.shape
    rows, down, vectors, across = grid
    step = vectors * across * LANES
    size = rows * down * step
    total = sums[0]
    for group in range(1, sums.shape[0]):
        for i in range(total.size):
            total[i] += sums[group, i]
    for o in range(count):
        for i in range(taps_y):
            for j in range(taps_x):
                at = tap(i, j, taps_y, taps_x, flip)
                for c in range(channels):
                    filters[o, c, at // taps_x, at % taps_x] = total[
                        o * size + i * step + j * channels + c
                    ]


@piece
def filter_sums(run_gather, image, row, offsets, values, counts, sums, grid):
    """Run each filter's list through its groups, with the `gather` at an
    address."""
    high, down, wide, across = grid
    step = wide * across * LANES
    for o in range(counts.size):
        for i in range(down):
            for v in range(across):
                c_call(
                    run_gather,
                    (
                        pointer(image, i * high * row + v * wide * LANES),
                        row,
                        pointer(offsets, o * offsets.shape[1]),
                        pointer(values, o * offsets.shape[1]),
                        counts[o],
                        pointer(sums, (o * down + i) * high * step + v * wide * LANES),
                        step,
                    ),
                )


@piece
def patch_sums(run_gather, filters, target, row, channels, offsets, values, counts, grid):
    """Run each place's list through the groups of the filters.

    Groups outermost: one group of all filters fits the first-level cache.
    """
    high, down, wide, across = grid
    step = wide * across * LANES
    for i in range(down):
        for v in range(across):
            for place in range(counts.size):
                at = (place >> 1 & 1) * row + (2 * (place >> 2) + (place & 1)) * channels
                c_call(
                    run_gather,
                    (
                        pointer(filters, i * high * step + v * wide * LANES),
                        step,
                        pointer(offsets, place * offsets.shape[1]),
                        pointer(values, place * offsets.shape[1]),
                        counts[place],
                        pointer(target, at + i * high * row + v * wide * LANES),
                        row,
                    ),
                )
