"""``theano.tensor.nnet.neighbours``: patches of images as rows of a matrix.

>>> import theano.tensor as T
>>> images = T.arange(16).reshape((1, 1, 4, 4))
>>> images2neibs(images, (2, 2)).eval()[1].tolist()
[2, 3, 6, 7]
"""

from typing import Any

import pytensor.tensor as pt
from pytensor.raise_op import CheckAndRaise

from juntingnet_theano.engine.ops.pooling import known_value

PADDING = {
    'valid': lambda size: 0,
    'ignore_borders': lambda size: 0,
    'half': lambda size: size // 2,
    'full': lambda size: size - 1,
}


def images2neibs(
    ten4: Any, neib_shape: Any, neib_step: Any = None, mode: str = 'valid'
) -> pt.TensorVariable:
    """Patches of images, one per row.

    Parameters
    ----------
    ten4 : tensor, batch x channels x rows x columns
    neib_shape : pair of int
        Rows and columns of a patch.
    neib_step : pair of int, optional
        From one patch to the next; `neib_shape` by default.
    mode : {'valid', 'ignore_borders', 'half', 'full', 'wrap_centered'}
        Patches lie on the image and must fit; need not fit; may overhang by
        half a patch; by all but one cell; are centred on each place and go on
        at the other side.

    Returns
    -------
    matrix
        A row for each patch, first along columns, then rows, channels,
        images.
    """
    shape = _pair('neib_shape', neib_shape)
    step = shape if neib_step is None else _pair('neib_step', neib_step)
    images = pt.as_tensor_variable(ten4)
    if images.ndim != 4:
        raise TypeError(f'images2neibs: images have 4 axes, got {images.type}')
    counts = []
    for axis in (2, 3):
        index, count = _places(images.shape[axis], shape[axis - 2], step[axis - 2], mode)
        if mode in ('half', 'full'):
            around = PADDING[mode](shape[axis - 2])
            edge = pt.zeros_like(pt.take(images, [0], axis=axis))
            edges = [edge] * around
            images = pt.concatenate(edges + [images] + edges, axis=axis)
        images = pt.take(images, index, axis=axis)
        counts.append(count)
    batch, channels = images.shape[0], images.shape[1]
    return (
        images.reshape((batch, channels, counts[0], shape[0], counts[1], shape[1]))
        .dimshuffle(0, 1, 2, 4, 3, 5)
        .reshape((-1, shape[0] * shape[1]))
    )


def _places(size, taps, step, mode):
    """(index of each cell of each patch along an axis, number of patches)."""
    if mode == 'wrap_centered':
        if taps % 2 == 0:
            raise TypeError('images2neibs: wrap_centered needs patches of odd shape')
        count = (size + step - 1) // step
        first = pt.arange(count) * step - taps // 2
        index = (first[:, None] + pt.arange(taps)) % size
    elif mode in PADDING:
        free = size + 2 * PADDING[mode](taps) - taps
        count = 1 + free // step
        index = (pt.arange(count) * step)[:, None] + pt.arange(taps)
        if mode != 'ignore_borders':
            index = CheckAndRaise(
                TypeError,
                f'images2neibs: patches of {taps} cells, {step} apart, do not fit into the image',
            )(index, pt.ge(free, 0), pt.eq(free % step, 0))
    else:
        raise TypeError(f'images2neibs: unknown mode {mode!r}')
    return index.flatten(), count


def _pair(name, pair):
    pair = tuple(int(known_value(each)) for each in known_value(pair))
    if len(pair) != 2 or min(pair) < 1:
        raise ValueError(f'images2neibs: {name} must be two positive integers, got {pair}')
    return pair


def neibs2images(
    neibs: Any, neib_shape: Any, original_shape: Any, mode: str = 'valid'
) -> pt.TensorVariable:
    """Images from patches that lie side by side: `images2neibs` undone.

    Parameters
    ----------
    neibs : matrix
    neib_shape : pair of int
    original_shape : 4 of int or scalar variables
    mode : {'valid', 'ignore_borders'}
        With ``ignore_borders``, what no patch covers is 0.

    Returns
    -------
    tensor, batch x channels x rows x columns
    """
    if mode not in ('valid', 'ignore_borders'):
        raise NotImplementedError(f'neibs2images: mode {mode!r}')
    (rows, columns), neibs = _pair('neib_shape', neib_shape), (pt.as_tensor_variable(neibs))
    batch, channels, height, width = (original_shape[axis] for axis in range(4))
    down, across = height // rows, width // columns
    images = (
        neibs.reshape((batch, channels, down, across, rows, columns))
        .dimshuffle(0, 1, 2, 4, 3, 5)
        .reshape((batch, channels, down * rows, across * columns))
    )
    if mode == 'valid':
        return images
    return pt.set_subtensor(
        pt.zeros((batch, channels, height, width), neibs.dtype)[
            :, :, : down * rows, : across * columns
        ],
        images,
    )
