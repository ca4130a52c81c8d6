"""2-D convolution for the numba linker: im2col and BLAS.

One image at a time is unrolled into a matrix with a column for each place of
the filter and a row for each tap of each channel::

    maps      (F x places) = filters (F x C*taps) . columns (C*taps x places)
    d filters (F x C*taps) = d maps  (F x places) . columns'
    d columns (C*taps x places) = filters' . d maps,   then summed into d image

Images are shared out among the threads; each has one matrix of columns and
calls a BLAS of one thread (see `threads`). Padding is written while
unrolling: no padded copy of the batch is made.

Indices are cast to `uintp` in the innermost loops: numba counts a negative
index from the end, and the test for it keeps LLVM from vectorising.
"""

from typing import Any, Tuple

import numba
import numpy as np
from numpy import uintp
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import numba_njit, register_funcify_and_cache_key
from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import (
    Conv2d,
    Conv2dGradInputs,
    Conv2dGradWeights,
)
from juntingnet_theano.engine.numba.dispatch.conv_layout import layout, plan
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_calls import (
    VECTOR_OF_INTS,
    as_contiguous,
    entry,
    graph_key,
    kernel,
    tensor_of,
)
from juntingnet_theano.engine.numba.runtime.spans import span

GROUPS, MOST_SUMS = 32, 1 << 26
"""Groups of images whose gradients of the filters are summed apart, and the
most floats that these sums may take."""


@piece
def _unroll(image, plan, top, left, shape, columns):  # noqa: C901  (numba: one loop nest)
    """Write the columns of one image; shape = (taps y, taps x, rows, cols)."""
    taps_y, taps_x, rows, cols = shape
    channels, height, width = image.shape
    stride_y, stride_x = plan[4], plan[5]
    row = 0
    for channel in range(channels):
        for i in range(taps_y):
            for j in range(taps_x):
                first = j * plan[7] - left
                lo, hi = span(first, stride_x, cols, width)
                for y in range(rows):
                    source = y * stride_y + i * plan[6] - top
                    out = columns[row, y * cols : (y + 1) * cols]
                    if source < 0 or source >= height:
                        out[:] = 0
                        continue
                    for x in range(lo):
                        out[x] = 0
                    for x in range(hi, cols):
                        out[x] = 0
                    line = image[channel, source]
                    if stride_x == 1:  # a plain copy, for the compiler
                        for x in range(lo, hi):
                            out[uintp(x)] = line[uintp(first + x)]
                    else:
                        for x in range(lo, hi):
                            out[uintp(x)] = line[uintp(first + x * stride_x)]
                row += 1


@piece
def _fold(columns, plan, top, left, shape, image):
    """Add columns back into the cells they came from: `_unroll` reversed."""
    taps_y, taps_x, rows, cols = shape
    channels, height, width = image.shape
    stride_x = plan[5]
    row = 0
    for channel in range(channels):
        for i in range(taps_y):
            for j in range(taps_x):
                first = j * plan[7] - left
                lo, hi = span(first, stride_x, cols, width)
                for y in range(rows):
                    target = y * plan[4] + i * plan[6] - top
                    if target < 0 or target >= height:
                        continue
                    line = image[channel, target]
                    part = columns[row, y * cols : (y + 1) * cols]
                    for x in range(lo, hi):
                        line[uintp(first + x * stride_x)] += part[uintp(x)]
                row += 1


@piece
def _matrix(filters, flip):
    """Filters as a matrix F x C*taps, turned if the Op flips."""
    count, channels, taps_y, taps_x = filters.shape
    matrix = np.empty((count, channels, taps_y, taps_x), filters.dtype)
    for f in range(count):
        for c in range(channels):
            for i in range(taps_y):
                for j in range(taps_x):
                    if flip:
                        matrix[f, c, i, j] = filters[f, c, taps_y - 1 - i, taps_x - 1 - j]
                    else:
                        matrix[f, c, i, j] = filters[f, c, i, j]
    return matrix.reshape(count, channels * taps_y * taps_x)


@piece
def _wake_blas(array):
    """First call of BLAS, from the main thread.

    numba looks the routine up under the interpreter's lock. The main thread
    holds that lock while the others run, so none of them may be the first.
    """
    one = np.ones((1, 1), array.dtype)
    return np.dot(one, one)


@piece
def _maps(images, matrix, plan, top, left, shape, first, last, maps):
    """Maps of images `first` to `last`."""
    columns = np.empty((matrix.shape[1], maps.shape[2]), images.dtype)
    for n in range(first, last):
        _unroll(images[n], plan, top, left, shape, columns)
        np.dot(matrix, columns, maps[n])


