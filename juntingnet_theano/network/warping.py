"""Random crops and colours as part of a Theano graph.

The data lie on the device and are cropped there: a minibatch sends four numbers
for a crop and six for its colours. A crop is brought back to full size by linear
interpolation, along one axis and then along the other, as two products with the
matrices of `interpolation`.

>>> import juntingnet_theano
>>> import numpy as np
>>> import theano.tensor as T
>>> left_half = T.constant(np.array([[0, 0, .5, 1]], 'float32'))
>>> maps = T.constant(np.array([[[[0, 4], [0, 4]]]], 'float32'))
>>> crop(maps, left_half).eval()[0, 0].tolist()
[[0.0, 1.0], [0.0, 1.0]]
"""

from typing import Any, Tuple

import numpy as np

import theano.tensor as T  # pyright: ignore[reportMissingImports]  # the finder answers

SMALLEST_MAXIMUM = np.float32(1 / 255.0)


def crop_and_colour(images: Any, maps: Any, boxes: Any, colours: Any) -> Tuple[Any, Any]:
    """The images of a minibatch and their maps, cropped and coloured.

    Parameters
    ----------
    images : Theano tensor4
        float32, n x 3 x H x H, in [0, 1].
    maps : Theano tensor4
        float32, n x 1 x h x h, in [0, 1].
    boxes : Theano matrix
        `augmentation.Changes.boxes`.
    colours : Theano tensor3
        `augmentation.Changes.colours`.

    Returns
    -------
    (Theano tensor4, Theano tensor4)
        In [0, 1]. Each map is divided by its maximum, since that is how
        maps of whole images reach training.
    """
    factors, summands = (colours[:, :, i].dimshuffle(0, 1, 'x', 'x') for i in (0, 1))
    images = T.clip(crop(images, boxes) * factors + summands, 0, 1)
    maps = crop(maps, boxes)
    highest = T.maximum(maps.max(axis=(1, 2, 3), keepdims=True), SMALLEST_MAXIMUM)
    return images, maps / highest


def crop(planes: Any, boxes: Any) -> Any:
    """Boxes of square planes, brought back to the planes' size.

    Parameters
    ----------
    planes : Theano tensor4
        float32, n x channels x H x H.
    boxes : Theano matrix
        As in `crop_and_colour`.

    Returns
    -------
    Theano tensor4
        n x channels x H x H.
    """
    count, channels, size = (planes.shape[i] for i in range(3))
    for start, length in ((boxes[:, 0], boxes[:, 2]), (boxes[:, 1], boxes[:, 3])):
        lines = planes.reshape((count, channels * size, size))
        lines = T.batched_dot(lines, interpolation(start, length, size))
        # The second turn of axes undoes the first.
        planes = lines.reshape((count, channels, size, size)).dimshuffle(0, 1, 3, 2)
    return planes


def interpolation(start: Any, length: Any, size: Any) -> Any:
    """Matrices that take a part of a line to the whole line.

    Parameters
    ----------
    start, length : Theano vector
        Of each part, as shares of the line.
    size : Theano scalar
        Pixels of the line.

    Returns
    -------
    Theano tensor3
        n x size (pixels of the old line) x size (of the new one). Pixel
        centres lie at half a pixel; beyond the outermost centres the
        outermost pixels are repeated.
    """
    pixels = T.arange(size).astype('float32')
    size = T.cast(size, 'float32')  # int64 would make it float64
    share = (pixels + np.float32(0.5)) / size
    old = (start.dimshuffle(0, 'x') + length.dimshuffle(0, 'x') * share) * size - np.float32(0.5)
    old = T.clip(old, 0, size - 1).dimshuffle(0, 'x', 1)
    return T.maximum(0, 1 - abs(old - pixels.dimshuffle('x', 0, 'x')))
