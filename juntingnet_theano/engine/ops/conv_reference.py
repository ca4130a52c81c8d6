"""2-D convolution and its gradients in NumPy: the reference of the Ops.

What ``perform`` of the Ops in `abstract_conv` calls, and what the linkers'
kernels are compared with. No loop over pixels or images: one loop over the
taps of the filter where a scatter needs it.

>>> import numpy as np
>>> from juntingnet_theano.engine.ops.conv_geometry import (
...     Geometry)
>>> geometry = Geometry(((0, 0), (0, 0)), (1, 1), (1, 1))
>>> image = np.arange(9.).reshape(1, 1, 3, 3)
>>> forward(image, np.ones((1, 1, 2, 2)), geometry, flip=True)[0, 0]
array([[ 8., 12.],
       [20., 24.]])
"""

from typing import Sequence

import numpy as np

from juntingnet_theano.engine.ops.conv_geometry import Geometry


def forward(images: np.ndarray, filters: np.ndarray, geometry: Geometry, flip: bool) -> np.ndarray:
    """Maps, batch x filters x rows x columns.

    Raises
    ------
    ValueError
        If the shapes do not fit (see `Geometry.checked_output_shape`).
    """
    geometry.checked_output_shape(images.shape, filters.shape)
    patches = _patches(_padded(images, geometry, filters.shape), filters.shape, geometry)
    maps = np.tensordot(patches, _oriented(filters, flip), axes=((1, 4, 5), (1, 2, 3)))
    return np.ascontiguousarray(maps.transpose(0, 3, 1, 2))


def grad_weights(
    images: np.ndarray,
    filter_shape: Sequence[int],
    maps_gradient: np.ndarray,
    geometry: Geometry,
    flip: bool,
) -> np.ndarray:
    """Gradient of the filters, filters x channels x rows x columns.

    Parameters
    ----------
    filter_shape : sequence of int
        Only its last two entries, rows and columns, are read.
    """
    _check_gradient(images.shape, filter_shape, maps_gradient, geometry)
    patches = _patches(_padded(images, geometry, filter_shape), filter_shape, geometry)
    gradient = np.tensordot(maps_gradient, patches, axes=((0, 2, 3), (0, 2, 3)))
    return np.ascontiguousarray(_oriented(gradient, flip))


def grad_inputs(
    image_shape: Sequence[int],
    filters: np.ndarray,
    maps_gradient: np.ndarray,
    geometry: Geometry,
    flip: bool,
) -> np.ndarray:
    """Gradient of the images, batch x channels x rows x columns.

    Parameters
    ----------
    image_shape : sequence of int
        Only its last two entries, rows and columns, are read.
    """
    _check_gradient(image_shape, filters.shape, maps_gradient, geometry)
    filters = _oriented(filters, flip)
    batch, _, rows, columns = maps_gradient.shape
    (top, bottom), (left, right) = _paddings(geometry, filters.shape)
    height, width = image_shape[2:]
    padded = np.zeros(
        (batch, filters.shape[1], top + height + bottom, left + width + right), filters.dtype
    )
    for i, j in np.ndindex(*filters.shape[2:]):
        places = _places(geometry, i, j, rows, columns)
        padded[(Ellipsis,) + places] += np.tensordot(
            maps_gradient, filters[:, :, i, j], axes=((1,), (0,))
        ).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(padded[:, :, top : top + height, left : left + width])


def _check_gradient(image_shape, filter_shape, maps_gradient, geometry):
    wanted = geometry.output_shape(image_shape, filter_shape)[2:]
    if wanted != maps_gradient.shape[2:]:
        raise ValueError(
            f'convolution: the gradient of maps has shape {maps_gradient.shape}, '
            f'expected {wanted} rows and columns'
        )


def _oriented(filters, flip):
    return filters[:, :, ::-1, ::-1] if flip else filters


def _paddings(geometry, filter_shape):
    return [geometry.padding(axis, filter_shape[2 + axis]) for axis in (0, 1)]


def _padded(images, geometry, filter_shape):
    return np.pad(images, [(0, 0), (0, 0)] + _paddings(geometry, filter_shape))


def _places(geometry, i, j, rows, columns):
    """Slices of the padded image that tap (i, j) meets."""
    return tuple(
        slice(tap * dilation, tap * dilation + (count - 1) * stride + 1, stride)
        for tap, dilation, stride, count in zip(
            (i, j), geometry.dilation, geometry.subsample, (rows, columns)
        )
    )


def _patches(padded, filter_shape, geometry):
    """View batch x channels x rows x columns x taps x taps."""
    reach = [
        (taps - 1) * dilation + 1 for taps, dilation in zip(filter_shape[2:], geometry.dilation)
    ]
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(2, 3))
    stride, dilation = geometry.subsample, geometry.dilation
    return windows[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
