"""Convolution, bias, rectifier and 2 x 2 max-pooling in one pass.

The full-size maps are never written. Layout: channels last (N x rows x
columns x channels), so that a vector holds neighbouring channels::

    for each image (or some of its rows), one thread:
        images that are not channels-last are re-laid into a buffer
        for each panel of WIDTH filters:            panel stays in L1/L2
            for each pooled row:
                two rows of maps -> scratch          register tiles, in L1
                maximum of 2 x 2 -> pooled row, and where it was -> codes

A code, one byte a pooled cell, says all that the gradient needs:

- bits 0 to 3: which of the four cells (0 1 / 2 3) equal the maximum. Several
  may: on a black border they all do, and each gets the whole gradient, as in
  the original Theano;
- bit 4 (`AT_ZERO`): the maximum is exactly 0, where the rectifier's slope is
  neither 0 nor 1; the cells are those that are exactly 0 before it;
- no bit: all four cells are below 0 and nothing flows back.

NaN passes through the maximum and the rectifier and is flagged as a hit.

The taps of a filter are summed up in the order channel, row, column, in parts
of at most `STEPS`, and the bias is added last. That is how the original
Theano's matrix product came to round, and which of two nearly equal cells is
the maximum hangs on the last bit: of 270,000 windows of four images, one or
two turn out otherwise when the order is another, each of which moves an entry
of the filters' gradient by a thousandth of the largest.
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import numpy as np
from numba import types
from numpy import uintp

from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    add,
    aligned_floats,
    fill,
    flag_equal,
    join,
    larger,
    load,
    memory,
    next_ticket,
    pointer,
    store,
    store_flags,
)
from juntingnet_theano.engine.numba.kernels.tile import ROWS, STEPS, VECTORS, WIDTH, block, splits
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, part, tensor_of, with_names
from juntingnet_theano.engine.numba.runtime.parallel import on_threads

AT_ZERO = 16
ZEROS = np.zeros(WIDTH, np.float32)
FLAT = types.Array(types.float32, 1, 'C')
BYTES = types.Array(types.uint8, 1, 'C')
TICKETS = types.Array(types.int64, 1, 'C')
STRIDED = types.Array(types.float32, 4, 'A')
BYTES_4D = types.Array(types.uint8, 4, 'A')


@piece
def padded_channels(count):
    """`count` rounded up to whole vectors."""
    return (count + LANES - 1) // LANES * LANES


@piece
def is_channels_last(images):
    """Whether the memory of N x C x H x W is N x H x W x C without gaps."""
    batch, channels, height, width = images.shape
    size = images.itemsize
    return (
        images.strides[1] == size
        and images.strides[3] == size * channels
        and images.strides[2] == size * channels * width
        and (batch == 1 or images.strides[0] == size * channels * width * height)
    )


@piece
def relay(images, n, first, last, buffer):
    """Rows `first` to `last` of image `n` into `buffer`, channels last.

    With negative strides places are counted back from the first element:
    `uintp` keeps numba from counting them from an end that is not there.
    """
    channels, width = images.shape[1], images.shape[3]
    source = memory(images)
    size = images.itemsize
    step = images.strides[3] // size
    for y in range(first, last):
        for c in range(channels):
            at = (n * images.strides[0] + c * images.strides[1] + y * images.strides[2]) // size
            to = (y - first) * width * channels + c
            for x in range(width):
                buffer[to + x * channels] = source[uintp(at + x * step)]


@piece
def check(images, filters, bias):
    """Raise where filters do not fit."""
    if images.shape[1] != filters.shape[1]:
        raise ValueError('convolution: images and filters differ in channels')
    if bias.size != filters.shape[0]:
        raise ValueError('convolution: not as many biases as filters')
    if images.shape[2] < filters.shape[2] or (images.shape[3] < filters.shape[3]):
        raise ValueError('convolution: filters are larger than images')


@piece
def tap(i, j, taps_y, taps_x, flip):
    """Where in a filter, row-major, the tap at image offset (i, j) lies."""
    if flip:
        return (taps_y - 1 - i) * taps_x + taps_x - 1 - j
    return i * taps_x + j


@piece
def clear(array, count):
    """Zeros; a loop, since numba makes a slice's assignment a slow one."""
    for i in range(count):
        array[i] = 0


@piece
def pack_filters(filters, flip):
    """Panels of WIDTH filters: panel, channel, row, column, filter."""
    count, channels, taps_y, taps_x = filters.shape
    taps = taps_y * taps_x
    panels = (count + WIDTH - 1) // WIDTH
    packed = aligned_floats(panels * taps * channels * WIDTH)
    source = memory(filters)
    for o in range(panels * WIDTH):
        to = o // WIDTH * channels * taps * WIDTH + o % WIDTH
        for c in range(channels):
            for i in range(taps_y):
                for j in range(taps_x):
                    packed[to] = (
                        source[(o * channels + c) * taps + tap(i, j, taps_y, taps_x, flip)]
                        if o < count
                        else 0
                    )
                    to += WIDTH
    return packed


@piece
def _tap_offsets(channels, taps_y, taps_x, width):
    """Where each tap lies in a channels-last image, in the order of packed
    filters."""
    offsets = np.empty(channels * taps_y * taps_x, np.int32)
    k = 0
    for c in range(channels):
        for i in range(taps_y):
            for j in range(taps_x):
                offsets[k] = (i * width + j) * channels + c
                k += 1
    return offsets