@kernel
def forward(images: np.ndarray, filters: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """Maps of a batch; see the module's picture."""
    batch, channels, height, width = images.shape
    count, filter_channels, taps_y, taps_x = filters.shape
    if channels != filter_channels:
        raise ValueError('convolution: images and filters differ in channels')
    top, left, rows, cols = layout(plan, height, width, taps_y, taps_x)
    shape = (taps_y, taps_x, rows, cols)
    matrix = _matrix(filters, plan[8])
    maps = np.empty((batch, count, rows * cols), images.dtype)
    _wake_blas(maps)
    workers = max(1, min(threads.current_threads(), batch))
    bounds = threads.shares(batch, workers)
    if workers == 1:
        _maps(images, matrix, plan, top, left, shape, 0, batch, maps)
    else:
        for worker in numba.prange(workers):
            _maps(images, matrix, plan, top, left, shape, bounds[worker], bounds[worker + 1], maps)
    return maps.reshape(batch, count, rows, cols)


@piece
def _check_gradient(maps_gradient, rows, cols):
    if maps_gradient.shape[2] != rows or maps_gradient.shape[3] != cols:
        raise ValueError('convolution: the gradient has another size than the maps')


@kernel
def grad_weights(
    images: np.ndarray, like: np.ndarray, maps_gradient: np.ndarray, plan: np.ndarray
) -> np.ndarray:
    """Gradient of the filters: groups of images are summed apart, then all,
    the same groups for any number of threads."""
    batch, channels, height, width = images.shape
    count = maps_gradient.shape[1]
    taps_y, taps_x = like.shape[2:]
    top, left, rows, cols = layout(plan, height, width, taps_y, taps_x)
    _check_gradient(maps_gradient, rows, cols)
    shape = (taps_y, taps_x, rows, cols)
    gradient = maps_gradient.reshape(batch, count, rows * cols)
    taps = channels * taps_y * taps_x
    _wake_blas(gradient)
    groups = max(1, min(batch, GROUPS, MOST_SUMS // max(1, count * taps)))
    bounds = threads.shares(batch, groups)
    sums = np.zeros((groups, count, taps), images.dtype)
    if threads.current_threads() == 1:
        for group in range(groups):
            _sum_weights(
                images,
                gradient,
                plan,
                top,
                left,
                shape,
                bounds[group],
                bounds[group + 1],
                sums[group],
            )
    else:
        for group in numba.prange(groups):
            _sum_weights(
                images,
                gradient,
                plan,
                top,
                left,
                shape,
                bounds[group],
                bounds[group + 1],
                sums[group],
            )
    for group in range(1, groups):
        _accumulate(sums[0], sums[group])
    total = sums[0].reshape(count, channels, taps_y, taps_x)
    return _matrix(total, plan[8]).reshape(count, channels, taps_y, taps_x)


@piece
def _sum_weights(images, gradient, plan, top, left, shape, first, last, total):
    """Add the gradient of the filters of images `first` to `last`."""
    columns = np.empty((total.shape[1], gradient.shape[2]), images.dtype)
    product = np.empty(total.shape, images.dtype)
    for n in range(first, last):
        _unroll(images[n], plan, top, left, shape, columns)
        np.dot(gradient[n], columns.T, product)
        _accumulate(total, product)


@piece
def _accumulate(total, part):
    for i in range(total.shape[0]):
        for j in range(total.shape[1]):
            total[i, j] += part[i, j]


@kernel
def grad_inputs(
    like: np.ndarray, filters: np.ndarray, maps_gradient: np.ndarray, plan: np.ndarray
) -> np.ndarray:
    """Gradient of the images; see the module's picture."""
    batch, count = maps_gradient.shape[:2]
    filter_count, channels, taps_y, taps_x = filters.shape
    height, width = like.shape[2:]
    if count != filter_count:
        raise ValueError('convolution: gradient and filters differ in maps')
    top, left, rows, cols = layout(plan, height, width, taps_y, taps_x)
    _check_gradient(maps_gradient, rows, cols)
    shape = (taps_y, taps_x, rows, cols)
    gradient = maps_gradient.reshape(batch, count, rows * cols)
    matrix = _matrix(filters, plan[8])
    images = np.zeros((batch, channels, height, width), filters.dtype)
    _wake_blas(gradient)
    workers = max(1, min(threads.current_threads(), batch))
    bounds = threads.shares(batch, workers)
    if workers == 1:
        _images(gradient, matrix, plan, top, left, shape, 0, batch, images)
    else:
        for worker in numba.prange(workers):
            _images(
                gradient, matrix, plan, top, left, shape, bounds[worker], bounds[worker + 1], images
            )
    return images


@piece
def _images(gradient, matrix, plan, top, left, shape, first, last, images):
    """Gradient of images `first` to `last`."""
    columns = np.empty((matrix.shape[1], gradient.shape[2]), images.dtype)
    for n in range(first, last):
        np.dot(matrix.T, gradient[n], columns)
        _fold(columns, plan, top, left, shape, images[n])


def _call(kernel, op, node):
    """(call of `kernel`, geometry, cache key) for a node of `op`."""
    dtype = node.outputs[0].type.dtype
    tensor = tensor_of(dtype, 4)
    call = entry(kernel, *([tensor] * len(node.inputs) + [VECTOR_OF_INTS]), returns=tensor)
    return call, plan(op), graph_key(op, dtype)


@register_funcify_and_cache_key(Conv2d)
def numba_conv2d(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `forward`."""
    call, geometry, key = _call(forward, op, node)

    @numba_njit
    def conv2d(images, filters):
        return call((as_contiguous(images), as_contiguous(filters), geometry))

    return conv2d, key


def _numba_gradient(kernel, op, node):
    call, geometry, key = _call(kernel, op, node)

    @numba_njit
    def conv2d_gradient(first, second, maps_gradient):
        return call(
            (as_contiguous(first), as_contiguous(second), as_contiguous(maps_gradient), geometry)
        )

    return conv2d_gradient, key


@register_funcify_and_cache_key(Conv2dGradWeights)
def numba_conv2d_grad_weights(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `grad_weights`."""
    return _numba_gradient(grad_weights, op, node)


@register_funcify_and_cache_key(Conv2dGradInputs)
def numba_conv2d_grad_inputs(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `grad_inputs`."""
    return _numba_gradient(grad_inputs, op, node)
