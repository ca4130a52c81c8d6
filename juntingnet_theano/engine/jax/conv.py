"""2-D convolution for the JAX linker: XLA's, and its transposes.

Filters are turned before, since XLA correlates. The gradients are the linear
transposes that JAX derives from the convolution itself.
"""

from typing import Any, Callable

import jax
from jax import lax
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import jax_funcify
from juntingnet_theano.engine.ops.convolution import Conv2d, Conv2dGradInputs, Conv2dGradWeights


def convolve(images: Any, filters: Any, op: Op) -> Any:
    """Maps of a batch, batch x filters x rows x columns."""
    geometry = op.geometry
    geometry.checked_output_shape(images.shape, filters.shape)
    if op.filter_flip:
        filters = filters[:, :, ::-1, ::-1]
    return lax.conv_general_dilated(
        images,
        filters,
        window_strides=geometry.subsample,
        padding=[geometry.padding(axis, filters.shape[2 + axis]) for axis in (0, 1)],
        rhs_dilation=geometry.dilation,
    )


def _transposed(function, shape, cotangent):
    """Linear transpose of `function`, which takes an array of `shape`."""
    structure = jax.ShapeDtypeStruct(shape, cotangent.dtype)
    (result,) = jax.linear_transpose(function, structure)(cotangent)
    return result


@jax_funcify.register(Conv2d)
def jax_conv2d(op: Op, **kwargs: Any) -> Callable[..., Any]:
    """XLA's convolution."""

    def conv2d(images, filters):
        return convolve(images, filters, op)

    return conv2d


@jax_funcify.register(Conv2dGradWeights)
def jax_conv2d_grad_weights(op: Op, **kwargs: Any) -> Callable[..., Any]:
    """XLA's transpose of `convolve` in the filters."""

    def conv2d_grad_weights(images, like, maps_gradient):
        shape = (maps_gradient.shape[1], images.shape[1]) + like.shape[2:]
        return _transposed(lambda filters: convolve(images, filters, op), shape, maps_gradient)

    return conv2d_grad_weights


@jax_funcify.register(Conv2dGradInputs)
def jax_conv2d_grad_inputs(op: Op, **kwargs: Any) -> Callable[..., Any]:
    """XLA's transpose of `convolve` in the images."""

    def conv2d_grad_inputs(like, filters, maps_gradient):
        shape = (maps_gradient.shape[0], filters.shape[1]) + like.shape[2:]
        return _transposed(lambda images: convolve(images, filters, op), shape, maps_gradient)

    return conv2d_grad_inputs
