"""2-D pooling and its gradients in NumPy: the reference of the Ops.

What ``perform`` of the Ops in `pool` calls, and what the linkers' kernels
are compared with. One loop over the cells of a window, each turn a strided
view of the whole batch, so that no temporary is larger than the image.

>>> import numpy as np
>>> from juntingnet_theano.engine.ops.pool_geometry import (
...     Windows)
>>> forward(np.arange(4.).reshape(2, 2),
...         Windows((2, 2), True, (2, 2), (0, 0), 'max'))
array([[3.]])
"""

from typing import Sequence

import numpy as np

from juntingnet_theano.engine.ops.pool_geometry import Windows


def forward(images: np.ndarray, windows: Windows) -> np.ndarray:
    """Pooled images, ... x rows x columns."""
    biggest = windows.mode == 'max'
    grid = _Grid(images.shape, windows)
    padded = grid.whole(images, -np.inf if biggest else 0)
    pooled = np.full(images.shape[:-2] + grid.shape, -np.inf if biggest else 0, images.dtype)
    # np.maximum hands NaN on: a diverged network stays visible.
    combine = np.maximum if biggest else np.add
    for cell in grid.cells():
        combine(pooled, padded[cell], out=pooled)
    if windows.mode.startswith('average'):
        pooled /= grid.divisors(images.dtype)
    return pooled


def max_gradient(
    images: np.ndarray, pooled: np.ndarray, gradient: np.ndarray, windows: Windows
) -> np.ndarray:
    """Gradient of the images: each maximum of a window gets all of it."""
    grid = _Grid(images.shape, windows)
    padded = grid.whole(images, -np.inf)
    result = np.zeros_like(padded)
    for cell in grid.cells():
        value = padded[cell]
        hit = (value == pooled) | (np.isnan(value) & np.isnan(pooled))
        result[cell] += np.where(hit, gradient, 0)
    return grid.image(result)


def average_gradient(
    image_shape: Sequence[int], gradient: np.ndarray, windows: Windows
) -> np.ndarray:
    """Gradient of the images of a sum or an average: spread evenly."""
    grid = _Grid(image_shape, windows)
    if windows.mode.startswith('average'):
        gradient = gradient / grid.divisors(gradient.dtype)
    result = grid.whole(np.zeros(image_shape, gradient.dtype), 0)
    for cell in grid.cells():
        result[cell] += gradient
    return grid.image(result)


class _Grid:
    """The windows over images of one shape."""

    def __init__(self, image_shape, windows):
        self.windows = windows
        self.size = image_shape[-2:]
        self.shape = windows.output_shape(self.size)
        self.sides = [windows.overhang(axis, size) for axis, size in enumerate(self.size)]

    def cells(self):
        """For each cell of a window, its places in all windows."""
        for cell in np.ndindex(*self.windows.ws):
            yield (Ellipsis,) + tuple(
                slice(first, first + max(0, (count - 1) * stride + 1), stride)
                for first, stride, count in zip(cell, self.windows.stride, self.shape)
            )

    def whole(self, images, value):
        """`images` with `value` around, so that every window is whole."""
        sides = [(before, max(after, 0)) for before, after in self.sides]
        if not np.any(sides):
            return images
        return np.pad(
            images, [(0, 0)] * (images.ndim - 2) + sides, mode='constant', constant_values=value
        )

    def image(self, padded):
        """The part of `padded` that is the image."""
        (top, _), (left, _) = self.sides
        return np.ascontiguousarray(
            padded[..., top : top + self.size[0], left : left + self.size[1]]
        )

    def divisors(self, dtype):
        rows, columns = (self.windows.counts(axis, size) for axis, size in enumerate(self.size))
        return np.multiply.outer(rows, columns).astype(dtype)
