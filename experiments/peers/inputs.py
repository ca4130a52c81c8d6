"""What all engines are given alike: data, minibatches and first weights.

NumPy alone, so that every peer's Python can draw the same numbers: the
benchmark compares the engines' results before it compares their times.
"""

import numpy as np

SHAPES = {
    'conv1': (32, 3, 5, 5),
    'conv2': (64, 32, 3, 3),
    'conv3': (64, 64, 3, 3),
    'dense1': (6400, 4608),
}
LAST = {'paper': (4608, 4608), 'released': (2304, 2304)}
RATE, MOMENTUM, MAX_NORM = 0.03, 0.9, 1.9365
"""Section 3.2's first rate and momentum; the bound of the norm constraint is
`juntingnet_theano.network.functions.MAXOUT_NORM`."""


def first_weights(head):
    """Weights that Lasagne draws from seed 0 for `build_juntingnet`.

    Returns
    -------
    dict of str to float32 array
        Convolutions filters x channels x rows x columns, to be turned by 180
        degrees where an engine correlates (Lasagne convolves); dense layers
        inputs x outputs. All biases are 0.1.
    """
    rng = np.random.RandomState(0)
    return {
        name: rng.normal(0, 0.01, shape).astype('float32')
        for name, shape in dict(SHAPES, dense2=LAST[head]).items()
    }


def data(count):
    """uint8 images n x 3 x 96 x 96 and maps n x 48 x 48, pure noise."""
    rng = np.random.RandomState(1)
    return tuple(
        rng.randint(0, 256, (count,) + shape, 'uint8') for shape in ((3, 96, 96), (48, 48))
    )


class Minibatches:
    """Rows and mirrorings, the same for every engine that asks as often.

    Parameters
    ----------
    images : int
        Rows to choose from.
    batch : int
    """

    def __init__(self, images, batch):
        self.images, self.batch = images, batch
        self.rng = np.random.RandomState(2)

    def one(self):
        """int32 rows and int32 flips of a minibatch."""
        return (
            self.rng.randint(0, self.images, self.batch, 'int32'),
            self.rng.randint(0, 2, self.batch, 'int32'),
        )

    def epoch(self):
        """A list of them in which each row comes once; the last is short
        where the batch does not divide the number of images."""
        order = self.rng.permutation(self.images).astype('int32')
        flips = self.rng.randint(0, 2, self.images, 'int32')
        return [
            (order[start : start + self.batch], flips[start : start + self.batch])
            for start in range(0, self.images, self.batch)
        ]


def glance(maps):
    """16 pixels of the first map, as a list: the prediction's fingerprint."""
    first = np.asarray(maps[0], 'float64').ravel()
    return first[::144].tolist()
