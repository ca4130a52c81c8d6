"""First weights for networks of which a test asks nothing but that they have some."""

import numpy as np


def quick_weights(seed=0):
    """`initial_weights` from N(0, 0.01^2), as by default: a few numbers again
    and again, for drawing 35 million takes a second."""
    rng = np.random.RandomState(seed)
    numbers = rng.normal(0, 0.01, 99991).astype('float32')  # a prime number: no two rows are equal

    def draw(shape):
        return np.resize(np.roll(numbers, rng.randint(len(numbers))), shape)

    return draw
