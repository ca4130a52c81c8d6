"""Rows of a tensor of bytes as float32 images, scaled and mirrored, as one Op.

Nobody writes this Op in a graph: `byte_images_rewrite` puts it in the place
of the plain ones where the linker has a kernel for it.
"""

from typing import Any, List, Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op


class ByteImages(Op):
    """(bytes [, rows] [, mirrored]) -> float32 images.

    ::

        images = float32(bytes[rows]) * scale
        images[n] is turned left to right where mirrored[n] is not 0

    Inputs: bytes, uint8, n x channels x height x width or n x height x width;
    rows, vector of integers, negative ones counted from the end; mirrored,
    vector of integers or truth values, one per row.

    Parameters
    ----------
    scale : float
        A float32 number.
    gathered, mirrored : bool
        Whether there are rows, and mirrored ones.
    """

    __props__ = ('scale', 'gathered', 'mirrored')

    def __init__(self, scale: float, gathered: bool, mirrored: bool) -> None:
        self.scale = scale
        self.gathered, self.mirrored = gathered, mirrored

    def make_node(self, data: Any, *vectors: Any) -> Apply:
        count = (vectors[0] if self.gathered else data).type.shape[:1]
        return Apply(
            self,
            [data] + list(vectors),
            [pt.tensor(dtype='float32', shape=count + data.type.shape[1:])],
        )

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        shapes = arguments[-1]
        return [tuple(shapes[self.gathered][:1]) + tuple(shapes[0][1:])]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        images, vectors = inputs[0], list(inputs[1:])
        if self.gathered:
            images = images[vectors.pop(0)]
        images = images.astype('float32') * np.float32(self.scale)
        if self.mirrored:
            mirrored = np.asarray(vectors[0], bool)
            if len(mirrored) != len(images):
                raise ValueError('images: not as many marks of mirrored ones as images')
            images[mirrored] = images[mirrored][..., ::-1]
        outputs[0][0] = images
