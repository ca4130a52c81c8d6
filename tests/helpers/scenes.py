"""Pictures in which it is known what stands out."""

import numpy as np

RED, GREEN, GREY = (200, 60, 60), (60, 160, 60), (128, 128, 128)
SIDE, GRID = 160, 5  # a picture's side, discs along it


def discs(odd, colour=RED, others=GREEN, radius=8):
    """A lattice of discs on grey, of which the one at (row, column) differs.

    Returns
    -------
    (uint8 array, (float, float))
        The picture, and the odd disc's centre as (row, column) in pixels.
    """
    picture = np.full((SIDE, SIDE, 3), GREY, 'uint8')
    y, x = np.mgrid[:SIDE, :SIDE]
    step = SIDE / float(GRID)
    for place in np.ndindex(GRID, GRID):
        row, column = ((each + 0.5) * step - 0.5 for each in place)
        inside = (y - row) ** 2 + (x - column) ** 2 < radius**2
        picture[inside] = colour if place == odd else others
    return picture, tuple((each + 0.5) * step - 0.5 for each in odd)


def peak(saliency_map):
    """(row, column) of the maximum."""
    return np.unravel_index(saliency_map.argmax(), saliency_map.shape)


def texture(height=72, width=96, seed=0):
    """Coloured noise with structure at several scales."""
    rng = np.random.RandomState(seed)
    total = np.zeros((height, width, 3))
    for cell in (1, 4, 12):
        coarse = rng.rand(-(-height // cell), -(-width // cell), 3)
        total += np.kron(coarse, np.ones((cell, cell, 1)))[:height, :width]
    return (total / 3 * 255).astype('uint8')
