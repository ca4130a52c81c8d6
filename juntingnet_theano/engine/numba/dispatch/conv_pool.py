"""Joined convolution and pooling for the numba linker: see `kernels`."""

from typing import Any, Tuple

from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import numba_njit, register_funcify_and_cache_key
from juntingnet_theano.engine.numba.dispatch.byte_images import numba_byte_images
from juntingnet_theano.engine.numba.kernels import conv_pool, conv_pool_gradient, gather, winograd
from juntingnet_theano.engine.numba.kernels.lanes import channels_first
from juntingnet_theano.engine.numba.runtime.kernel_calls import as_contiguous, graph_key
from juntingnet_theano.engine.ops import conv_pool_rewrite, prediction_rewrite  # noqa: F401
from juntingnet_theano.engine.ops.byte_images import ByteImages
from juntingnet_theano.engine.ops.conv_pool import ConvPool, ConvPoolGrad


@register_funcify_and_cache_key(ConvPool)
def numba_conv_pool(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel; maps are a view of channels-last memory, which the
    next convolution takes as it is."""
    shape = node.inputs[1].type.shape
    if op.any_order and winograd.serves(shape):
        channels, taps = winograd.form_of(*shape[1:3])
        # Those for few channels take bytes.
        pooled = _by_winograd(op, channels, taps, op.scale if channels else None)
        key = graph_key(op, f'float32 winograd {(channels, taps)}')
    else:
        channels, pooled, key = 0, _direct(op), graph_key(op, 'float32')
    return pooled if channels or op.scale is None else _of_bytes(op, node, pooled), key


def _of_bytes(op, node, pooled):
    """`pooled` of floats, for images that are bytes."""
    scaled = ByteImages(op.scale, False, False)
    floats, _ = numba_byte_images(scaled, scaled.make_node(node.inputs[0]))

    @numba_njit
    def pooled_of_bytes(images, filters, bias):
        return pooled(floats(images), filters, bias)

    return pooled_of_bytes


def _by_winograd(op, channels, taps, scale):
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
