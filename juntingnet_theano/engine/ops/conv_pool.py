"""Convolution, bias, rectifier and 2 x 2 max-pooling as one Op.

Nobody writes these Ops in a graph: `conv_pool_rewrite` puts them in the place
of the plain ones where the linker has a kernel for them. Here are their
graphs and, in NumPy, what they compute.

>>> import numpy as np
>>> maps = np.float32([[[[-1., 2.], [2., 0.]]]])
>>> pooled, codes = pool_with_codes(maps)
>>> pooled.item(), codes.item()     # both places of the 2: 2 + 4
(2.0, 6)
"""

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.ops import conv_reference
from juntingnet_theano.engine.ops.conv_geometry import Geometry

AT_ZERO = 16
"""Bit of a code: the maximum is exactly 0, the rectifier's corner."""
VALID = Geometry(((0, 0), (0, 0)), (1, 1), (1, 1))


def pool_with_codes(maps: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Rectify maps and take the maximum of each 2 x 2 cells.

    Parameters
    ----------
    maps : float array, N x C x rows x columns
        An odd last row or column is left out.

    Returns
    -------
    pooled : array, N x C x rows / 2 x columns / 2
        NaN where a cell is NaN.
    codes : uint8 array, N x rows / 2 x columns / 2 x C
        Bits 0 to 3: the cell (0 1 / 2 3) equals the maximum before the
        rectifier bent it, or is NaN. `AT_ZERO`: the maximum is 0.
    """
    cells = np.stack(_cells(maps))
    pooled = np.maximum(cells.max(axis=0), 0)
    hits = (cells == pooled) | np.isnan(cells)
    codes = (hits * np.array([1, 2, 4, 8], np.uint8).reshape(4, 1, 1, 1, 1)).sum(
        axis=0, dtype='uint8'
    )
    codes += np.uint8(AT_ZERO) * (pooled == 0)
    return pooled, np.ascontiguousarray(codes.transpose(0, 2, 3, 1))


def maps_gradient(
    codes: np.ndarray, gradient: np.ndarray, at_zero: float, shape: Tuple[int, ...]
) -> np.ndarray:
    """Gradient of the maps of `pool_with_codes`, N x C x rows x columns.

    Parameters
    ----------
    codes : uint8 array, N x rows / 2 x columns / 2 x C
    gradient : float array, N x C x rows / 2 x columns / 2
        That of the pooled maps.
    at_zero : float
        The rectifier's slope at exactly 0.
    shape : (rows, columns) of the maps
    """
    codes = codes.transpose(0, 3, 1, 2)
    slope = np.where(codes & AT_ZERO, gradient.dtype.type(at_zero), 1)
    result = np.zeros(gradient.shape[:2] + tuple(shape), gradient.dtype)
    for cell, part in enumerate(_cells(result)):
        hit = (codes >> cell & 1).astype(bool)
        part[hit] = (gradient * slope)[hit]
    return result


def _cells(maps):
    """Views of the four cells of each window."""
    rows, columns = maps.shape[2] // 2 * 2, maps.shape[3] // 2 * 2
    return [maps[:, :, i:rows:2, j:columns:2] for i in (0, 1) for j in (0, 1)]


class ConvPool(Op):
    """(images, filters, bias) -> pooled maps [, codes].

    Parameters
    ----------
    filter_flip : bool
        Convolution, or cross-correlation.
    with_codes : bool
        Also give the codes that the gradient needs.
    any_order : bool
        Whether the sums may be formed in another way than the original
        Theano's, which rounds them otherwise: `prediction_rewrite` says
        where. Then what is not finite may also spread, as NaN, over the
        windows beside it.
    scale : float, optional
        The images are bytes, each to be multiplied by this float32 number.
    """

    __props__ = ('filter_flip', 'with_codes', 'any_order', 'scale')

    def __init__(
        self,
        filter_flip: bool = True,
        with_codes: bool = False,
        any_order: bool = False,
        scale: Optional[float] = None,
    ) -> None:
        self.filter_flip = filter_flip
        self.with_codes = with_codes
        self.any_order = any_order
        self.scale = scale

    def make_node(self, images: Any, filters: Any, bias: Any) -> Apply:
        maps = VALID.checked_output_shape(images.type.shape, filters.type.shape)
        batch, count = maps[:2]
        rows, columns = [size if size is None else size // 2 for size in maps[2:]]
        dtype = images.type.dtype if self.scale is None else 'float32'
        outputs = [pt.tensor(dtype=dtype, shape=(batch, count, rows, columns))]
        if self.with_codes:
            outputs.append(pt.tensor(dtype='uint8', shape=(batch, rows, columns, count)))
        return Apply(self, [images, filters, bias], outputs)

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        images, filters, _ = arguments[-1]
        batch, count, rows, columns = VALID.output_shape(images, filters)
        shapes = [(batch, count, rows // 2, columns // 2), (batch, rows // 2, columns // 2, count)]
        return shapes[: 1 + self.with_codes]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        images, filters, bias = inputs
        if self.scale is not None:
            images = images.astype('float32') * np.float32(self.scale)
        if len(bias) != len(filters):
            raise ValueError('convolution: not as many biases as filters')
        maps = conv_reference.forward(images, filters, geometry=VALID, flip=self.filter_flip)
        results = pool_with_codes(maps + bias[:, None, None])
        for output, result in zip(outputs, results):
            output[0] = result


class ConvPoolGrad(Op):
    """(images, filters, codes, gradient) -> gradients of images, filters
    and bias.

    Parameters
    ----------
    filter_flip : bool
        As in `ConvPool`.
    at_zero : float
        The rectifier's slope at exactly 0: 0.5 where it is written
        0.5 (x + |x|), as in Lasagne and Theano; 0 or 1 in other spellings.
    need_images : bool
        Whether the gradient of the images, the first output, is asked for;
        else the output has no images.
    """

    __props__ = ('filter_flip', 'at_zero', 'need_images')

    def __init__(self, filter_flip: bool, at_zero: float, need_images: bool) -> None:
        self.filter_flip = filter_flip
        self.at_zero = at_zero
        self.need_images = need_images

    def make_node(self, images: Any, filters: Any, codes: Any, gradient: Any) -> Apply:
        like = images.type.shape if self.need_images else ((0,) + images.type.shape[1:])
        return Apply(
            self,
            [images, filters, codes, gradient],
            [
                pt.tensor(dtype=images.type.dtype, shape=like),
                filters.type(),
                pt.tensor(dtype=filters.type.dtype, shape=filters.type.shape[:1]),
            ],
        )

    def infer_shape(self, *arguments: Any) -> List[Any]:
        images, filters = arguments[-1][:2]
        batch = images[0] if self.need_images else 0
        return [(batch,) + tuple(images[1:]), filters, (filters[0],)]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        images, filters, codes, gradient = inputs
        shape = VALID.output_shape(images.shape, filters.shape)[2:]
        maps = maps_gradient(codes, gradient, self.at_zero, shape)
        outputs[0][0] = (
            conv_reference.grad_inputs(
                images.shape, filters, maps, geometry=VALID, flip=self.filter_flip
            )
            if self.need_images
            else images[:0]
        )
        outputs[1][0] = conv_reference.grad_weights(
            images, filters.shape, maps, geometry=VALID, flip=self.filter_flip
        )
        outputs[2][0] = maps.sum(axis=(0, 2, 3))
