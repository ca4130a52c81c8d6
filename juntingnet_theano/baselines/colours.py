"""Colour spaces of the classical models.

Each takes a picture, uint8 H x W x 3 sRGB. Chromatic planes of a grey picture
are exactly zero: rounding must not look like colour, since the models bring
every feature to one scale.

>>> import numpy as np
>>> grey = np.full((1, 1, 3), 77, 'uint8')
>>> [float(plane[0, 0]) for plane in to_lab(grey)][1:]
[0.0, 0.0]
>>> dim = to_opponents(grey)
>>> float(dim.red_green[0, 0]), float(dim.blue_yellow[0, 0])
(0.0, 0.0)
"""

from typing import List, NamedTuple

import numpy as np

DARK = 0.1
"""Share of the brightest intensity below which hue cannot be seen (Itti et
al., 1998, section 2.1)."""

SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""IEC 61966-2-1, white point D65."""

XYZ_TO_LMS = np.array([[0.4002, 0.7076, -0.0808], [-0.2263, 1.1653, 0.0457], [0.0, 0.0, 0.9182]])
"""Cone responses after Hunt, Pointer and Estevez, normalised to D65."""


class Opponents(NamedTuple):
    """Intensity and the two opponencies of Itti et al. (1998).

    Attributes
    ----------
    intensity : float32 array, H x W
        Mean of red, green and blue, in [0, 1].
    red_green, blue_yellow : float32 arrays, H x W
        Broadly tuned red less green, and blue less yellow; 0 where the
        picture is dark.
    """

    intensity: np.ndarray
    red_green: np.ndarray
    blue_yellow: np.ndarray


def to_opponents(image: np.ndarray) -> Opponents:
    """Broadly tuned colours and their differences.

    Parameters
    ----------
    image : uint8 array, H x W x 3

    Returns
    -------
    Opponents
        Itti et al. (1998), section 2.1: each channel is divided by the
        intensity, R = r - (g + b) / 2 and so on, negative values become 0.
    """
    red, green, blue = np.moveaxis(image.astype(np.float32) / 255, -1, 0)
    intensity = (red + green + blue) / 3
    bright = intensity > DARK * intensity.max()
    scale = np.where(bright, 1 / np.where(bright, intensity, 1), 0)
    red, green, blue = red * scale, green * scale, blue * scale
    tuned_red, tuned_green, tuned_blue, yellow = (
        np.maximum(each, 0)
        for each in (
            red - (green + blue) / 2,
            green - (red + blue) / 2,
            blue - (red + green) / 2,
            (red + green) / 2 - np.abs(red - green) / 2 - blue,
        )
    )
    return Opponents(intensity, tuned_red - tuned_green, tuned_blue - yellow)


def to_dkl(image: np.ndarray) -> List[np.ndarray]:
    """Cone opponency after Derrington, Krauskopf and Lennie (1984).

    Parameters
    ----------
    image : uint8 array, H x W x 3
        Taken as it is stored: undoing the display's gamma, as for a
        measurement of light, would let the highlights outweigh the rest.

    Returns
    -------
    list of float32 arrays, H x W
        L + M, L - M and S - (L + M), each cone's white being 1.
    """
    cones = _unit_rows(XYZ_TO_LMS.dot(SRGB_TO_XYZ))
    luminance = (cones[0] + cones[1]) / 2
    rows = luminance, cones[0] - cones[1], cones[2] - luminance
    values = image.astype(np.float32) / 255
    # Rows of the two chromatic planes sum to 0, so that differences to green
    # say the same, and say exactly 0 for grey.
    return [_weighted(values, luminance)] + [
        _weighted(values - values[..., 1:2], row) for row in rows[1:]
    ]


def to_lab(image: np.ndarray) -> List[np.ndarray]:
    """CIE 1976 L*a*b* relative to white.

    Parameters
    ----------
    image : uint8 array, H x W x 3

    Returns
    -------
    list of float32 arrays, H x W
        Lightness 0 to 100, green to red, blue to yellow.
    """
    codes = np.arange(256) / 255.0
    linear = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )
    light = linear[image]
    # Weights sum to 1, so green plus weighted differences is the same and
    # three times the same value for grey.
    green = light[..., 1]
    x, y, z = (
        _lightness(green + _weighted(light - green[..., np.newaxis], row))
        for row in _unit_rows(SRGB_TO_XYZ)
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def _lightness(ratio):
    """The cube root of CIE 1976, straight near black."""
    knee = 6 / 29.0
    return np.where(
        ratio > knee**3, np.cbrt(ratio), ratio / np.float32(3 * knee**2) + np.float32(4 / 29.0)
    )


def _unit_rows(matrix):
    return matrix / matrix.sum(axis=1, keepdims=True)


def _weighted(values, row):
    # Not a BLAS product, whose threads would fight with those of the other
    # processes that predict.
    return np.einsum('ijk,k->ij', values, row.astype(np.float32))
