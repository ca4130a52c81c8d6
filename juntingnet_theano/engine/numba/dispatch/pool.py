"""2-D pooling for the numba linker.

An output row is built cell by cell of the window, each turn a strided walk
along one image row: no temporary, and an inner loop without branches that
the compiler vectorises. Planes (batch times channels) are shared out among
the threads. Why indices are cast to `uintp`: see `conv`.
"""

from typing import Any, Tuple

import numba
import numpy as np
from numpy import uintp
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import numba_njit, register_funcify_and_cache_key
from juntingnet_theano.engine.names.tensor.signal.pool import AveragePoolGrad, MaxPoolGrad, Pool
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

MAX, SUM, AVERAGE = 0, 1, 2


def plan(op: Op) -> np.ndarray:
    """The windows of `op` as the array of ints that the kernels take.

    An array, since numba types a constant tuple by its values and would
    compile every kernel again for each size of window.

    (rows, columns, stride y, stride x, pad y, pad x, ignore border, kind,
    whether an average divides by the whole window).
    """
    kind = {'max': MAX, 'sum': SUM}.get(op.mode, AVERAGE)
    whole = op.mode == 'average_inc_pad' and op.ignore_border
    return np.array(op.ws + op.stride + op.pad + (op.ignore_border, kind, whole), np.int64)


