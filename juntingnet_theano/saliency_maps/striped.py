"""Maps a strip of rows at a time: those of large pictures never exist whole.

A picture of 200 million pixels has a map of 800 MB. What makes a map gives
its strips from top to bottom, and what writes it takes them as they come.

>>> import numpy as np
>>> striped = of_array(np.eye(3))
>>> [strip.shape for strip in striped], whole(striped).shape
([(3, 3)], (3, 3))
"""

from typing import Callable, Iterator, Tuple, Union

import numpy as np

from juntingnet_theano.saliency_maps.maps import STRIP, stretched, strips


class Striped:
    """A map in strips, which may be asked for more than once.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    make : callable
        An iterator of float32 arrays, rows x width, from top to bottom. That
        of a map of one strip is called once.
    """

    def __init__(self, shape: Tuple[int, int], make: Callable[[], Iterator[np.ndarray]]) -> None:
        self.shape = int(shape[0]), int(shape[1])
        self._make = make
        if self.shape[0] * self.shape[1] <= STRIP:
            kept = list(make())
            self._make = lambda: iter(kept)

    def __iter__(self):
        return self._make()

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> 'Striped':
        """The same map with a function applied to each strip.

        Parameters
        ----------
        function : callable
            float32 array -> float32 array; may work in its place.

        Returns
        -------
        Striped
        """
        return Striped(self.shape, lambda: (function(strip) for strip in self))

    def stretch(self) -> 'Striped':
        """As `maps.stretch`. The strips are made twice."""
        ranges = [(strip.min(), strip.max()) for strip in self]
        low, high = np.min(ranges), np.max(ranges)
        return self.map(lambda strip: stretched(strip, low, high))

    def thinned(self, step: int) -> np.ndarray:
        """Every so many rows and columns, from the first.

        Returns
        -------
        float32 array
        """
        found, top = np.empty([-(-side // step) for side in self.shape], 'float32'), 0
        for strip in self:
            rows = strip[-top % step :: step, ::step]
            first = -(-top // step)
            found[first : first + len(rows)] = rows
            top += len(strip)
        return found


def of_array(values: Union[np.ndarray, Striped]) -> Striped:
    """A map that exists whole, in strips.

    Parameters
    ----------
    values : array, H x W, or Striped

    Returns
    -------
    Striped
    """
    if isinstance(values, Striped):
        return values
    values = np.asarray(values)
    height, width = values.shape
    return Striped((height, width), lambda: (values[rows] for rows in strips(height, width)))


def whole(striped: Striped) -> np.ndarray:
    """All of a map.

    Parameters
    ----------
    striped : Striped

    Returns
    -------
    float32 array, H x W
    """
    found, top = np.empty(striped.shape, 'float32'), 0
    for strip in striped:
        found[top : top + len(strip)] = strip
        top += len(strip)
    return found
