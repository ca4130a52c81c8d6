"""Convolution, bias, rectifier and 2 x 2 max-pooling with fewer products.

For prediction only.
"""
import functools

import numba
import numpy as np
from numpy import uintp
from numba.core import types

from juntingnet_theano.theano_facade.link.numba import threads
from juntingnet_theano.theano_facade.link.numba.entry import (
    entry, generated, part, tensor_of, with_names)
from juntingnet_theano.theano_facade.link.numba.kernels import (
    winograd_transforms as transforms)
from juntingnet_theano.theano_facade.link.numba.kernels.conv_pool import (
    FLAT, STRIDED, TICKETS, clear, is_channels_last, pack_filters, pad_bias,
    padded_channels)
from juntingnet_theano.theano_facade.link.numba.kernels.lanes import (
    LANES, aligned_floats, fill, load, memory, multiply_add, next_ticket,
    pointer, spread, store)
from juntingnet_theano.theano_facade.link.numba.kernels.tile import (
    ROWS, VECTORS, WIDTH)
from juntingnet_theano.theano_facade.link.numba.parallel import on_threads

TAPS = 3
TILE = transforms.TILE
SIDE = TILE + TAPS - 1
POINTS = SIDE * SIDE
ROOM = 28000
"""Floats of transformed images at once: with the products, and a panel that
passes by, they fit the second-level cache."""


def _product_source():
    """One register tile: ROWS tiles' values at a point times a panel."""
    cells = [(r, v) for r in range(ROWS) for v in range(VECTORS)]
    lines = ['def product(rows, row_step, steps, panel, out, out_step):']
    lines += ['    a{}_{} = fill(float32(0))'.format(r, v) for r, v in cells]
    lines += ['    for k in range(steps):']
    lines += ['        q{0} = load(panel, k * {1} + {2})'.format(
        v, WIDTH, v * LANES) for v in range(VECTORS)]
    for r in range(ROWS):
        lines += ['        x = spread(rows, k + {} * row_step)'.format(r)]
        lines += ['        a{0}_{1} = multiply_add(x, q{1}, a{0}_{1})'
                  .format(r, v) for v in range(VECTORS)]
    lines += ['    store(out, {} * out_step + {}, a{}_{})'.format(
        r, v * LANES, r, v) for r, v in cells]
    return '\n'.join(lines) + '\n'


@numba.njit
def _gather(source, place, height, width, channels, strides, patch):
    """The pixels under a tile, channels last; 0 beyond the image."""
    n, top, left = place
    s_n, s_c, s_y, s_x = strides
    to = 0
    for y in range(top, top + SIDE):
        for x in range(left, left + SIDE):
            at = n * s_n + y * s_y + x * s_x
            inside = y < height and x < width
            for c in range(channels):
                patch[to] = source[uintp(at + c * s_c)] if inside else 0
                to += 1


@numba.njit
def _strides(images):
    size = images.itemsize
    s = images.strides
    return s[0] // size, s[1] // size, s[2] // size, s[3] // size


def _transformed_filters(filters, flip):
    """Panels of WIDTH filters: panel, point, channel, filter."""
    count, channels = filters.shape[:2]
    packed = pack_filters(filters, flip)
    panels = packed.size // (channels * TAPS * TAPS * WIDTH)
    result = aligned_floats(panels * POINTS * channels * WIDTH)
    scratch = aligned_floats(SIDE * TAPS * LANES)
    for panel in range(panels):
        for c in range(channels):
            for v in range(0, WIDTH, LANES):
                at = (panel * channels + c) * TAPS * TAPS * WIDTH + v
                to = (panel * POINTS * channels + c) * WIDTH + v
                for j in range(TAPS):
                    of_filter(packed, at + j * WIDTH, TAPS * WIDTH,
                              scratch, j * LANES, TAPS * LANES)
                for i in range(SIDE):
                    of_filter(scratch, i * TAPS * LANES, LANES, result,
                              to + i * SIDE * channels * WIDTH,
                              channels * WIDTH)
    return result


