"""Sizes of a 2-D convolution: padding, stride, dilation, output shape.

Below `abstract_conv` and the linkers' kernels, which all ask here, so that a
border mode means the same everywhere. The rules are Theano 1.0's.

>>> geometry = Geometry('half', (2, 2), (1, 1))
>>> geometry.padding(0, 5)
(2, 2)
>>> geometry.output_shape((8, 3, 96, 96), (32, 3, 5, 5))
(8, 32, 48, 48)
"""

import collections
from typing import Any, Optional, Sequence, Tuple


def positive_pair(name: str, pair: Any) -> Tuple[int, int]:
    """`pair` as two positive ints, or ValueError."""
    pair = tuple(int(each) for each in pair)
    if len(pair) != 2 or min(pair) < 1:
        raise ValueError(f'{name} must be two positive integers, got {pair}')
    return pair


def normal_border_mode(mode: Any) -> Any:
    """'half', 'full' or ((top, bottom), (left, right)) for any spelling.

    Raises
    ------
    ValueError
        If `mode` is none of the spellings that `abstract_conv.conv2d` lists.
    """
    if mode in ('half', 'full'):
        return mode
    if mode == 'valid':
        mode = 0
    if not isinstance(mode, (tuple, list)):
        mode = (mode, mode)
    try:
        sides = tuple(
            tuple(int(side) for side in axis)
            if isinstance(axis, (tuple, list))
            else (int(axis), int(axis))
            for axis in mode
        )
    except (TypeError, ValueError):
        sides = ()
    if len(sides) != 2 or any(len(axis) != 2 or min(axis) < 0 for axis in sides):
        raise ValueError(
            "border_mode must be 'valid', 'half', 'full', an integer, two "
            'integers or two pairs of integers, none below 0; got '
            f'{mode!r}'
        )
    return sides


class Geometry(collections.namedtuple('Geometry', 'border_mode subsample dilation')):
    """How filters slide over images; all sizes int or symbolic."""

    __slots__ = ()

    def padding(self, axis: int, taps: int) -> Tuple[int, int]:
        """Zeros (before, after) along `axis` for a filter of `taps` taps."""
        reach = (taps - 1) * self.dilation[axis] + 1
        if self.border_mode == 'half':
            return reach // 2, reach // 2
        if self.border_mode == 'full':
            return reach - 1, reach - 1
        return self.border_mode[axis]

    def output_size(self, axis: int, size: Any, taps: Any) -> Any:
        """Places of the filter along `axis`; None if a size is unknown."""
        if size is None or taps is None:
            return None
        reach = (taps - 1) * self.dilation[axis] + 1
        before, after = self.padding(axis, taps)
        return (size + before + after - reach) // self.subsample[axis] + 1

    def output_shape(self, images: Sequence[Any], filters: Sequence[Any]) -> Tuple[Any, ...]:
        """Shape of the maps from the shapes of images and filters."""
        return (
            images[0],
            filters[0],
            self.output_size(0, images[2], filters[2]),
            self.output_size(1, images[3], filters[3]),
        )

    def checked_output_shape(
        self, images: Sequence[Any], filters: Sequence[Any]
    ) -> Tuple[Any, ...]:
        """`output_shape`, or ValueError where the shapes do not fit."""
        self.check_channels('input', images[1], 'filters', filters[1])
        shape = self.output_shape(images, filters)
        for size in shape[2:]:
            if size is not None and size < 1:
                raise ValueError(
                    f'convolution: filters of shape {tuple(filters)} are larger than images '
                    f'of shape {tuple(images)} with border mode {self.border_mode}'
                )
        return shape

    @staticmethod
    def check_channels(
        name: str, channels: Optional[int], other_name: str, other_channels: Optional[int]
    ) -> None:
        """ValueError where two numbers of channels are known and differ."""
        if None not in (channels, other_channels) and (channels != other_channels):
            raise ValueError(
                f'convolution: {name} has {channels} channels but {other_name} has {other_channels}'
            )
