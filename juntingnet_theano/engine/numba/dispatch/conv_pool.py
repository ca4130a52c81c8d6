"""Joined convolution and pooling for the numba linker: see `kernels`."""

from typing import Any, Tuple

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import numba_njit, register_funcify_and_cache_key
from juntingnet_theano.engine.numba.kernels import (
    byte_images,
    conv_pool,
    conv_pool_gradient,
    gather,
    winograd,
)
from juntingnet_theano.engine.numba.kernels.lanes import channels_first, shaped
from juntingnet_theano.engine.numba.runtime.kernel_calls import as_contiguous, graph_key
from juntingnet_theano.engine.ops import conv_pool_rewrite, prediction_rewrite  # noqa: F401
from juntingnet_theano.engine.ops.conv_pool import ConvPool, ConvPoolGrad


@register_funcify_and_cache_key(ConvPool)
def numba_conv_pool(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel; maps are a view of channels-last memory, which the
    next convolution takes as it is."""
    shape = node.inputs[1].type.shape
    if not (op.any_order and winograd.serves(shape)):
        return _of_bytes(op, _direct(op)), graph_key(op, 'float32')
    form = winograd.form_of(*shape[1:3])
    key = graph_key(op, f'float32 winograd {form}')
    if winograd.takes_bytes(*form):
        return _by_winograd(op, *form, op.scale), key
    return _of_bytes(op, _by_winograd(op, *form)), key


def _of_bytes(op, pooled):
    """`pooled` for images that are bytes, where no kernel takes them."""
    if op.scale is None:
        return pooled
    call, scale = byte_images.images('int32', 'int32'), np.float32(op.scale)

    @numba_njit
    def pooled_of_bytes(images, filters, bias):
        none, size = np.empty(0, np.int32), images.shape
        values = call((as_contiguous(images), none, none, (0, 0), scale))
        floats = channels_first(shaped(values, (size[0], size[2], size[3], size[1])))
        return pooled(floats, filters, bias)

    return pooled_of_bytes


def _by_winograd(op, channels, taps, scale=None):
    call = winograd.forward(channels, taps, scale)
    flip = int(op.filter_flip)

    @numba_njit
    def pooled_by_winograd(images, filters, bias):
        pooled = call(images, as_contiguous(filters), as_contiguous(bias), flip)
        return channels_first(pooled[:, :, :, : filters.shape[0]])

    return pooled_by_winograd


def _direct(op):
    call = conv_pool.forward()
    flip, with_codes = int(op.filter_flip), int(op.with_codes)

    @numba_njit
    def joined(images, filters, bias):
        pooled, codes = call(
            (images, as_contiguous(filters), as_contiguous(bias), (flip, with_codes))
        )
        return (
            channels_first(pooled[:, :, :, : filters.shape[0]]),
            codes[:, :, :, : filters.shape[0]],
        )

    @numba_njit
    def pooled_only(images, filters, bias):
        pooled, _ = call((images, as_contiguous(filters), as_contiguous(bias), (flip, with_codes)))
        return channels_first(pooled[:, :, :, : filters.shape[0]])

    return joined if with_codes else pooled_only


@register_funcify_and_cache_key(ConvPoolGrad)
def numba_conv_pool_grad(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of `conv_pool_gradient.gradients`."""
    channels, taps_y, taps_x = node.inputs[1].type.shape[1:]
    grid = gather.grouping(taps_y, taps_x * channels)
    run_gather = gather.gather(grid[0], grid[2])
    call = conv_pool_gradient.gradients()
    flip, need = int(op.filter_flip), int(op.need_images)
    halves = int(2 * op.at_zero)

    @numba_njit
    def gradients(images, filters, codes, gradient):
        of_images, of_filters, of_bias = call(
            (
                images,
                as_contiguous(filters),
                codes,
                gradient,
                (flip, need, halves, run_gather()) + grid,
            )
        )
        return channels_first(of_images), of_filters, of_bias

    return gradients, graph_key(op, f'float32 {grid}')
