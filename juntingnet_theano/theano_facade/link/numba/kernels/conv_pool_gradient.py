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
groups, see `grouping`.

The sums are the same whatever the number of threads: images are gathered in
`GROUPS` groups, each sums its own, and the sums are added in order. That is
what lets training go on bit for bit after an interruption.
"""
import functools

import numba
import numpy as np
from numpy import uintp
from numba.core import types

from juntingnet_theano.theano_facade.link.numba import threads
from juntingnet_theano.theano_facade.link.numba.entry import (
    entry, generated, part, tensor_of, with_names)
from juntingnet_theano.theano_facade.link.numba.kernels.conv_pool import (
    AT_ZERO, FLAT, STRIDED, TICKETS, is_channels_last, padded_channels, relay,
    tap)
from juntingnet_theano.theano_facade.link.numba.kernels.lanes import (
    LANES, aligned_floats, load, memory, multiply_add, next_ticket, pointer,
    spread, store)
from juntingnet_theano.theano_facade.link.numba.kernels.machine import (
    REGISTERS)
from juntingnet_theano.theano_facade.link.numba.parallel import (
    on_threads)

GROUPS = 32
BYTES_4D = types.Array(types.uint8, 4, 'A')
NEARBY = 10000
"""Floats of the image that one list refers to: about the first-level
cache."""
FIRST_HIT = np.array([0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0])
"""The first of the four cells whose bit is set."""


def grouping(rows, length):
    """How a filter of `rows` stretches of `length` floats fills registers.

    Returns
    -------
    (rows a group, groups, vectors a group, groups)
        Accumulators leave four registers free. Groups may reach beyond the
        filter: the surplus meets zeros, or sums that nobody reads. Least
        work is chosen, where a group costs as much as two more vectors.

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
    lines = ['def {}(source, row, offsets, values, count, sums, step):'
             .format(name)]
    lines += ['    s{0}_{1} = load(sums, {0} * step + {2})'.format(
        i, v, v * LANES) for i, v in cells]
    lines += ['    for entry in range(count):',
              '        at = numpy.int64(offsets[entry])',
              '        x = spread(values, entry)']
    lines += ['        s{0}_{1} = multiply_add(x, load(source, at + {0} * row '
              '+ {2}), s{0}_{1})'.format(i, v, v * LANES) for i, v in cells]
    lines += ['    store(sums, {0} * step + {2}, s{0}_{1})'.format(
        i, v, v * LANES) for i, v in cells]
    return '\n'.join(lines) + '\n'


@functools.lru_cache(maxsize=None)
def _gather(rows, vectors):
    """Entry ``(source, row, offsets, values, count, sums, step)``.

    ::

        sums[i * step + v] += sum over the list of
                              values[e] * source[offsets[e] + i * row + v]

    for `rows` rows i and `vectors` vectors v.
    """
    name = 'gather_{}x{}'.format(rows, vectors)
    function = generated(
        _gather_source(name, rows, vectors), name, __name__, numpy=np,
        load=load, store=store, spread=spread, multiply_add=multiply_add)
    floats, size = types.CPointer(types.float32), types.intp
    return entry(part(function), floats, size, types.CPointer(types.int32),
                 floats, size, floats, size)


@numba.njit
def _list_by_filter(gradient, n, codes, slope, first, last, row, steps,
                    channels, offsets, values, counts, bias_sums):
    """List the live places of pooled rows `first` to `last` of each filter.

    Offsets are counted from the patch of the first place; `steps` are those
    of a cell's first hit. A place that is not live is written too, and
    overwritten by the next. Indices are cast to `uintp` here and below:
    numba counts a negative index from the end, and the test for it costs as
    much as the rest.
    """
    count, cells = gradient.shape[1], gradient.shape[3]
    source, flags = memory(gradient), memory(codes)
    where, what = memory(offsets), memory(values)
    size, room = gradient.itemsize, offsets.shape[1]
    step = gradient.strides[1] // size
    for o in range(count):
        counts[o] = 0
    for y in range(first, last):
        for x in range(cells):
            at = (n * gradient.strides[0] + y * gradient.strides[2]
                  + x * gradient.strides[3]) // size
            flag_at = ((n * codes.shape[1] + y) * cells + x) * codes.strides[2]
            corner = 2 * ((y - first) * row + x * channels)
            for o in range(count):
                code = np.int64(flags[uintp(flag_at + o)])
                value = source[uintp(at + o * step)]
                if code & AT_ZERO:
                    value = value * slope
                hits = code & 15
                live = np.int64(hits != 0)
                entry = o * room + counts[uintp(o)]
                where[uintp(entry)] = corner + steps[uintp(hits)]
                what[uintp(entry)] = value
                bias_sums[uintp(o)] += live * value
                counts[uintp(o)] += live
                hits &= hits - 1
                while hits:     # equal maxima, each with the whole gradient
                    entry += 1
                    where[uintp(entry)] = corner + steps[uintp(hits)]
                    what[uintp(entry)] = value
                    bias_sums[uintp(o)] += value
                    counts[uintp(o)] += 1
                    hits &= hits - 1


