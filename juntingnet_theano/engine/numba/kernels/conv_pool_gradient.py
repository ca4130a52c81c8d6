"""Gradients of convolution, bias, rectifier and 2 x 2 max-pooling in one pass.

Of each four places of a map one, rarely more, carries a gradient; `conv_pool`
has noted which. So no gradient of full size is made; lists of live places
are, and whole patches are multiplied by one number each. A filter row is,
channels last, one stretch of floats, and so is a row of the patch under it::

    for each image, one thread, a few pooled rows at a time:
        lists by filter:  (where in the image, gradient), ...
        lists by place:   (which filter, gradient), ...
        for each filter:
            d filter += sum over its list of gradient * patch of the image
        for each place:
            d patch  += sum over its list of gradient * filter

Both sums are one loop, `gather`: what is summed up stays in registers, each
entry of the list costs one load and one multiply-add a vector. (Adding
patches to the image entry by entry would cost a store besides, and takes
twice the time.) Filters of more vectors than fit the registers are summed in
groups, see `gather.grouping`.

The sums are the same whatever the number of threads: images are gathered in
`GROUPS` groups, each sums its own, and the sums are added in order. That is
what lets training go on bit for bit after an interruption.
"""

# How to read this file: names that are defined nowhere in it are kernels that
# `with_names` hands to a function, at the end of the file. They differ from call
# to call, and numba's disk cache serves no closures.

import numpy as np
from numba import types

from juntingnet_theano.engine.numba.kernels.conv_pool import (
    BYTES_4D,
    FLAT,
    STRIDED,
    TICKETS,
    clear,
    is_channels_last,
    relay,
)
from juntingnet_theano.engine.numba.kernels.gather import filter_sums, pack, patch_sums, unpack
from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    aligned_floats,
    counting,
    memory,
    next_ticket,
    pointer,
)
from juntingnet_theano.engine.numba.kernels.live_places import (
    first_steps,
    list_by_filter,
    list_by_place,
)
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, part, tensor_of, with_names
from juntingnet_theano.engine.numba.runtime.parallel import on_threads

GROUPS = 32
NEARBY = 10000
"""Floats of the image that one list refers to: about the first-level
cache."""


