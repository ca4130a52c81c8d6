"""2-D pooling for the JAX linker.

Forward is XLA's ``reduce_window``. The gradient of the maximum is not XLA's,
which picks one of several equal maxima where Theano gives each the whole
gradient: it is built cell by cell of the window. A cell's places in all
windows are a strided slice, and the other way zeros with its values between
them. XLA fuses these and their sum; adding at places would be a scatter, slow
on GPUs.
"""

import functools
import itertools
from typing import Any, Callable, Tuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import jax_funcify
from juntingnet_theano.engine.ops.pool_geometry import Windows
from juntingnet_theano.engine.ops.pooling import AveragePoolGrad, MaxPoolGrad, Pool


def _resized(images, sides, value, gaps=(0, 0)):
    """`images` with rows and columns added, or cut where a side is < 0, and
    with so many more between each two."""
    config = [(0, 0, 0)] * (images.ndim - 2)
    config += [(before, after, gap) for (before, after), gap in zip(sides, gaps)]
    return lax.pad(images, jnp.asarray(value, images.dtype), config)


def _sides(windows, size):
    return [windows.overhang(axis, each) for axis, each in enumerate(size)]


def _whole(images, windows, value):
    """`images` with `value` around, so that windows fit exactly."""
    return _resized(images, _sides(windows, images.shape[-2:]), value)


def _divisors(windows, size, dtype):
    return np.multiply.outer(windows.counts(0, size[0]), windows.counts(1, size[1])).astype(dtype)


def _slices(windows, grid):
    """For each cell of a window, its places in all windows."""
    for cell in np.ndindex(*windows.ws):
        yield (Ellipsis,) + tuple(
            slice(first, first + (count - 1) * stride + 1, stride)
            for first, stride, count in zip(cell, windows.stride, grid)
        )


def pool_images(images: Any, windows: Windows) -> Any:
    """Pooled images, ... x rows x columns."""
    biggest = windows.mode == 'max'
    start = -np.inf if biggest else 0.0
    size = images.shape[-2:]
    if 0 in windows.output_shape(size):
        return jnp.zeros(images.shape[:-2] + windows.output_shape(size), images.dtype)
    ones = (1,) * (images.ndim - 2)
    pooled = lax.reduce_window(
        _whole(images, windows, start),
        np.asarray(start, images.dtype),
        lax.max if biggest else lax.add,
        ones + windows.ws,
        ones + windows.stride,
        'VALID',
    )
    if windows.mode.startswith('average'):
        pooled = pooled / _divisors(windows, size, images.dtype)
    return pooled


def _spread(parts, windows, size):
    """Sum of `parts`, one for each cell of the window, each put at its places in
    images of that size, with zeros elsewhere."""
    gaps = [stride - 1 for stride in windows.stride]

    def put(cell, part):
        sides = [
            (first - before, window - 1 - first - after)
            for first, window, (before, after) in zip(cell, windows.ws, _sides(windows, size))
        ]
        return _resized(part, sides, 0, gaps)

    return functools.reduce(lax.add, map(put, np.ndindex(*windows.ws), parts))


def max_gradient(images: Any, pooled: Any, gradient: Any, windows: Windows) -> Any:
    """Gradient of the images; each maximum of a window gets all of it."""
    size, grid = images.shape[-2:], pooled.shape[-2:]
    if 0 in grid:
        return jnp.zeros_like(images)
    padded = _whole(images, windows, -np.inf)

    def part(places):
        value = padded[places]
        hit = (value == pooled) | (jnp.isnan(value) & jnp.isnan(pooled))
        return jnp.where(hit, gradient, 0)

    return _spread(map(part, _slices(windows, grid)), windows, size)


def average_gradient(shape: Tuple[int, ...], gradient: Any, windows: Windows) -> Any:
    """Gradient of the images of a sum or an average: spread evenly."""
    size, grid = shape[-2:], gradient.shape[-2:]
    if 0 in grid:
        return jnp.zeros(shape, gradient.dtype)
    if windows.mode.startswith('average'):
        gradient = gradient / _divisors(windows, size, gradient.dtype)
    return _spread(itertools.repeat(gradient), windows, size)


@jax_funcify.register(Pool)
def jax_pool(op: Op, **kwargs: Any) -> Callable[..., Any]:
    """Pooling by `pool_images`."""
    return functools.partial(pool_images, windows=op.windows)


@jax_funcify.register(MaxPoolGrad)
def jax_max_pool_grad(op: Op, **kwargs: Any) -> Callable[..., Any]:
    """Gradient by `max_gradient`: all maxima of a window get it."""
    return functools.partial(max_gradient, windows=op.windows)


@jax_funcify.register(AveragePoolGrad)
def jax_average_pool_grad(op: Op, **kwargs: Any) -> Callable[..., Any]:
    """Gradient by `average_gradient`."""

    def average_pool_grad(like, gradient):
        return average_gradient(like.shape, gradient, op.windows)

    return average_pool_grad
