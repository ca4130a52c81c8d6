"""Windows of 2-D pooling: how many, where, how large.

Below `pool` and the linkers' kernels, which all ask here. The rules are
Theano 1.0's, found by experiment with the original.

>>> windows = Windows((2, 2), False, (2, 2), (0, 0), 'max')
>>> windows.output_shape((5, 5))
(3, 3)
>>> windows.counts(0, 5)
[2, 2, 1]
"""

import collections
from typing import Any, List, Sequence, Tuple

MODES = ('max', 'sum', 'average_inc_pad', 'average_exc_pad')

HUGE = 2**30  # above any size


def _at_least_0(size):
    """max(size, 0) for ints and symbolic sizes, in + * // alone.

    PyTensor's JAX linker takes these as Python's own, which leave a size
    that XLA knows known; its maximum would make it unknown.
    """
    return size + size * (size // HUGE)  # // gives -1 below 0, else 0


class Windows(collections.namedtuple('Windows', 'ws ignore_border stride pad mode')):
    """Window size, whether overhanging windows drop out, stride, padding.

    ``ws``, ``stride`` and ``pad`` are pairs of int (rows, columns).
    """

    __slots__ = ()

    def output_shape(self, shape: Sequence[Any]) -> Tuple[Any, ...]:
        """Windows along rows and columns of an image of `shape`.

        Parameters
        ----------
        shape : (rows, columns), int or symbolic, None where unknown
        """
        return tuple(
            None if size is None else self._count(axis, size) for axis, size in enumerate(shape)
        )

    def _count(self, axis, size):
        window, stride = self.ws[axis], self.stride[axis]
        padded = size + 2 * self.pad[axis]
        if self.ignore_border:
            return _at_least_0((padded - window) // stride + 1)
        if stride >= window:
            return (padded - 1) // stride + 1
        return _at_least_0((padded - 1 - window) // stride + 1) + 1

    def counts(self, axis: int, size: int) -> List[int]:
        """What the sum of each window along `axis` is divided by for an average.

        The whole window where the average includes the padding (which is
        allowed only with ``ignore_border``), else the part that lies on the
        image.

        Returns
        -------
        list of int
        """
        count = self._count(axis, size)
        window, pad = self.ws[axis], self.pad[axis]
        if self.mode == 'average_inc_pad' and self.ignore_border:
            return [window] * count
        starts = [place * self.stride[axis] - pad for place in range(count)]
        return [min(start + window, size) - max(start, 0) for start in starts]

    def overhang(self, axis: int, size: int) -> Tuple[int, int]:
        """Cells (before, after) to add so that every window is whole.

        ``after`` is below 0 where cells lie beyond the last window.
        """
        count = self._count(axis, size)
        end = (count - 1) * self.stride[axis] + self.ws[axis]
        return self.pad[axis], end - self.pad[axis] - size
