"""``theano.tensor.nnet.abstract_conv``: 2-D convolution and its gradients.

Theano's functions and their arguments; `engine.ops.convolution` has the Ops.

>>> import pytensor.tensor as pt
>>> maps = conv2d(pt.tensor4('x'), pt.tensor4('w'),
...               input_shape=(None, 3, 96, 96), filter_shape=(32, 3, 5, 5))
>>> maps.type.shape
(None, 32, 92, 92)
"""

from typing import Any, Dict, Mapping, Sequence, Tuple

import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Constant

from juntingnet_theano.engine.errors import did_you_mean
from juntingnet_theano.engine.ops.conv_geometry import Geometry, normal_border_mode, positive_pair
from juntingnet_theano.engine.ops.convolution import Conv2d, Conv2dGradInputs, Conv2dGradWeights
from juntingnet_theano.engine.refusals import refuse_all


def conv2d(
    input: Any,
    filters: Any,
    input_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = 'valid',
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    image_shape: Any = None,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
    **kwargs: Any,
) -> pt.TensorVariable:
    """Convolve a batch of images with a bank of filters, as Theano 1.0 does.

    Parameters
    ----------
    input : tensor, batch x channels x rows x columns
        float32 or float64.
    filters : tensor, filters x channels x rows x columns
    input_shape, filter_shape : tuple of 4 int or None, optional
        What is known of the shapes. It becomes part of the type (so that
        later layers know their sizes) and is checked at run time.
    border_mode : {'valid', 'half', 'full'}, int, or pair of int or int pairs
        Zeros around the image: none, half the filter, the filter less one,
        or that many rows and columns (before, after).
    subsample : pair of int
        Stride.
    filter_flip : bool
        True: convolution. False: cross-correlation.
    image_shape : tuple, optional
        Old name of `input_shape`.
    filter_dilation : pair of int
        Distance of neighbouring filter taps.
    num_groups, unshared
        Only 1 and False are made.
    **kwargs
        Of older releases, those that chose how the same result is computed
        (``unroll_batch``, ``openmp``, ...).

    Returns
    -------
    tensor, batch x filters x rows x columns

    Raises
    ------
    ValueError
        If shapes known by now do not fit, or an argument is out of range.
    NotImplementedError
        For grouped and unshared convolution.
    TypeError
        If an input is no 4-D tensor of floats.
    """
    check_hints('conv2d', kwargs)
    _check_plain(num_groups, unshared)
    if image_shape is not None:
        if input_shape is not None:
            raise ValueError('conv2d: input_shape and its old name image_shape are both given')
        input_shape = image_shape
    input = _with_static_shape(pt.as_tensor_variable(input), input_shape)
    filters = _with_static_shape(pt.as_tensor_variable(filters), filter_shape)
    return Conv2d(border_mode, subsample, filter_flip, filter_dilation)(input, filters)


ARGUMENTS = 'input_shape image_shape filter_shape border_mode subsample filter_flip filter_dilation'
HINTS = (
    'unroll_batch unroll_kern unroll_patch openmp version verbose fft_opt direction_hint workmem'
)
"""Arguments of older releases that do not change a result."""


def check_hints(name: str, given: Mapping[str, Any]) -> None:
    """TypeError for an argument that is not one of `HINTS`."""
    for each in set(given) - set(HINTS.split()):
        nearest = did_you_mean(each, f'{ARGUMENTS} {HINTS}'.split())
        raise TypeError(f'{name} has no argument {each!r}; {nearest}')


def _check_plain(num_groups, unshared):
    if num_groups != 1 or unshared:
        raise NotImplementedError(
            'convolution: only num_groups=1 and unshared=False are made, got '
            f'num_groups={num_groups} and unshared={unshared}; convolve each group of channels '
            'by itself and T.concatenate the maps'
        )


def get_conv_output_shape(
    image_shape: Any,
    kernel_shape: Any,
    border_mode: Any,
    subsample: Sequence[int],
    filter_dilation: Sequence[int] = (1, 1),
) -> Tuple[Any, ...]:
    """Shape of the maps, from those of images and filters.

    Parameters
    ----------
    image_shape, kernel_shape : 4 of int, scalar variable or None
        None where it is unknown.
    border_mode, subsample, filter_dilation
        As for `conv2d`.

    Returns
    -------
    tuple of 4
    """
    return Geometry(
        normal_border_mode(border_mode),
        positive_pair('subsample', subsample),
        positive_pair('filter_dilation', filter_dilation or (1, 1)),
    ).output_shape(image_shape, kernel_shape)