@numba.njit
def _list_by_place(gradient, n, codes, slope, y, size_of_filter, offsets,
                   values, counts):
    """List the live filters of each place of pooled row `y`.

    Places are numbered cell by cell, four to a cell.
    """
    count, cells = gradient.shape[1], gradient.shape[3]
    source, flags = memory(gradient), memory(codes)
    where, what = memory(offsets), memory(values)
    size, room = gradient.itemsize, offsets.shape[1]
    step = gradient.strides[1] // size
    for x in range(cells):
        at = (n * gradient.strides[0] + y * gradient.strides[2]
              + x * gradient.strides[3]) // size
        flag_at = ((n * codes.shape[1] + y) * cells + x) * codes.strides[2]
        for place in range(4 * x, 4 * x + 4):
            counts[place] = 0
        for o in range(count):
            code = np.int64(flags[uintp(flag_at + o)])
            value = source[uintp(at + o * step)]
            if code & AT_ZERO:
                value = value * slope
            hits = code & 15
            live = np.int64(hits != 0)
            while True:
                place = uintp(4 * x + FIRST_HIT[uintp(hits)])
                entry = uintp(place * room + counts[place])
                where[entry] = o * size_of_filter
                what[entry] = value
                counts[place] += live
                hits &= hits - 1
                if hits == 0:
                    break


@numba.njit
def _pack(filters, grid, flip):
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
                at = (o * channels * taps_y * taps_x
                      + tap(i, j, taps_y, taps_x, flip))
                to = o * size + i * step + j * channels
                for c in range(channels):
                    packed[to + c] = source[at + c * taps_y * taps_x]
    return packed


@numba.njit
def _unpack(sums, grid, filters, flip):
    """`_pack` reversed, of sums that are added up over the groups."""
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
                        o * size + i * step + j * channels + c]


def _filter_sums(image, row, offsets, values, counts, sums, grid):
    """Run each filter's list through its groups."""
    high, down, wide, across = grid
    step = wide * across * LANES
    for o in range(counts.size):
        for i in range(down):
            for v in range(across):
                gather((
                    pointer(image, i * high * row + v * wide * LANES), row,
                    pointer(offsets, o * offsets.shape[1]),
                    pointer(values, o * offsets.shape[1]), counts[o],
                    pointer(sums, (o * down + i) * high * step
                            + v * wide * LANES), step))


def _patch_sums(filters, target, row, channels, offsets, values, counts,
                grid):
    """Run each place's list through the groups of the filters.

    Groups outermost: one group of all filters fits the first-level cache.
    """
    high, down, wide, across = grid
    step = wide * across * LANES
    for i in range(down):
        for v in range(across):
            for place in range(counts.size):
                at = ((place >> 1 & 1) * row
                      + (2 * (place >> 2) + (place & 1)) * channels)
                gather((
                    pointer(filters, i * high * step + v * wide * LANES),
                    step, pointer(offsets, place * offsets.shape[1]),
                    pointer(values, place * offsets.shape[1]), counts[place],
                    pointer(target, at + i * high * row + v * wide * LANES),
                    row))


