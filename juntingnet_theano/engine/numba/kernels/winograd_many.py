"""Winograd's convolution of 3 x 3 filters of many channels.

The products over the channels are matrix products, one for each of the 36
points: tiles x channels times channels x filters. Loops::

    blocks of tiles, of any images, one thread each:
        each tile: 6 x 6 pixels -> 36 values    vectors of channels
        for each panel of WIDTH filters:
            for each point:                     its panel stays in L1
                values . panel -> products      register tiles: ROWS tiles
            each tile: 36 products -> 2 x 2 pooled cells

A vector holds neighbouring channels, or filters, so that no lane ever moves.
The values of a block and the products of a panel fit the second-level cache;
the 36 panels pass by once a block. Tiles that reach beyond the image, and
images that are not channels last, are gathered first.
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import numpy as np
from numpy import uintp

from juntingnet_theano.engine.numba.kernels.conv_pool import clear, is_channels_last
from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    aligned_floats,
    fill,
    load,
    memory,
    multiply_add,
    next_ticket,
    pointer,
    spread,
    store,
)
from juntingnet_theano.engine.numba.kernels.tile import ROWS, VECTORS, WIDTH
from juntingnet_theano.engine.numba.kernels.winograd_code import pooled_pair, times
from juntingnet_theano.engine.numba.kernels.winograd_transforms import TILE, of_images, of_products
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_calls import generate, with_names

TAPS = 3
SIDE = TILE + TAPS - 1
POINTS = SIDE * SIDE
ROOM = 28000
"""Most floats of a block's values; half and twice as many were slower."""


def _product_source():
    cells = [(r, v) for r in range(ROWS) for v in range(VECTORS)]
    lines = ['def product(values, step, channels, panel, out, out_step):']
    lines += [f'    a{r}_{v} = fill(zero)' for r, v in cells]
    lines += ['    for k in range(channels):']
    lines += [f'        q{v} = load(panel, k * {WIDTH} + {v * LANES})' for v in range(VECTORS)]
    for r in range(ROWS):
        lines += [f'        x = spread(values, k + {r} * step)']
        lines += [f'        a{r}_{v} = multiply_add(x, q{v}, a{r}_{v})' for v in range(VECTORS)]
    lines += [f'    store(out, {r} * out_step + {v * LANES}, a{r}_{v})' for r, v in cells]
    return '\n'.join(lines) + '\n'


def product():
    """Compiled ``(values, step, channels, panel, out, out_step)``: ROWS rows
    of values, `step` apart, times a panel.

    A `tile.block` that always has all its rows, reads them in order and adds
    to nothing: sums as short as these notice.
    """
    return piece(
        generate(
            _product_source(),
            'product',
            __name__,
            fill=fill,
            load=load,
            store=store,
            spread=spread,
            multiply_add=multiply_add,
            zero=np.float32(0),
        )
    )


@piece
def _gather(images, n, top, left, patch):
    """The pixels under a tile, channels last; 0 beyond the image."""
    channels, height, width = images.shape[1:]
    source, size = memory(images), images.itemsize
    to = 0
    for y in range(top, top + SIDE):
        for x in range(left, left + SIDE):
            at = n * images.strides[0] + y * images.strides[2] + (x * images.strides[3])
            inside = y < height and x < width
            for c in range(channels):
                patch[to] = source[uintp((at + c * images.strides[1]) // size)] if inside else 0
                to += 1


@piece
def _block(tiles, channels, workers):
    """Tiles of a block: as many as there is room for, but several blocks for
    each thread."""
    most = max(1, ROOM // (POINTS * channels * ROWS))
    fair = (tiles + 4 * workers * ROWS - 1) // (4 * workers * ROWS)
    return max(1, min(most, fair)) * ROWS


def _transform_pixels(images, first, count, down, across, side, values, patch, scratch):
    """Values of a block of tiles: tile, point, channel."""
    channels, height, width = images.shape[1:]
    direct, source = is_channels_last(images), memory(images)
    for t in range(count):
        n, place = divmod(first + t, down * across)
        top, left = place // across * TILE, place % across * TILE
        under, row = pointer(patch, 0), SIDE * channels
        if direct and top + SIDE <= height and left + SIDE <= width:
            row = width * channels
            under = pointer(source, (n * height + top) * row + left * channels)
        else:
            _gather(images, n, top, left, patch)
        for c in range(0, channels, LANES):
            for j in range(side):
                of_image(under, j * channels + c, row, scratch, j * LANES, SIDE * LANES)
            for i in range(side):
                of_image(
                    scratch,
                    i * SIDE * LANES,
                    LANES,
                    values,
                    (t * POINTS + i * SIDE) * channels + c,
                    channels,
                )


def _pool_products(products, at, side, scratch, plus, pooled, to, sizes):
    """The pooled cells of a tile, a vector of filters each; `sizes` are the
    rows and columns that the maps have from here on, and their distances."""
    rows, cells, row_step, step = sizes
    for j in range(side):
        of_products(products, at + j * WIDTH, SIDE * WIDTH, scratch, j * LANES, SIDE * LANES)
    for i in range(min(rows, 2)):
        one, other = pooled_pair(scratch, 2 * i * SIDE * LANES, plus)
        store(pooled, to + i * row_step, one)
        if cells > 1:
            store(pooled, to + i * row_step + step, other)


def _part(images, factors, bias, pooled, tickets, plan):
    """What one thread does: takes blocks of tiles until none is left."""
    down, across, side, step, workers = plan
    batch, channels, height, width = images.shape
    rows, cells = (height - TAPS + 1) // 2, (width - TAPS + 1) // 2
    total = batch * down * across
    block = _block(total, channels, workers)
    values = aligned_floats(block * POINTS * channels)
    clear(values, values.size)  # the last block's may not all be filled
    products = aligned_floats(block * POINTS * WIDTH)
    patch = aligned_floats(POINTS * channels)
    scratch = aligned_floats(POINTS * LANES)
    while True:
        first = next_ticket(tickets, 0) * block
        if first >= total:
            break
        count = min(block, total - first)
        transform_pixels(images, first, count, down, across, side, values, patch, scratch)
        for panel in range((step + WIDTH - 1) // WIDTH):
            for point in range(POINTS):
                for t in range(0, count, ROWS):
                    at = t * POINTS + point
                    product(
                        pointer(values, at * channels),
                        POINTS * channels,
                        channels,
                        pointer(factors, (panel * POINTS + point) * channels * WIDTH),
                        pointer(products, at * WIDTH),
                        POINTS * WIDTH,
                    )
            for v in range(min(VECTORS, step // LANES - panel * VECTORS)):
                o = panel * WIDTH + v * LANES
                plus = load(bias, o)
                for t in range(count):
                    n, place = divmod(first + t, down * across)
                    y, x = place // across * 2, place % across * 2
                    pool_products(
                        products,
                        t * POINTS * WIDTH + v * LANES,
                        side,
                        scratch,
                        plus,
                        pooled,
                        ((n * rows + y) * cells + x) * step + o,
                        (rows - y, cells - x, cells * step, step),
                    )


def part_of():
    """`_part` with what it calls."""
    ready = piece
    return with_names(
        _part,
        suffix='_many',
        product=product(),
        transform_pixels=ready(with_names(_transform_pixels, of_image=times(of_images, TAPS))),
        pool_products=ready(
            with_names(
                _pool_products, of_products=times(of_products, TAPS), pooled_pair=pooled_pair(TAPS)
            )
        ),
    )
