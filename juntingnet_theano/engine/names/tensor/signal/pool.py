"""``theano.tensor.signal.pool``: 2-D pooling; `engine.ops.pooling` has the Ops.

>>> import pytensor.tensor as pt
>>> pool_2d(pt.tensor4('x', shape=(None, 32, 45, 45)), (2, 2),
...         ignore_border=False).type.shape
(None, 32, 23, 23)
"""

import warnings
from typing import Any, Optional

import pytensor.tensor as pt
from pytensor.gradient import grad

from juntingnet_theano.engine.ops.pooling import (  # noqa: F401
    AveragePoolGrad,
    MaxPoolGrad,
    Pool,
    pool_axes,
    renamed,
)


def pool_2d(
    input: Any,
    ws: Any = None,
    ignore_border: Optional[bool] = None,
    stride: Any = None,
    pad: Any = (0, 0),
    mode: str = 'max',
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> pt.TensorVariable:
    """Pool the last two axes of a tensor, as Theano 1.0 does.

    Parameters
    ----------
    input : tensor of 2 or more dimensions
        float32 or float64.
    ws : pair of int
        Rows and columns of the window.
    ignore_border : bool, optional
        Whether to leave out windows that overhang the image. None means
        False, with a warning.
    stride : pair of int, optional
        `ws` by default.
    pad : pair of int
        Rows and columns around the image, smaller than `ws`. In no maximum,
        and zero in a sum. Needs ``ignore_border``.
    mode : {'max', 'sum', 'average_inc_pad', 'average_exc_pad'}
        An average divides by the window's size (``inc_pad``) or by the part
        of it on the image (``exc_pad``).
    ds, st, padding
        Old names of `ws`, `stride` and `pad`.

    Returns
    -------
    tensor
        As many dimensions as `input`.

    Raises
    ------
    ValueError
        If an argument is out of range or given under both its names.
    NotImplementedError
        If `input` has fewer than 2 dimensions, or `pad` is not smaller than
        `ws` or given without ``ignore_border``.
    TypeError
        If `input` is no tensor of floats.
    """
    return _pooled('pool_2d', 2, input, ws, ignore_border, stride, pad, mode, ds, st, padding)


def pool_3d(
    input: Any,
    ws: Any = None,
    ignore_border: Any = None,
    stride: Any = None,
    pad: Any = (0, 0, 0),
    mode: Any = 'max',
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> Any:
    """Pool the last three axes of a tensor: `pool_2d` with one axis more."""
    return _pooled('pool_3d', 3, input, ws, ignore_border, stride, pad, mode, ds, st, padding)


def max_pool_2d_same_size(input: Any, patch_size: Any) -> Any:
    """The maxima of windows side by side, in their places, and zeros."""
    pooled = pool_2d(input, patch_size, ignore_border=False)
    return input * grad(pooled.sum(), input)


def _pooled(name, ndim, input, ws, ignore_border, stride, pad, mode, ds, st, padding):
    ws = renamed(name, 'ws', ws, 'ds', ds)
    if ws is None:
        raise ValueError(f'{name}: the window size ws is missing')
    stride = renamed(name, 'stride', stride, 'st', st)
    no_pad = pad is None or isinstance(pad, (tuple, list)) and tuple(pad) == (0,) * ndim
    pad = renamed(name, 'pad', None if no_pad else pad, 'padding', padding)
    if ignore_border is None:
        warnings.warn(
            f'{name}: ignore_border is not given: windows that '
            'overhang the image are kept (ignore_border=False)',
            stacklevel=3,
        )
    if ndim == 2:
        return Pool(ws, bool(ignore_border), stride, pad, mode)(input)
    return pool_axes(ndim, input, ws, bool(ignore_border), stride, pad, mode)