def _gradient_part(images, filters, codes, gradient, sums, bias_sums,
                   images_gradient, tickets, plan):
    """What one thread does: takes groups of images until none is left."""
    taps_y, taps_x, need_images, halves = plan[:4]
    grid = plan[4:]
    slope = np.float32(0.5) * np.float32(halves)
    batch, count, rows, cells = gradient.shape
    channels, height, width = images.shape[1:]
    row, size = width * channels, filters.size // count
    image_size = height * row
    # Where groups reach beyond the filter they reach beyond the image too.
    step, surplus = grid[2] * grid[3] * LANES, grid[0] * grid[1] - taps_y
    slack = (surplus + 1) * row + step
    direct = (is_channels_last(images) and surplus == 0
              and step == taps_x * channels)
    source = memory(images)
    if not direct:
        source = aligned_floats(image_size + slack)
        clear(source, image_size + slack)
    target = aligned_floats(image_size + slack if need_images else 0)
    at_once = min(rows, max(1, (NEARBY // row - taps_y + 1) // 2))
    steps = np.empty(16, np.int64)
    for hits in range(16):
        hit = FIRST_HIT[hits]
        steps[hits] = (hit >> 1) * row + (hit & 1) * channels
    counts = np.empty(count, np.int64)
    offsets = np.empty((count, 4 * cells * at_once + 1), np.int32)
    values = np.empty((count, 4 * cells * at_once + 1), np.float32)
    place_counts = np.empty(4 * cells, np.int64)
    place_offsets = np.empty((4 * cells, count + 1), np.int32)
    place_values = np.empty((4 * cells, count + 1), np.float32)
    while True:
        group = next_ticket(tickets, 0)
        if group >= sums.shape[0]:
            break
        for n in range(batch * group // sums.shape[0],
                       batch * (group + 1) // sums.shape[0]):
            at = n * image_size
            if not direct:
                relay(images, n, 0, height, source)
                at = 0
            for first in range(0, rows, at_once):
                list_by_filter(
                    gradient, n, codes, slope, first,
                    min(first + at_once, rows), row, steps, channels, offsets,
                    values, counts, bias_sums[group])
                filter_sums(pointer(source, at + 2 * first * row), row,
                            offsets, values, counts, sums[group], grid)
            if not need_images:
                continue
            clear(target, target.size)
            for y in range(rows):
                list_by_place(gradient, n, codes, slope, y, size,
                              place_offsets, place_values, place_counts)
                patch_sums(filters, pointer(target, 2 * y * row), row,
                           channels, place_offsets, place_values,
                           place_counts, grid)
            copy(target, images_gradient, n * image_size, image_size)


@numba.njit
def clear(array, count):
    """Zeros; a loop, since numba makes a slice's assignment a slow one."""
    for i in range(count):
        array[i] = 0


@numba.njit
def copy(source, target, to, count):
    """The first `count` of `source` to ``target[to:]``."""
    for i in range(count):
        target[to + i] = source[i]


def _gradients(images, filters, codes, gradient, options):
    """Gradients of images (channels last), filters and bias."""
    flip, need_images, halves = options
    batch, channels, height, width = images.shape
    count, filter_channels, taps_y, taps_x = filters.shape
    if (gradient.shape[0] != batch or gradient.shape[1] != count
            or gradient.shape[2] != codes.shape[1]
            or gradient.shape[3] != codes.shape[2]):
        raise ValueError('convolution and pooling: the gradient has another '
                         'size than the pooled maps')
    packed = pack(filters, grid, flip)
    groups = max(1, min(batch, GROUPS))
    sums = np.zeros((groups, packed.size), np.float32)
    bias_sums = np.zeros((groups, count))
    images_gradient = aligned_floats(images.size if need_images else 0)
    workers = threads.current_threads()
    tickets = np.zeros(1, np.int64)
    plan = (taps_y, taps_x, need_images, halves, grid[0], grid[1], grid[2],
            grid[3])
    run_part((workers, images, packed, codes, gradient, sums, bias_sums,
              images_gradient, tickets, plan))
    filters_gradient = np.empty(filters.shape, np.float32)
    bias_gradient = np.empty(count, np.float32)
    unpack(sums, grid, filters_gradient, flip)
    add_up(bias_sums, bias_gradient)
    shape = (batch if need_images else 0, height, width, channels)
    return (images_gradient.reshape(shape), filters_gradient, bias_gradient)


@numba.njit
def _add_up(parts, total):
    for i in range(total.size):
        value = 0.
        for group in range(parts.shape[0]):
            value += parts[group, i]
        total[i] = value


@functools.lru_cache(maxsize=None)
def gradients(channels, taps_y, taps_x):
    """Entry ``(images, filters, codes, gradient, options)``.

    Options, integers: whether filters are turned, whether the gradient of
    the images is needed, the rectifier's slope at 0 in halves.
    """
    grid = grouping(taps_y, taps_x * channels)
    suffix = '_{}x{}'.format(grid[0], grid[2])
    gather = _gather(grid[0], grid[2])
    names = {name.__name__[1:]: numba.njit(error_model='numpy')(
        with_names(name, suffix, gather=gather))
        for name in (_filter_sums, _patch_sums)}
    integer = types.int64
    run_part = on_threads(
        part(with_names(_gradient_part, suffix,
                        list_by_filter=_list_by_filter,
                        list_by_place=_list_by_place, **names)),
        STRIDED, FLAT, BYTES_4D, STRIDED, tensor_of('float32', 2),
        tensor_of('float64', 2), FLAT, TICKETS,
        types.UniTuple(integer, 8))
    return entry(
        part(with_names(_gradients, suffix + '_{}x{}x{}'.format(
            channels, taps_y, taps_x), run_part=run_part, grid=grid,
            pack=_pack, unpack=_unpack, add_up=_add_up)),
        STRIDED, tensor_of('float32', 4), BYTES_4D, STRIDED,
        types.UniTuple(integer, 3))