@piece
def pad_bias(bias):
    """The bias, float32, with zeros up to a whole number of vectors."""
    padded = aligned_floats((bias.size + WIDTH - 1) // WIDTH * WIDTH)
    for o in range(padded.size):
        padded[o] = bias[o] if o < bias.size else 0
    return padded


def _convolve_row(source, at, channels, taps, panel, scratch, to, places):
    """One row of maps without bias, WIDTH channels wide, into `scratch`."""
    tiles, rows, longer = splits(places, ROWS)
    parts = (taps.size + STEPS - 1) // STEPS
    for n in range(parts):
        first = taps.size * n // parts
        steps = taps.size * (n + 1) // parts - first
        x = 0
        for tile in range(tiles):
            count = rows + (tile < longer)
            out = pointer(scratch, to + x * WIDTH)
            run_block(
                (
                    count,
                    pointer(source, at + x * channels),
                    channels,
                    pointer(taps, first),
                    steps,
                    pointer(panel, first * WIDTH),
                    out if n else pointer(ZEROS, 0),
                    WIDTH if n else 0,
                    out,
                    WIDTH,
                )
            )
            x += count


@piece
def _pool_row(scratch, row, cells, bias, pooled, codes, to, step, vectors, keep):
    """Two rows of maps in `scratch`, `row` floats each -> a pooled row."""
    zero = fill(np.float32(0))
    for v in range(vectors):
        plus = load(bias, v * LANES)
        for x in range(cells):
            at = 2 * x * WIDTH + v * LANES
            a = add(load(scratch, at), plus)
            b = add(load(scratch, at + WIDTH), plus)
            c = add(load(scratch, row + at), plus)
            d = add(load(scratch, row + at + WIDTH), plus)
            best = larger(larger(larger(a, b), larger(c, d)), zero)
            store(pooled, to + x * step + v * LANES, best)
            if keep:
                code = join(
                    join(
                        join(flag_equal(a, best, 1), flag_equal(b, best, 2)),
                        join(flag_equal(c, best, 4), flag_equal(d, best, 8)),
                    ),
                    flag_equal(zero, best, AT_ZERO),
                )
                store_flags(codes, to + x * step + v * LANES, code)


def _forward_part(images, panels, bias, pooled, codes, tickets, plan):
    """What one thread does: takes images, or rows of them, until none is
    left."""
    taps_y, taps_x, step, chunks, keep = plan
    batch, channels, height, width = images.shape
    rows, cells = (height - taps_y + 1) // 2, (width - taps_x + 1) // 2
    row = width * channels
    taps = tap_offsets(channels, taps_y, taps_x, width)
    scratch_row = 2 * cells * WIDTH
    scratch = aligned_floats(2 * scratch_row)
    direct = is_channels_last(images)
    source = memory(images)
    if not direct:
        source = aligned_floats((height // chunks + 2 * taps_y + 2) * row)
    while True:
        ticket = next_ticket(tickets, 0)
        if ticket >= batch * chunks:
            break
        n, chunk = ticket // chunks, ticket % chunks
        first, last = rows * chunk // chunks, rows * (chunk + 1) // chunks
        at = (n * height + 2 * first) * row
        if not direct:
            relay(images, n, 2 * first, 2 * last + taps_y - 1, source)
            at = 0
        for panel in range((step + WIDTH - 1) // WIDTH):
            vectors = min(VECTORS, step // LANES - panel * VECTORS)
            factors = pointer(panels, panel * taps.size * WIDTH)
            for y in range(first, last):
                for half in range(2):
                    convolve_row(
                        source,
                        at + (2 * (y - first) + half) * row,
                        channels,
                        taps,
                        factors,
                        scratch,
                        half * scratch_row,
                        2 * cells,
                    )
                pool_row(
                    scratch,
                    scratch_row,
                    cells,
                    pointer(bias, panel * WIDTH),
                    pooled,
                    codes,
                    (n * rows + y) * cells * step + panel * WIDTH,
                    step,
                    vectors,
                    keep,
                )


def _forward(images, filters, bias, flip_keep):
    """Pooled maps and codes, channels last, channels padded to vectors."""
    flip, keep = flip_keep
    check(images, filters, bias)
    batch, _, height, width = images.shape
    count, _, taps_y, taps_x = filters.shape
    rows, cells = (height - taps_y + 1) // 2, (width - taps_x + 1) // 2
    step = padded_channels(count)
    size = batch * rows * cells * step
    pooled = aligned_floats(size)
    codes = np.empty(size if keep else 0, np.uint8)
    panels, padded_bias = pack_filters(filters, flip), pad_bias(bias)
    workers = threads.current_threads()
    # Few images: share out their rows too.
    chunks = 1 if batch >= 4 * workers else max(1, min(rows, 4 * workers))
    plan = (taps_y, taps_x, step, chunks, keep)
    tickets = np.zeros(1, np.int64)
    run_part((workers, images, panels, padded_bias, pooled, codes, tickets, plan))
    shape = (batch, rows, cells, step)
    return (pooled.reshape(shape), codes.reshape(shape if keep else (0, rows, cells, step)))


@once
def forward():
    """Entry ``(images, filters, bias, (flip, keep codes))``."""
    convolve_row = piece(with_names(_convolve_row, run_block=block()))
    forward_part = part(
        with_names(
            _forward_part, convolve_row=convolve_row, pool_row=_pool_row, tap_offsets=_tap_offsets
        )
    )
    run_part = on_threads(
        forward_part, STRIDED, FLAT, FLAT, FLAT, BYTES, TICKETS, types.UniTuple(types.int64, 5)
    )
    return entry(
        part(with_names(_forward, run_part=run_part)),
        STRIDED,
        tensor_of('float32', 4),
        tensor_of('float32', 1),
        types.UniTuple(types.int64, 2),
        returns=types.Tuple((tensor_of('float32', 4), tensor_of('uint8', 4))),
    )