@piece
def _count(size, window, stride, pad, ignore_border):
    """Windows along one axis: `pool_geometry.Windows` for the kernels."""
    padded = size + 2 * pad
    if ignore_border:
        return max((padded - window) // stride + 1, 0)
    if stride >= window:
        return (padded - 1) // stride + 1
    return max((padded - 1 - window) // stride + 1, 0) + 1


@piece
def _grid(height, width, plan):
    return (
        _count(height, plan[0], plan[2], plan[4], plan[6]),
        _count(width, plan[1], plan[3], plan[5], plan[6]),
    )


@piece
def _divide(line, y, height, width, plan):
    """Turn a row of sums into averages."""
    area_y, area_x = plan[0], plan[1]
    top = y * plan[2] - plan[4]
    if not plan[8]:
        area_y = min(top + plan[0], height) - max(top, 0)
    for x in range(line.shape[0]):
        if not plan[8]:
            left = x * plan[3] - plan[5]
            area_x = min(left + plan[1], width) - max(left, 0)
        line[x] /= area_y * area_x


@piece
def _pool_plane(image, plan, pooled):
    height, width = image.shape
    rows, cols = pooled.shape
    stride_x = plan[3]
    for y in range(rows):
        out = pooled[y]
        out[:] = -np.inf if plan[7] == MAX else 0
        top = y * plan[2] - plan[4]
        for source in range(max(top, 0), min(top + plan[0], height)):
            line = image[source]
            for j in range(plan[1]):
                first = j - plan[5]
                lo, hi = span(first, stride_x, cols, width)
                if plan[7] == MAX:
                    for x in range(lo, hi):
                        value = line[uintp(first + x * stride_x)]
                        best = out[uintp(x)]
                        # The second test lets NaN in, the first keeps it.
                        out[uintp(x)] = value if value > best or value != value else best
                else:
                    for x in range(lo, hi):
                        out[uintp(x)] += line[uintp(first + x * stride_x)]
        if plan[7] == AVERAGE:
            _divide(out, y, height, width, plan)


@piece
def _max_grad_plane(image, pooled, gradient, plan, result):
    height, width = image.shape
    rows, cols = pooled.shape
    stride_x = plan[3]
    zero = gradient.dtype.type(0)
    result[:] = 0
    for y in range(rows):
        top = y * plan[2] - plan[4]
        best, slope = pooled[y], gradient[y]
        for source in range(max(top, 0), min(top + plan[0], height)):
            line, out = image[source], result[source]
            for j in range(plan[1]):
                first = j - plan[5]
                lo, hi = span(first, stride_x, cols, width)
                for x in range(lo, hi):
                    cell = uintp(first + x * stride_x)
                    value, most = line[cell], best[uintp(x)]
                    hit = value == most or (value != value and most != most)
                    # Chosen, not jumped over: a jump is guessed wrong every
                    # fourth time.
                    out[cell] += slope[uintp(x)] if hit else zero


@piece
def _average_grad_plane(gradient, plan, result):
    line = np.empty(gradient.shape[1], gradient.dtype)
    height, width = result.shape
    rows, cols = gradient.shape
    stride_x = plan[3]
    result[:] = 0
    for y in range(rows):
        line[:] = gradient[y]
        if plan[7] == AVERAGE:
            _divide(line, y, height, width, plan)
        top = y * plan[2] - plan[4]
        for target in range(max(top, 0), min(top + plan[0], height)):
            out = result[target]
            for j in range(plan[1]):
                first = j - plan[5]
                lo, hi = span(first, stride_x, cols, width)
                for x in range(lo, hi):
                    out[uintp(first + x * stride_x)] += line[uintp(x)]


@kernel
def forward(images: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """Pool planes x rows x columns."""
    planes, height, width = images.shape
    rows, cols = _grid(height, width, plan)
    pooled = np.empty((planes, rows, cols), images.dtype)
    if threads.current_threads() == 1:
        for plane in range(planes):
            _pool_plane(images[plane], plan, pooled[plane])
    else:
        for plane in numba.prange(planes):
            _pool_plane(images[plane], plan, pooled[plane])
    return pooled


@piece
def _check_gradient(gradient, planes, grid):
    if gradient.shape[0] != planes or gradient.shape[1] != grid[0] or gradient.shape[2] != grid[1]:
        raise ValueError('pooling: the gradient has another size than the pooled images')


@kernel
def max_gradient(
    images: np.ndarray, pooled: np.ndarray, gradient: np.ndarray, plan: np.ndarray
) -> np.ndarray:
    """Gradient of the images; each maximum of a window gets all of it."""
    planes, height, width = images.shape
    grid = _grid(height, width, plan)
    _check_gradient(pooled, planes, grid)
    _check_gradient(gradient, planes, grid)
    result = np.empty(images.shape, images.dtype)
    if threads.current_threads() == 1:
        for plane in range(planes):
            _max_grad_plane(images[plane], pooled[plane], gradient[plane], plan, result[plane])
    else:
        for plane in numba.prange(planes):
            _max_grad_plane(images[plane], pooled[plane], gradient[plane], plan, result[plane])
    return result


@kernel
def average_gradient(like: np.ndarray, gradient: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """Gradient of the images of a sum or an average."""
    planes, height, width = like.shape
    _check_gradient(gradient, planes, _grid(height, width, plan))
    result = np.empty((planes, height, width), gradient.dtype)
    if threads.current_threads() == 1:
        for plane in range(planes):
            _average_grad_plane(gradient[plane], plan, result[plane])
    else:
        for plane in numba.prange(planes):
            _average_grad_plane(gradient[plane], plan, result[plane])
    return result


@piece
def _planes(array):
    """A tensor of any dimensions as planes x rows x columns."""
    shape = array.shape
    if array.ndim == 2:  # numba cannot type a loop over no axes
        return as_contiguous(array).reshape((1, shape[0], shape[1]))
    planes = 1
    for size in shape[:-2]:
        planes *= size
    return as_contiguous(array).reshape((planes, shape[-2], shape[-1]))


def _call(kernel, op, node):
    """(call of `kernel`, windows, cache key) for a node of `op`."""
    dtype = node.outputs[0].type.dtype
    planes = tensor_of(dtype, 3)
    call = entry(kernel, *([planes] * len(node.inputs) + [VECTOR_OF_INTS]), returns=planes)
    return call, plan(op), graph_key(op, dtype)


@register_funcify_and_cache_key(Pool)
def numba_pool(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `forward` on planes."""
    call, windows, key = _call(forward, op, node)

    @numba_njit
    def pool(images):
        pooled = call((_planes(images), windows))
        return pooled.reshape(images.shape[:-2] + pooled.shape[1:])

    return pool, key


@register_funcify_and_cache_key(MaxPoolGrad)
def numba_max_pool_grad(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `max_gradient` on planes."""
    call, windows, key = _call(max_gradient, op, node)

    @numba_njit
    def max_pool_grad(images, pooled, gradient):
        result = call((_planes(images), _planes(pooled), _planes(gradient), windows))
        return result.reshape(images.shape)

    return max_pool_grad, key


@register_funcify_and_cache_key(AveragePoolGrad)
def numba_average_pool_grad(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `average_gradient` on planes."""
    call, windows, key = _call(average_gradient, op, node)

    @numba_njit
    def average_pool_grad(like, gradient):
        result = call((_planes(like), _planes(gradient), windows))
        return result.reshape(like.shape)

    return average_pool_grad, key
