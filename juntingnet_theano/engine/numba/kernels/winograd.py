"""Convolution, bias, rectifier and 2 x 2 max-pooling with fewer products.

Winograd's algorithm makes 4 x 4 results of a 3 x 3 filter with 36 products a
channel instead of 144, and of a 5 x 5 filter with 64 instead of 400, at the
price of some additions before and after: `winograd_transforms` says how. A
tile of 4 x 4 results is 2 x 2 pooled cells, so bias, maximum and rectifier
come straight from the last transform and the full-size maps are never
written. `winograd_many` and `winograd_few` have the loops. Filters are
transformed in every call: no state to keep, and a fraction of a millisecond.

For functions without gradients only (`prediction_rewrite`): it rounds in
another way than the original Theano. Errors as shares of the maps' root mean
square, for uniform images, normal filters and the network's channels, against
float64::

                              root mean square  largest
    3 x 3, summed directly          3.2e-7      3.7e-6
      points 0, +-1, +-2            8e-7        1.9e-5
      points 0, +-3/4, +-3/2        4e-7        3.5e-6     taken
      tiles of 2 x 2                1.9e-7      1.3e-6     36 products a cell
    5 x 5, summed directly          1.5e-7      1.9e-6
      0, +-1/2, +-1, +-2            8e-7        9.3e-6     taken
      tiles of 2 x 2                2.4e-7      2.0e-6     144 products

The maps that the network predicts come out equally near to float64 with
either sum: the dense layers' rounding is larger.

A value that is not finite, in images, filters or bias, makes NaN of each
pooled cell whose direct sum would contain it, even minus infinity, which the
rectifier would hide. It may also spoil other cells whose tile it reaches:
tiles overlap by taps - 1 pixels. A finite number beyond about 1e36 overflows in the
transforms and is NaN as well, never 0.
"""

import numpy as np
from numba import types

from juntingnet_theano.engine.numba.kernels import winograd_few, winograd_many
from juntingnet_theano.engine.numba.kernels.conv_pool import (
    BYTES_4D,
    FLAT,
    STRIDED,
    TICKETS,
    check,
    pack_filters,
    pad_bias,
    padded_channels,
)
from juntingnet_theano.engine.numba.kernels.lanes import (
    LANES,
    aligned_floats,
    fill,
    load,
    multiply_add,
    shaped,
    spread,
    store,
)
from juntingnet_theano.engine.numba.kernels.tile import WIDTH
from juntingnet_theano.engine.numba.kernels.winograd_transforms import TILE, of_filters
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, part, tensor_of
from juntingnet_theano.engine.numba.runtime.parallel import on_threads

FEW = 4
"""Most channels for `winograd_few`; beyond, its factors leave the
first-level cache."""


def _matrix(taps):
    return np.array(
        [[float(entry) for entry in row] for row in of_filters(taps)], np.float32
    ).ravel()


FOR_3, FOR_5 = _matrix(winograd_many.TAPS), _matrix(winograd_few.TAPS)


@piece
def _transformed(filters, flip):
    """Panels of WIDTH filters: panel, point, channel, filter."""
    count, channels, taps, _ = filters.shape
    side, zero = TILE + taps - 1, fill(np.float32(0))
    matrix = FOR_3 if taps == 3 else FOR_5
    packed = pack_filters(filters, flip)
    panels = (count + WIDTH - 1) // WIDTH
    result = aligned_floats(panels * side * side * channels * WIDTH)
    scratch = aligned_floats(side * taps * LANES)
    for panel in range(panels):
        for c in range(channels):
            for v in range(0, WIDTH, LANES):
                at = (panel * channels + c) * taps * taps * WIDTH + v
                to = (panel * side * side * channels + c) * WIDTH + v
                for n in range(side * taps):
                    i, j, total = n // taps, n % taps, zero
                    for k in range(taps):
                        total = multiply_add(
                            spread(matrix, i * taps + k),
                            load(packed, at + (k * taps + j) * WIDTH),
                            total,
                        )
                    store(scratch, n * LANES, total)
                for n in range(side * side):
                    i, j, total = n // side, n % side, zero
                    for k in range(taps):
                        total = multiply_add(
                            spread(matrix, j * taps + k),
                            load(scratch, (i * taps + k) * LANES),
                            total,
                        )
                    store(result, to + n * channels * WIDTH, total)
    return result


def _prepare(images, filters, bias, flip):
    """What a part takes apart from images and tickets: factors, padded bias,
    empty pooled maps and its plan."""
    check(images, filters, bias)
    batch, _, height, width = images.shape
    count, _, taps, _ = filters.shape
    rows, cells = (height - taps + 1) // 2, (width - taps + 1) // 2
    step = padded_channels(count)
    # Tiles down and across, two cells wide. That their side is known only
    # here keeps LLVM from writing each loop over it out.
    plan = ((rows + 1) // 2, (cells + 1) // 2, TILE + taps - 1, step, threads.current_threads())
    return (
        _transformed(filters, flip),
        pad_bias(bias),
        aligned_floats(batch * rows * cells * step),
        plan,
    )


@once
def prepare(images):
    """Entry ``(images, filters, bias, flip)``, for all filters and images of
    this type of numba's."""
    return entry(
        part(_prepare),
        images,
        tensor_of('float32', 4),
        tensor_of('float32', 1),
        types.int64,
        returns=types.Tuple((FLAT, FLAT, FLAT, types.UniTuple(types.int64, 5))),
    )


def serves(shape):
    """Whether there is a kernel for filters of this shape.

    Parameters
    ----------
    shape : tuple of int
        Filters, channels, rows, columns; None where it is not known.

    >>> serves((None, 3, 5, 5)) == (LANES >= 8), serves((64, None, 3, 3))
    (True, False)
    """
    _, channels, *taps = shape
    if LANES < 8 or not channels:
        return False
    if taps == [winograd_few.TAPS] * 2:
        return channels <= FEW
    return taps == [winograd_many.TAPS] * 2 and channels % LANES == 0


def form_of(channels, taps):
    """What `forward` is made for: (channels, or 0 for any number, taps).

    >>> form_of(3, 5), form_of(64, 3)
    ((3, 5), (0, 3))
    """
    return (channels if taps == winograd_few.TAPS else 0), taps


@once
def forward(channels, taps, scale):
    """numba function ``(images, filters, bias, flip)`` for filters of this
    form: pooled maps, channels last, channels padded to vectors. With a
    `scale`, which those for few channels take, images are bytes."""
    kind = STRIDED if scale is None else BYTES_4D
    function = winograd_few.part_of(channels, scale) if channels else winograd_many.part_of()
    run_part = on_threads(
        part(function), kind, FLAT, FLAT, FLAT, TICKETS, types.UniTuple(types.int64, 5)
    )
    ready = prepare(kind)

    @piece
    def pooled(images, filters, bias, flip):
        factors, padded_bias, result, plan = ready((images, filters, bias, flip))
        run_part((plan[4], images, factors, padded_bias, result, np.zeros(1, np.int64), plan))
        rows = (images.shape[2] - taps + 1) // 2
        return shaped(result, (images.shape[0], rows, (images.shape[3] - taps + 1) // 2, plan[3]))

    return pooled