def conv2d_grad_wrt_inputs(
    output_grad: Any,
    filters: Any,
    input_shape: Any,
    filter_shape: Any = None,
    border_mode: Any = 'valid',
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> pt.TensorVariable:
    """Gradient of `conv2d`'s images from that of its maps.

    Parameters
    ----------
    output_grad : tensor, batch x filters x rows x columns
    filters : tensor, filters x channels x rows x columns
    input_shape : 4 of int, scalar variable or None
        Shape of the images; rows and columns must be there.
    filter_shape, border_mode, subsample, filter_flip, filter_dilation, \
num_groups, unshared
        As for `conv2d`.

    Returns
    -------
    tensor, batch x channels x rows x columns
    """
    _check_plain(num_groups, unshared)
    filters = _with_static_shape(pt.as_tensor_variable(filters), filter_shape)
    return _with_static_shape(
        Conv2dGradInputs(border_mode, subsample, filter_flip, filter_dilation)(
            _of_size(filters, input_shape), filters, output_grad
        ),
        input_shape,
    )


def conv2d_grad_wrt_weights(
    input: Any,
    output_grad: Any,
    filter_shape: Any,
    input_shape: Any = None,
    border_mode: Any = 'valid',
    subsample: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> pt.TensorVariable:
    """Gradient of `conv2d`'s filters from that of its maps.

    Parameters are those of `conv2d_grad_wrt_inputs` and `conv2d`; rows and
    columns of `filter_shape` must be there.

    Returns
    -------
    tensor, filters x channels x rows x columns
    """
    _check_plain(num_groups, unshared)
    input = _with_static_shape(pt.as_tensor_variable(input), input_shape)
    return _with_static_shape(
        Conv2dGradWeights(border_mode, subsample, filter_flip, filter_dilation)(
            input, _of_size(input, filter_shape), output_grad
        ),
        filter_shape,
    )


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    filter_shape: Any = None,
    border_mode: Any = 'valid',
    input_dilation: Sequence[int] = (1, 1),
    filter_flip: bool = True,
    filter_dilation: Sequence[int] = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
) -> pt.TensorVariable:
    """The transposed convolution: `conv2d_grad_wrt_inputs` of `input`, with
    its images' shape as `output_shape` and its stride as
    `input_dilation`."""
    return conv2d_grad_wrt_inputs(
        input,
        filters,
        output_shape,
        filter_shape,
        border_mode,
        input_dilation,
        filter_flip,
        filter_dilation,
        num_groups,
        unshared,
    )


def bilinear_upsampling(
    input: Any,
    ratio: Any = None,
    frac_ratio: Any = None,
    batch_size: Any = None,
    num_input_channels: Any = None,
    use_1D_kernel: Any = True,
) -> Any:
    """Enlarge images, with straight lines between their pixels.

    Parameters
    ----------
    input : tensor, batch x channels x rows x columns
    ratio : int or integer scalar
        By how much; the outermost pixels go on beyond the edge.
    frac_ratio : tuple
        Not made.
    batch_size, num_input_channels, use_1D_kernel
        How Theano computed the same.

    Returns
    -------
    tensor, batch x channels x (rows ratio) x (columns ratio)
    """
    if ratio is None or frac_ratio is not None:
        raise NotImplementedError(
            'bilinear_upsampling: only ratio, an integer, is made; enlarge by the numerator '
            'and take every so many rows and columns'
        )
    images = pt.as_tensor_variable(input)
    for axis in (2, 3):
        size = images.shape[axis]
        place = pt.arange(size * ratio) - (ratio - 1) // 2
        before, share = place // ratio, pt.cast(place % ratio, images.dtype) / ratio
        share = pt.cast(share, images.dtype).dimshuffle(0, *'x' * (3 - axis))
        first, second = (
            pt.take(images, pt.clip(before + each, 0, size - 1), axis=axis) for each in (0, 1)
        )
        images = first * (1 - share) + second * share
    return images


def bilinear_kernel_1D(ratio: Any, normalize: Any = True) -> Any:
    """Weights of `bilinear_upsampling` along an axis, a triangle."""
    rise = pt.cast(pt.arange(1, ratio + 1), pytensor.config.floatX)
    kernel = pt.concatenate([rise, rise[:-1][::-1]])
    return kernel / pt.cast(ratio, kernel.dtype) if normalize else kernel


def bilinear_kernel_2D(ratio: Any, normalize: Any = True) -> Any:
    """The product of two of `bilinear_kernel_1D`."""
    kernel = bilinear_kernel_1D(ratio, normalize)
    return kernel.dimshuffle(0, 'x') * kernel


globals().update(
    refuse_all(
        'theano.tensor.nnet.abstract_conv',
        'conv3d conv3d_grad_wrt_inputs conv3d_grad_wrt_weights separable_conv3d AbstractConv3d '
        'AbstractConv3d_gradInputs AbstractConv3d_gradWeights',
        'only images are convolved',
        'sum T.nnet.conv2d over the depth of the filters',
    ),
    **refuse_all(
        'theano.tensor.nnet.abstract_conv',
        'separable_conv2d causal_conv1d',
        'only conv2d is made',
        'write it as two calls of T.nnet.conv2d, or as one with a border of zeros',
    ),
)


def _of_size(like, shape):
    """A tensor of which only rows and columns matter."""
    if shape is None or len(shape) != 4 or None in list(shape)[2:]:
        raise ValueError(
            f'convolution: rows and columns of the result must be given, got the shape {shape}'
        )
    return pt.alloc(pt.constant(0, dtype=like.type.dtype), 1, 1, *shape[2:])


class AbstractConv2d:
    """`conv2d` in two steps: what is known, then the tensors.

    Parameters
    ----------
    imshp, kshp : tuple, optional
        Shape of images and filters.
    border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
        As for `conv2d`.
    """

    def __init__(
        self,
        imshp: Any = None,
        kshp: Any = None,
        border_mode: Any = 'valid',
        subsample: Sequence[int] = (1, 1),
        filter_flip: bool = True,
        filter_dilation: Sequence[int] = (1, 1),
        num_groups: int = 1,
        unshared: bool = False,
    ) -> None:
        self.imshp, self.kshp = imshp, kshp
        self.more: Dict[str, Any] = dict(
            border_mode=border_mode,
            subsample=subsample,
            filter_flip=filter_flip,
            filter_dilation=filter_dilation,
            num_groups=num_groups,
            unshared=unshared,
        )

    def __call__(self, img: Any, kern: Any) -> pt.TensorVariable:
        """The maps."""
        return conv2d(img, kern, self.imshp, self.kshp, **self.more)


class AbstractConv2d_gradInputs(AbstractConv2d):
    """`conv2d_grad_wrt_inputs` in two steps."""

    def __call__(
        self, kern: Any, topgrad: Any, shape: Sequence[Any], add_assert_shape: bool = True
    ) -> pt.TensorVariable:
        """Gradient of images of these rows and columns."""
        return conv2d_grad_wrt_inputs(
            topgrad,
            kern,
            tuple(self.imshp or (None, None))[:2] + (shape[0], shape[1]),
            self.kshp,
            **self.more,
        )


class AbstractConv2d_gradWeights(AbstractConv2d):
    """`conv2d_grad_wrt_weights` in two steps."""

    def __call__(
        self, img: Any, topgrad: Any, shape: Sequence[Any], add_assert_shape: bool = True
    ) -> pt.TensorVariable:
        """Gradient of filters of these rows and columns."""
        return conv2d_grad_wrt_weights(
            img,
            topgrad,
            tuple(self.kshp or (None, None))[:2] + (shape[0], shape[1]),
            self.imshp,
            **self.more,
        )


def _with_static_shape(tensor, shape):
    """`tensor` with the integers of `shape` in its type."""
    if shape is None:
        return tensor
    shape = shape.data if isinstance(shape, Constant) else shape
    if len(shape) != tensor.type.ndim:
        raise ValueError(
            f'conv2d: shape {shape} was given for a tensor of {tensor.type.ndim} dimensions'
        )
    shape = [_constant_or_none(size) for size in shape]
    for known, told in zip(tensor.type.shape, shape):
        if None not in (known, told) and known != told:
            raise ValueError(
                f'conv2d: a tensor of shape {tensor.type.shape} was said to have shape {shape}'
            )
    if all(told is None or known is not None for known, told in zip(tensor.type.shape, shape)):
        return tensor
    return pt.specify_shape(tensor, shape)


def _constant_or_none(size):
    if size is None or not hasattr(size, 'type'):
        return size if size is None else int(size)  # NumPy's integers too
    return int(size.data) if hasattr(size, 'data') else None
