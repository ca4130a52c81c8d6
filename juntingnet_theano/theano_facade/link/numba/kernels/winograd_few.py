"""First layer."""
import functools

import numba
import numpy as np
from numpy import uintp
from numba.core import types

from juntingnet_theano.theano_facade.link.numba import threads
from juntingnet_theano.theano_facade.link.numba.entry import (
    entry, part, tensor_of, with_names)
from juntingnet_theano.theano_facade.link.numba.kernels import (
    winograd_transforms as transforms)
from juntingnet_theano.theano_facade.link.numba.kernels.conv_pool import (
    FLAT, STRIDED, TICKETS, pack_filters, pad_bias, padded_channels)
from juntingnet_theano.theano_facade.link.numba.kernels.lanes import (
    LANES, aligned_floats, load, memory, next_ticket, store)
from juntingnet_theano.theano_facade.link.numba.kernels.tile import (
    VECTORS, WIDTH)
from juntingnet_theano.theano_facade.link.numba.kernels.winograd import (
    _strides)
from juntingnet_theano.theano_facade.link.numba.parallel import on_threads

TAPS = 5
TILE = transforms.TILE
SIDE = TILE + TAPS - 1
POINTS = SIDE * SIDE


def _transformed_filters(filters, flip):
    """Panels of WIDTH filters: panel, column's point, row's, channel,
    filter."""
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
                    of_filter(packed, at + j * TAPS * WIDTH, WIDTH,
                              scratch, j * LANES, TAPS * LANES)
                for i in range(SIDE):
                    of_filter(scratch, i * TAPS * LANES, LANES, result,
                              to + i * SIDE * channels * WIDTH,
                              channels * WIDTH)
    return result


@numba.njit
def _in_phases(images, n, first, last, length, buffer):
    """Rows `first` to `last` of an image: row, channel, column modulo TILE,
    column divided by TILE; 0 beyond the image."""
    channels, height, width = images.shape[1:]
    source = memory(images)
    s_n, s_c, s_y, s_x = _strides(images)
    to = 0
    for y in range(first, last):
        for c in range(channels):
            at = n * s_n + c * s_c + y * s_y
            for phase in range(TILE):
                inside = 0 if y >= height else (width - phase + 3) // TILE
                for q in range(inside):
                    buffer[to + q] = source[
                        uintp(at + (q * TILE + phase) * s_x)]
                for q in range(inside, length):
                    buffer[to + q] = 0
                to += length


def _forward_part(images, factors, bias, pooled, tickets, plan):
    """Images, or bands of tiles, until none is left."""
    down, across, chunks, step = plan
    batch, channels, height, width = images.shape
    rows, cells = (height - TAPS + 1) // 2, (width - TAPS + 1) // 2
    groups = (across + LANES - 1) // LANES
    length = groups * LANES + 8
    row = channels * TILE * length
    source = aligned_floats(((down // chunks + 1) * TILE + TAPS - 1) * row)
    values = aligned_floats(POINTS * channels * LANES)
    scratch = aligned_floats(POINTS * LANES)
    while True:
        ticket = next_ticket(tickets, 0)
        if ticket >= batch * chunks:
            break
        n, chunk = ticket // chunks, ticket % chunks
        first, last = down * chunk // chunks, down * (chunk + 1) // chunks
        _in_phases(images, n, first * TILE, last * TILE + TAPS - 1, length,
                   source)
        for band in range(first, last):
            y = 2 * band
            for left in range(0, across, LANES):
                for c in range(channels):
                    at = ((band - first) * TILE * row + c * TILE * length
                          + left)
                    for j in range(SIDE):
                        of_image(source, at + j * row, length, scratch,
                                 j * LANES, SIDE * LANES)
                    for i in range(SIDE):
                        of_columns(scratch, i * SIDE * LANES, LANES, values,
                                   (i * SIDE * channels + c) * LANES,
                                   channels * LANES)
                for panel in range((step + WIDTH - 1) // WIDTH):
                    vectors = min(VECTORS, step // LANES - panel * VECTORS)
                    for t in range(min(LANES, across - left)):
                        x = 2 * (left + t)
                        for a in range(SIDE):
                            products(values, a * SIDE * channels * LANES + t,
                                     factors, (panel * SIDE + a) * SIDE
                                     * channels * WIDTH, scratch, a * LANES)
                        for v in range(vectors):
                            to = (((n * rows + y) * cells + x) * step
                                  + panel * WIDTH + v * LANES)
                            plus = load(bias, panel * WIDTH + v * LANES)
                            for i in range(min(rows - y, 2)):
                                one, other = pooled_pair(
                                    scratch, (v * TILE + 2 * i) * SIDE
                                    * LANES, plus)
                                store(pooled, to + i * cells * step, one)
                                if x + 1 < cells:
                                    store(pooled, to + (i * cells + 1) * step,
                                          other)


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
    chunks = 1 if batch >= 4 * workers else max(1, min(down, 4 * workers))
    plan = down, across, chunks, step
    run_part((workers, images, factors, padded_bias, pooled,
              np.zeros(1, np.int64), plan))
    return pooled.reshape((batch, rows, cells, step))


@functools.lru_cache(maxsize=None)
def forward(channels):
    """Entry ``(images, filters, bias, flip)``."""
    suffix = '_few{}'.format(channels)
    run_part = on_threads(
        part(with_names(
            _forward_part, suffix=suffix,
            of_image=transforms.times(transforms.of_images, TAPS, 1),
            of_columns=transforms.times(transforms.of_images, TAPS),
            products=transforms.products(TAPS, channels),
            pooled_pair=transforms.pooled(TAPS))),
        STRIDED, FLAT, FLAT, FLAT, TICKETS, types.UniTuple(types.int64, 4))
    return entry(part(with_names(
        _forward, suffix=suffix, run_part=run_part,
        transformed_filters=numba.njit(error_model='numpy')(with_names(
            _transformed_filters,
            of_filter=transforms.times(transforms.of_filters, TAPS))))),
        STRIDED, tensor_of('float32', 4), tensor_of('float32', 1),
        types.int64)