def _forward_part(images, factors, bias, pooled, tickets, plan):
    """Blocks of tiles until none is left."""
    down, across, block, step = plan
    batch, channels, height, width = images.shape
    rows, cells = (height - TAPS + 1) // 2, (width - TAPS + 1) // 2
    total = batch * down * across
    values = aligned_floats(block * POINTS * channels)
    clear(values, values.size)
    products = aligned_floats(block * POINTS * WIDTH)
    patch = aligned_floats(POINTS * channels)
    scratch = aligned_floats(POINTS * LANES)
    direct = is_channels_last(images)
    source = memory(images)
    strides = _strides(images)
    while True:
        first = next_ticket(tickets, 0) * block
        if first >= total:
            break
        count = min(block, total - first)
        for t in range(count):
            n, place = (first + t) // (down * across), (first + t) % (
                down * across)
            top, left = place // across * TILE, place % across * TILE
            under, row = pointer(patch, 0), SIDE * channels
            if direct and top + SIDE <= height and left + SIDE <= width:
                row = width * channels
                under = pointer(source, (n * height + top) * row
                                + left * channels)
            else:
                _gather(source, (n, top, left), height, width, channels,
                        strides, patch)
            for c in range(0, channels, LANES):
                for j in range(SIDE):
                    of_image(under, c + j * channels, row, scratch, j * LANES,
                             SIDE * LANES)
                for i in range(SIDE):
                    of_image(scratch, i * SIDE * LANES, LANES, values,
                             (t * POINTS + i * SIDE) * channels + c, channels)
        for panel in range((step + WIDTH - 1) // WIDTH):
            for point in range(POINTS):
                for t in range(0, count, ROWS):
                    product(pointer(values, (t * POINTS + point) * channels),
                            POINTS * channels, channels,
                            pointer(factors, (panel * POINTS + point)
                                    * channels * WIDTH),
                            pointer(products, (t * POINTS + point) * WIDTH),
                            POINTS * WIDTH)
            vectors = min(VECTORS, step // LANES - panel * VECTORS)
            for t in range(count):
                n, place = (first + t) // (down * across), (first + t) % (
                    down * across)
                y, x = place // across * 2, place % across * 2
                for v in range(vectors):
                    at = t * POINTS * WIDTH + v * LANES
                    for j in range(SIDE):
                        of_products(products, at + j * WIDTH, SIDE * WIDTH,
                                    scratch, j * LANES, SIDE * LANES)
                    to = (((n * rows + y) * cells + x) * step + panel * WIDTH
                          + v * LANES)
                    plus = load(bias, panel * WIDTH + v * LANES)
                    for i in range(min(rows - y, 2)):
                        left, right = pooled_pair(
                            scratch, 2 * i * SIDE * LANES, plus)
                        store(pooled, to + i * cells * step, left)
                        if x + 1 < cells:
                            store(pooled, to + (i * cells + 1) * step, right)


def _forward(images, filters, bias, flip):
    """Pooled maps, channels last, channels padded to vectors."""
    batch, channels, height, width = images.shape
    count, filter_channels, taps_y, taps_x = filters.shape
    if channels != filter_channels:
        raise ValueError('convolution: images and filters differ in channels')
    if bias.size != count:
        raise ValueError('convolution: not as many biases as filters')
    if height < taps_y or width < taps_x:
        raise ValueError('convolution: filters are larger than images')
    rows, cells = (height - taps_y + 1) // 2, (width - taps_x + 1) // 2
    down, across = (rows + 1) // 2, (cells + 1) // 2
    step = padded_channels(count)
    pooled = aligned_floats(batch * rows * cells * step)
    factors, padded_bias = transformed_filters(filters, flip), pad_bias(bias)
    workers = threads.current_threads()
    most = max(1, ROOM // (POINTS * channels * ROWS))
    fair = (batch * down * across + 4 * workers * ROWS - 1) // (
        4 * workers * ROWS)
    plan = down, across, max(1, min(most, fair)) * ROWS, step
    run_part((workers, images, factors, padded_bias, pooled,
              np.zeros(1, np.int64), plan))
    return pooled.reshape((batch, rows, cells, step))


def serves(shape):
    """Whether there is a kernel for filters of this shape, N x C x rows x
    columns, None where a size is not known."""
    _, channels, *taps = shape
    return (LANES >= 8 and taps == [TAPS, TAPS] and channels is not None
            and channels > 0 and channels % LANES == 0)


@functools.lru_cache(maxsize=None)
def forward():
    """Entry ``(images, filters, bias, flip)``."""
    product = numba.njit(error_model='numpy')(generated(
        _product_source(), 'product', __name__, fill=fill, load=load,
        store=store, spread=spread, multiply_add=multiply_add,
        float32=np.float32))
    run_part = on_threads(
        part(with_names(
            _forward_part, suffix='_winograd', product=product,
            of_image=transforms.times(transforms.of_images, TAPS),
            of_products=transforms.times(transforms.of_products, TAPS),
            pooled_pair=transforms.pooled(TAPS))),
        STRIDED, FLAT, FLAT, FLAT, TICKETS, types.UniTuple(types.int64, 4))
    return entry(part(with_names(
        _forward, suffix='_winograd', run_part=run_part,
        transformed_filters=numba.njit(error_model='numpy')(with_names(
            _transformed_filters,
            of_filter=transforms.times(transforms.of_filters, TAPS))))),
        STRIDED, tensor_of('float32', 4), tensor_of('float32', 1),
        types.int64)
