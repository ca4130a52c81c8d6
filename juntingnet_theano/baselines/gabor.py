"""Oriented energy: how strongly an image is striped in a direction.

Gabor pairs with a round envelope split into filters along rows and along
columns, so that a response costs a few one-dimensional filters.

>>> import numpy as np
>>> stripes = np.tile(np.cos(2 * np.pi * np.arange(28) / 4.), (28, 1))
>>> energies = energy(stripes, (0, 90))
>>> bool(energies[0].mean() > 50 * energies[1].mean())
True
"""

from typing import List, Sequence

import numpy as np
from scipy import ndimage

ANGLES = (0, 45, 90, 135)
"""Preferred orientations in degrees (Itti et al., 1998, section 2.1)."""

PERIOD = 4.0
"""Pixels to a wave."""

SIGMA = 2.0
"""Deviation of the envelope, in pixels."""


def energy(values: np.ndarray, angles: Sequence[float] = ANGLES) -> List[np.ndarray]:
    """Amplitude of a quadrature pair of Gabor filters at each pixel.

    Waves have `PERIOD`; the envelope has `SIGMA` and is cut at three of them.

    Parameters
    ----------
    values : float array, H x W
    angles : sequence of float
        Degrees; at 0 the wave runs along the rows and vertical edges answer,
        at 90 horizontal ones.

    Returns
    -------
    list of float32 arrays, H x W
        One per angle. Exactly 0 for a constant image: the mean that the
        envelope lets through is taken off.
    """
    # Adding a constant changes no response; without it rounding cannot make
    # a flat image look textured.
    values = np.asarray(values, np.float32)
    values = values - values.min()
    reach = int(np.ceil(3 * SIGMA))
    x = np.arange(-reach, reach + 1)
    envelope = np.exp(-(x**2) / (2.0 * SIGMA**2))
    envelope /= envelope.sum()
    smooth = _filtered(values, envelope, envelope)
    turns = np.deg2rad(angles)
    waves = [2 * np.pi / PERIOD * np.array([np.sin(each), np.cos(each)]) for each in turns]
    return [_amplitude(values, smooth, envelope, x, wave) for wave in waves]


def _amplitude(values, smooth, envelope, x, frequency):
    """|g * values| of the complex Gabor, less the mean it lets through."""
    (down_even, down_odd), (along_even, along_odd) = (
        (envelope * np.cos(each * x), envelope * np.sin(each * x)) for each in frequency
    )
    even = (
        _filtered(values, down_even, along_even)
        - _filtered(values, down_odd, along_odd)
        - down_even.sum() * along_even.sum() * smooth
    )
    odd = _filtered(values, down_even, along_odd) + _filtered(values, down_odd, along_even)
    return np.hypot(even, odd)


def _filtered(values, down, along):
    rows = ndimage.correlate1d(values, down, 0, np.float32, mode='reflect')
    return ndimage.correlate1d(rows, along, 1, np.float32, mode='reflect')
