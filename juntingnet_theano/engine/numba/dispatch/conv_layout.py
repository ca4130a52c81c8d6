"""Geometry of a convolution as integers that kernels take.

The rules are `conv_geometry`'s, said again for numba.

>>> layout(np.array((0, 0, HALF, HALF, 1, 1, 1, 1, 1)), 9, 8, 3, 3)
(0, 1, 7, 8)
"""

from typing import Tuple

import numba
import numpy as np
from pytensor.graph.op import Op

HALF, FULL = -1, -2  # border modes that depend on the filter


def plan(op: Op) -> np.ndarray:
    """The geometry of `op` as the array of ints that the kernels take.

    An array, since numba types a constant tuple by its values and would
    compile every kernel again for each geometry.

    (padding before rows, after rows, before columns, after columns, strides,
    dilations, flip); HALF or FULL in place of a padding.
    """
    symbolic = {'half': HALF, 'full': FULL}.get(op.border_mode)
    if symbolic is None:
        (top, bottom), (left, right) = op.border_mode
    else:
        top = bottom = left = right = symbolic
    return np.array(
        (top, bottom, left, right) + op.subsample + op.filter_dilation + (op.filter_flip,), np.int64
    )


@numba.njit
def padding(given: int, reach: int) -> int:
    """Cells on one side of the image, for a filter that reaches so far."""
    if given == HALF:
        return reach // 2
    if given == FULL:
        return reach - 1
    return given


@numba.njit
def layout(
    plan: np.ndarray, height: int, width: int, taps_y: int, taps_x: int
) -> Tuple[int, int, int, int]:
    """(top, left, rows, columns): padding, and size of the maps."""
    reach_y = (taps_y - 1) * plan[6] + 1
    reach_x = (taps_x - 1) * plan[7] + 1
    top, left = padding(plan[0], reach_y), padding(plan[2], reach_x)
    rows = height + top + padding(plan[1], reach_y) - reach_y
    columns = width + left + padding(plan[3], reach_x) - reach_x
    if rows < 0 or columns < 0:
        raise ValueError('convolution: filters are larger than images')
    return top, left, rows // plan[4] + 1, columns // plan[5] + 1
