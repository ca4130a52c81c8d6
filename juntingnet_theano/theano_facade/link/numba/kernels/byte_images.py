"""Float32 images from rows of bytes: gathered, scaled and mirrored in one go.

Channels last, as the convolution wants them: what it would lay anew is laid
so in the first place. Threads take image by image, and each byte is read once
and each float written once.
"""
import functools

import numba
import numpy as np
from numba.core import types

from juntingnet_theano.theano_facade.link.numba import threads
from juntingnet_theano.theano_facade.link.numba.entry import (
    entry, part, tensor_of, with_names)
from juntingnet_theano.theano_facade.link.numba.kernels.conv_pool import (
    FLAT, TICKETS)
from juntingnet_theano.theano_facade.link.numba.kernels.lanes import (
    aligned_floats, next_ticket, pointer)
from juntingnet_theano.theano_facade.link.numba.parallel import on_threads

BYTES = types.Array(types.uint8, 1, 'C')
SIZES = types.UniTuple(types.int64, 4)
WORTH_A_THREAD = 1 << 19
"""Floats from which sharing the work gains more than waking a thread costs."""


@numba.njit(error_model='numpy')
def _rgb_line(source, plane, target, width, mirrored, scale):
    """A line of three planes; written out, it is vectorised."""
    if mirrored:
        for x in range(width):
            from_x = width - 1 - x
            target[3 * x] = np.float32(source[from_x]) * scale
            target[3 * x + 1] = np.float32(source[plane + from_x]) * scale
            target[3 * x + 2] = np.float32(source[2 * plane + from_x]) * scale
    else:
        for x in range(width):
            target[3 * x] = np.float32(source[x]) * scale
            target[3 * x + 1] = np.float32(source[plane + x]) * scale
            target[3 * x + 2] = np.float32(source[2 * plane + x]) * scale


@numba.njit(error_model='numpy')
def _line(source, target, channels, width, mirrored, scale):
    """A line of one plane, its pixels `channels` apart."""
    if mirrored:
        for x in range(width):
            target[channels * x] = np.float32(source[width - 1 - x]) * scale
    elif channels == 1:
        for x in range(width):
            target[x] = np.float32(source[x]) * scale
    else:
        for x in range(width):
            target[channels * x] = np.float32(source[x]) * scale


def _images_part(data, places, values, tickets, sizes, scale):
    """What one thread does: takes images until none is left."""
    channels, height, width = sizes
    plane = height * width
    size = channels * plane
    while True:
        n = next_ticket(tickets, 0)
        if n >= places.size:
            break
        mirrored = places[n] & 1 == 1
        for y in range(height):
            source = pointer(data, (places[n] >> 1) * size + y * width)
            target = pointer(values, n * size + y * width * channels)
            if channels == 3:
                rgb_line(source, plane, target, width, mirrored, scale)
                continue
            for c in range(channels):
                line(pointer(source, c * plane), pointer(target, c), channels,
                     width, mirrored, scale)


@numba.njit
def _places(count, rows, marks, options):
    """Twice the row of each image, and 1 more where it is mirrored."""
    gathered, marked = options
    images = rows.size if gathered else count
    if marked and marks.size != images:
        raise ValueError('images: not as many marks of mirrored ones as '
                         'images')
    places = np.empty(images, np.int64)
    for n in range(images):
        row = np.int64(rows[n]) if gathered else n
        if row < 0:
            row += count
        if row < 0 or row >= count:
            raise IndexError('images: a row is out of range')
        places[n] = 2 * row
        if marked and marks[n] != 0:
            places[n] += 1
    return places


def _images(data, sizes, rows, marks, options, scale):
    """Images n x height x width x channels."""
    count, channels, height, width = sizes
    places = make_places(count, rows, marks, options)
    size = places.size * channels * height * width
    values = aligned_floats(size)
    workers = threads.current_threads() if size > WORTH_A_THREAD else 1
    run_part((workers, data, places, values, np.zeros(1, np.int64),
              (channels, height, width), scale))
    return values.reshape((places.size, height, width, channels))


@functools.lru_cache(maxsize=None)
def images(rows, marks):
    """Entry ``(bytes, sizes, rows, marks, options, scale)``.

    Sizes: images, channels, height and width of the bytes, which follow each
    other without gaps. Options: whether `rows` and `marks` count. The
    parameters are the dtypes of the two.
    """
    run_part = on_threads(
        part(with_names(_images_part, rgb_line=_rgb_line, line=_line)),
        BYTES, TICKETS, FLAT, TICKETS, types.UniTuple(types.int64, 3),
        types.float32)
    return entry(
        part(with_names(_images, run_part=run_part, make_places=_places)),
        BYTES, SIZES, tensor_of(rows, 1), tensor_of(marks, 1),
        types.UniTuple(types.int64, 2), types.float32)
