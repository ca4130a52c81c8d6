"""Winograd's convolution of 5 x 5 filters of few channels.

With three channels the sum of a product has three terms, and writing it down
would take as long as making it: it is transformed where it is, in registers.
A vector of values holds LANES tiles of a row, so that pixels, whose channels
fill no vector, are transformed without moving lanes either; a vector of
factors holds neighbouring filters. Loops::

    for each image (or some of its rows), one thread:
        pixels, bytes or floats -> phases: every fourth column lies together
        for each row of tiles, LANES at a time:
            8 x 8 pixels -> 64 values a channel     vectors of tiles
            for each panel of WIDTH filters, each tile:
                for each column of 8 points:        factors stay in L1
                    products of three terms, straight into 4 sums
                8 columns of 4 sums -> 2 x 2 pooled cells
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import numpy as np
from numpy import uintp

from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    aligned_floats,
    fill,
    load,
    memory,
    next_ticket,
    store,
)
from juntingnet_theano.engine.numba.kernels.machine import REGISTERS
from juntingnet_theano.engine.numba.kernels.tile import VECTORS, WIDTH
from juntingnet_theano.engine.numba.kernels.winograd_code import (
    added_products,
    into_phases,
    pooled_pair,
    times,
)
from juntingnet_theano.engine.numba.kernels.winograd_transforms import TILE, of_images
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_calls import with_names

TAPS = 5
SIDE = TILE + TAPS - 1
POINTS = SIDE * SIDE
TILES = REGISTERS // 16
"""Tiles at once: two share what is loaded of the factors, if registers hold both."""


def _in_phases(images, n, first, last, length, buffer):
    """Rows `first` to `last` of image `n`: row, channel, column modulo TILE,
    column divided by TILE; 0 beyond the image."""
    channels, height, width = images.shape[1:]
    source, size = memory(images), images.itemsize
    step = images.strides[3] // size
    whole, zero = width // TILE, fill(np.float32(0))
    to = 0
    for y in range(first, last):
        for c in range(channels):
            at = (n * images.strides[0] + c * images.strides[1] + y * images.strides[2]) // size
            for q in range(0, TILE * length, LANES):
                store(buffer, to + q, zero)
            done = 0 if y < height else width
            if step == 1 and whole >= LANES and y < height:
                for q in range(0, whole, LANES):
                    q = min(q, whole - LANES)
                    into_phases(source, at + q * TILE, buffer, to + q, length, SCALE)
                done = whole * TILE
            for x in range(done, width):
                buffer[uintp(to + x % TILE * length + x // TILE)] = (
                    np.float32(source[uintp(at + x * step)]) * SCALE
                )
            to += TILE * length


def _part(images, factors, bias, pooled, tickets, plan):
    """What one thread does: takes images, or rows of tiles, until none is
    left."""
    down, across, side, step, workers = plan
    batch, channels, height, width = images.shape
    rows, cells = (height - TAPS + 1) // 2, (width - TAPS + 1) // 2
    # Few images: share out their rows too.
    chunks = 1 if batch >= 4 * workers else max(1, min(down, 4 * workers))
    # A tile's last columns are the next one's first.
    length = (across + LANES - 1) // LANES * LANES + LANES
    row = channels * TILE * length
    source = aligned_floats(((down // chunks + 1) * TILE + TAPS - 1) * row)
    values = aligned_floats(POINTS * channels * LANES)
    scratch = aligned_floats(TILES * VECTORS * TILE * SIDE * LANES)
    while True:
        ticket = next_ticket(tickets, 0)
        if ticket >= batch * chunks:
            break
        n, chunk = divmod(ticket, chunks)
        first, last = down * chunk // chunks, down * (chunk + 1) // chunks
        in_phases(images, n, first * TILE, last * TILE + TAPS - 1, length, source)
        for band in range(first, last):
            for left in range(0, across, LANES):
                for c in range(channels):
                    at = ((band - first) * row + c * length) * TILE + left
                    for i in range(side):
                        of_row(
                            source,
                            at + i * row,
                            length,
                            values,
                            (i * side * channels + c) * LANES,
                            channels * LANES,
                        )
                    for j in range(side):
                        at = (j * channels + c) * LANES
                        of_column(
                            values, at, side * channels * LANES, values, at, side * channels * LANES
                        )
                for panel in range((step + WIDTH - 1) // WIDTH):
                    vectors = min(VECTORS, step // LANES - panel * VECTORS)
                    for t in range(0, min(LANES, across - left), TILES):
                        for j in range(side):
                            added_products(
                                values,
                                j * channels * LANES + t,
                                factors,
                                (panel * POINTS + j) * channels * WIDTH,
                                scratch,
                                j * LANES,
                            )
                        for k in range(min(TILES, across - left - t)):
                            x = 2 * (left + t + k)
                            for v in range(vectors):
                                o = panel * WIDTH + v * LANES
                                at = (k * VECTORS + v) * TILE * SIDE * LANES
                                for i in range(min(rows - 2 * band, 2)):
                                    one, other = pooled_pair(
                                        scratch, at + 2 * i * SIDE * LANES, load(bias, o)
                                    )
                                    to = ((n * rows + 2 * band + i) * cells + x) * step + o
                                    store(pooled, to, one)
                                    if x + 1 < cells:
                                        store(pooled, to + step, other)


def part_of(channels, scale):
    """`_part` with what it calls, for so many channels, of floats or of bytes
    and what to multiply them by."""
    scale = np.float32(1 if scale is None else scale)
    return with_names(
        _part,
        suffix=f'_few{channels}_{scale.view(np.uint32):x}',
        in_phases=piece(with_names(_in_phases, SCALE=scale)),
        of_row=times(of_images, TAPS, True),
        of_column=times(of_images, TAPS),
        added_products=added_products(TAPS, channels, TILES),
        pooled_pair=pooled_pair(TAPS),
    )