def _gradient_part(
    images, filters, codes, gradient, sums, bias_sums, images_gradient, tickets, plan
):
    """What one thread does: takes groups of images until none is left."""
    taps_y, taps_x, need_images, halves, run_gather = plan[:5]
    grid = plan[5:]
    slope = np.float32(0.5) * np.float32(halves)
    batch, count, rows, cells = gradient.shape
    channels, height, width = images.shape[1:]
    row, size = width * channels, filters.size // count
    image_size = height * row
    # Where groups reach beyond the filter they reach beyond the image too.
    step, surplus = grid[2] * grid[3] * LANES, grid[0] * grid[1] - taps_y
    slack = (surplus + 1) * row + step
    last = is_channels_last(images)
    # Else images, and sums of patches, go where their surplus has room.
    exact = surplus == 0 and step == taps_x * channels
    direct = last and exact
    images_memory = memory(images)
    source = images_memory
    if not direct:
        source = aligned_floats(image_size + slack)
        clear(source, image_size + slack)
    target = images_gradient
    if need_images and not exact:
        target = aligned_floats(image_size + slack)
    at_once = max(1, min(rows, (NEARBY // row - taps_y + 1) // 2))
    steps = first_steps(row, channels)
    counts = np.empty(count, np.int64)
    offsets = np.empty((count, 4 * cells * at_once + 1), np.int32)
    values = np.empty((count, 4 * cells * at_once + 1), np.float32)
    starts, line = counting(count) * np.int32(size), np.empty(count, np.float32)
    place_counts = np.empty(4 * cells, np.int64)
    place_offsets = np.empty((4 * cells, count + LANES), np.int32)
    place_values = np.empty((4 * cells, count + LANES), np.float32)
    while True:
        group = next_ticket(tickets, 0)
        if group >= sums.shape[0]:
            break
        for n in range(batch * group // sums.shape[0], batch * (group + 1) // sums.shape[0]):
            at = n * image_size
            if not direct:
                if last:
                    copy(pointer(images_memory, at), source, 0, image_size)
                else:
                    relay(images, n, 0, height, source)
                at = 0
            for first in range(0, rows, at_once):
                list_by_filter(
                    gradient,
                    n,
                    codes,
                    slope,
                    first,
                    min(first + at_once, rows),
                    row,
                    steps,
                    channels,
                    offsets,
                    values,
                    counts,
                    bias_sums[group],
                )
                filter_sums(
                    run_gather,
                    pointer(source, at + 2 * first * row),
                    row,
                    offsets,
                    values,
                    counts,
                    sums[group],
                    grid,
                )
            if not need_images:
                continue
            start = n * image_size if exact else 0
            clear(pointer(target, start), image_size if exact else target.size)
            for y in range(rows):
                list_by_place(
                    gradient,
                    n,
                    codes,
                    slope,
                    y,
                    starts,
                    line,
                    place_offsets,
                    place_values,
                    place_counts,
                )
                patch_sums(
                    run_gather,
                    filters,
                    pointer(target, start + 2 * y * row),
                    row,
                    channels,
                    place_offsets,
                    place_values,
                    place_counts,
                    grid,
                )
            if not exact:
                copy(target, images_gradient, n * image_size, image_size)


@piece
def copy(source, target, to, count):
    """The first `count` of `source` to ``target[to:]``."""
    for i in range(count):
        target[to + i] = source[i]


def _gradients(images, filters, codes, gradient, options):
    """Gradients of images (channels last), filters and bias."""
    flip, need_images, halves, run_gather = options[:4]
    grid = options[4:]
    batch, channels, height, width = images.shape
    count, filter_channels, taps_y, taps_x = filters.shape
    if (
        gradient.shape[0] != batch
        or gradient.shape[1] != count
        or gradient.shape[2] != codes.shape[1]
        or gradient.shape[3] != codes.shape[2]
    ):
        raise ValueError(
            'convolution and pooling: the gradient has another size than the pooled maps'
        )
    packed = pack(filters, grid, flip)
    groups = max(1, min(batch, GROUPS))
    sums = np.zeros((groups, packed.size), np.float32)
    bias_sums = np.zeros((groups, count))
    images_gradient = aligned_floats(images.size if need_images else 0)
    workers = threads.current_threads()
    tickets = np.zeros(1, np.int64)
    plan = (taps_y, taps_x, need_images, halves, run_gather) + grid
    run_part(
        (workers, images, packed, codes, gradient, sums, bias_sums, images_gradient, tickets, plan)
    )
    filters_gradient = np.empty(filters.shape, np.float32)
    bias_gradient = np.empty(count, np.float32)
    unpack(sums, grid, filters_gradient, flip)
    add_up(bias_sums, bias_gradient)
    shape = (batch if need_images else 0, height, width, channels)
    return images_gradient.reshape(shape), filters_gradient, bias_gradient


@piece
def add_up(parts, total):
    """Sum the groups' sums of each filter."""
    for i in range(total.size):
        value = 0.0
        for group in range(parts.shape[0]):
            value += parts[group, i]
        total[i] = value


@once
def gradients():
    """Entry ``(images, filters, codes, gradient, options)``.

    Options, integers: whether filters are turned, whether the gradient of
    the images is needed, the rectifier's slope at 0 in halves, the address
    of `gather` for the grouping, and the four numbers of `gather.grouping`. One
    copy serves filters of all sizes.
    """
    integer = types.int64
    run_part = on_threads(
        part(_gradient_part),
        STRIDED,
        FLAT,
        BYTES_4D,
        STRIDED,
        tensor_of('float32', 2),
        tensor_of('float64', 2),
        FLAT,
        TICKETS,
        types.UniTuple(integer, 9),
    )
    return entry(
        part(with_names(_gradients, run_part=run_part)),
        STRIDED,
        tensor_of('float32', 4),
        BYTES_4D,
        STRIDED,
        types.UniTuple(integer, 8),
        returns=types.Tuple((tensor_of('float32', 4), tensor_of('float32', 4), FLAT)),
    )
