"""Float32 images from rows of bytes: gathered, scaled and mirrored in one go.

They are written channels last, as the convolution wants them, which saves it
a copy. Each thread takes one image at a time; each byte is read once and each
float written once.
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import numpy as np
from numba import types

from juntingnet_theano.engine.numba.kernels.conv_pool import FLAT, TICKETS
from juntingnet_theano.engine.numba.kernels.lanes import aligned_floats, next_ticket, pointer
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, part, tensor_of, with_names
from juntingnet_theano.engine.numba.runtime.parallel import on_threads

WORTH_A_THREAD = 1 << 19
"""Floats from which sharing the work gains more than waking a thread costs."""


def _images_part(data, places, values, tickets, scale):
    """What one thread does: takes images until none is left.

    One function, since numba compiles each that it calls twice. Three planes
    are written out, which LLVM makes vectors of.
    """
    channels, height, width = data.shape[1:]
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
            if channels != 3:
                for x in range(width):
                    at = width - 1 - x if mirrored else x
                    for c in range(channels):
                        target[x * channels + c] = np.float32(source[c * plane + at]) * scale
            elif mirrored:
                for x in range(width):
                    at = width - 1 - x
                    target[3 * x] = np.float32(source[at]) * scale
                    target[3 * x + 1] = np.float32(source[plane + at]) * scale
                    target[3 * x + 2] = np.float32(source[2 * plane + at]) * scale
            else:
                for x in range(width):
                    target[3 * x] = np.float32(source[x]) * scale
                    target[3 * x + 1] = np.float32(source[plane + x]) * scale
                    target[3 * x + 2] = np.float32(source[2 * plane + x]) * scale


def _images(data, rows, marks, options, scale):
    """Floats of n x height x width x channels, in one row."""
    gathered, marked = options
    count, channels, height, width = data.shape
    images = rows.size if gathered else count
    if marked and marks.size != images:
        raise ValueError('images: not as many marks of mirrored ones as images')
    # Twice the row of each image, and 1 more where it is mirrored.
    places = np.empty(images, np.int64)
    for n in range(images):
        row = np.int64(rows[n]) if gathered else n
        if row < 0:
            row += count
        if row < 0 or row >= count:
            raise IndexError('images: a row is out of range')
        places[n] = 2 * row + (marked and marks[n] != 0)
    size = images * channels * height * width
    values = aligned_floats(size)
    workers = threads.current_threads() if size > WORTH_A_THREAD else 1
    tickets = np.zeros(1, np.int64)
    run_part((workers, data, places, values, tickets, scale))
    return values


@once
def images(rows, marks):
    """Entry ``(bytes, rows, marks, options, scale)``.

    Bytes are n x channels x height x width. Options: whether `rows` and
    `marks` count. The parameters are the dtypes of the two.
    """
    bytes_4d = tensor_of('uint8', 4)
    run_part = on_threads(part(_images_part), bytes_4d, TICKETS, FLAT, TICKETS, types.float32)
    return entry(
        part(with_names(_images, run_part=run_part)),
        bytes_4d,
        tensor_of(rows, 1),
        tensor_of(marks, 1),
        types.UniTuple(types.int64, 2),
        types.float32,
        returns=FLAT,
    )
