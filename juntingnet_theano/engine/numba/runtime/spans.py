"""Which places along an axis meet the image and which its padding.

Shared by the kernels of convolution and pooling, whose inner loops then need
no test for the border.

>>> span(-2, 1, 6, 5)       # cells -2 -1 0 1 2 3 of an image of 5
(2, 6)
"""

from typing import Tuple

import numba


@numba.njit
def span(first: int, stride: int, count: int, size: int) -> Tuple[int, int]:
    """Places lo..hi of `count` whose cell first + place * stride exists."""
    lo = 0 if first >= 0 else min(count, (stride - 1 - first) // stride)
    hi = 0 if first >= size else min(count, (size - 1 - first) // stride + 1)
    return lo, max(lo, hi)
