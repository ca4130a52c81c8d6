"""Graph-based visual saliency of Harel, Koch and Perona (2006).

J. Harel, C. Koch and P. Perona, "Graph-Based Visual Saliency", NIPS 2006.
Written from the paper; defaults are the parameters of the authors' bundle.

Both steps of the model are equilibria of Markov chains on the fully connected
lattice of a feature map. Leaving node i for j has probability
w_ij / sum_k w_ik. Both chains have symmetric weights (the second one after
scaling each row, which leaves probabilities as they are), so that
pi_i = sum_j w_ij / sum_kj w_kj is in detailed balance: pi_i p_ij = pi_j p_ji.
That is the equilibrium itself, to which the authors' power iteration comes as
near as its tolerance (1e-4) allows.

>>> import numpy as np
>>> picture = np.zeros((64, 64, 3), 'uint8')
>>> picture[24:32, 32:40] = 255
>>> row, column = np.unravel_index(saliency(picture).argmax(), (64, 64))
>>> bool(abs(row - 28) < 4 and abs(column - 36) < 4)
True
"""

import functools
from typing import List, Sequence, Tuple

import numpy as np

from juntingnet_theano.baselines import gabor
from juntingnet_theano.baselines.colours import to_dkl
from juntingnet_theano.baselines.grids import coarse_size, fade, finish, limit_pixels
from juntingnet_theano.baselines.pyramids import build_pyramid
from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.pictures.images import check_rgb
from juntingnet_theano.saliency_maps.maps import resize


def saliency(
    image: np.ndarray,
    channels: str = 'DIO',
    levels: Sequence[int] = (1, 2, 3),
    angles: Sequence[float] = gabor.ANGLES,
    map_side: int = 32,
    sigma_activation: float = 0.15,
    sigma_normalisation: float = 0.06,
    iterations: int = 1,
    border: int = 13,
    blur: float = 0.02,
) -> np.ndarray:
    """Where a picture differs from the rest of it, near before far.

    Parameters
    ----------
    image : uint8 array, H x W x 3
        RGB.
    channels : str
        Letters of `CHANNELS`: D for the three planes of DKL colour, I for
        intensity, O for orientation. Each channel weighs the same.
    levels : sequence of int
        Pyramid levels that features are taken from; level n is 1 / 2^n of
        the picture. The bundle's 2, 3 and 4, taken to count from 1: so taken
        they meet its quoted scores more closely.
    angles : sequence of float
        Preferred orientations in degrees.
    map_side : int
        Longer side of the lattice, in nodes.
    sigma_activation, sigma_normalisation : float
        Deviation of the Gaussian of distance in either chain's weights, in
        shares of the lattice's longer side.
    iterations : int
        How often activation is concentrated.
    border : int
        Pixels over which oriented energy fades out towards the borders, at
        each level. No published parameter: chosen by scores, see docs/evaluation.rst.
    blur : float
        Deviation of the last Gaussian, in shares of the longer side.

    Returns
    -------
    float32 array, H x W
        From 0 to 1; all 0 for a picture of one colour. The lattice is not
        cyclic: nodes near the centre have more near neighbours, which favours
        the centre, as people do.

    Raises
    ------
    BadFile
        The array is no picture.
    BadSetting
        A channel is unknown.
    """
    check_rgb(image)
    for letter in channels:
        if letter not in CHANNELS:
            raise BadSetting(
                'choosing channels of GBVS', repr(letter), did_you_mean(letter, CHANNELS)
            )
    whole, image = image.shape[:2], limit_pixels(image)
    lattice = coarse_size(image.shape[:2], map_side)
    near = proximity(lattice, sigma_activation * max(lattice))
    nearer = profiles(lattice, sigma_normalisation * max(lattice))
    total = np.zeros(lattice, np.float32)
    for letter in channels:
        features = CHANNELS[letter](image, levels, angles, border)
        for feature in features:
            found = activation(resize(feature, lattice), near)
            for _ in range(iterations):
                found = concentration(found, nearer)
            total += found / len(features)
    return finish(total, whole, blur)


def profiles(lattice: Tuple[int, int], sigma: float) -> List[np.ndarray]:
    """Gaussian of the distance between nodes, along each side.

    Parameters
    ----------
    lattice : (int, int)
        Height and width in nodes.
    sigma : float
        Deviation, in nodes.

    Returns
    -------
    list of two float32 arrays
        height x height and width x width; the product of an entry of either
        is F of the paper's section 3.
    """
    return [
        np.exp(-np.square(np.subtract.outer(*2 * [np.arange(side)])) / (2.0 * sigma**2)).astype(
            np.float32
        )
        for side in lattice
    ]


@functools.lru_cache(maxsize=16)
def proximity(lattice: Tuple[int, int], sigma: float) -> np.ndarray:
    """F of the paper's section 3 between any two nodes of a lattice.

    Parameters
    ----------
    lattice, sigma
        As in `profiles`.

    Returns
    -------
    float32 array, n x n
        Nodes are counted row by row. Not to be written to: it is kept for
        the next picture of that shape.
    """
    return np.kron(*profiles(lattice, sigma))


def activation(feature: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Equilibrium of the chain that moves to what differs (section 3.1).

    Parameters
    ----------
    feature : float array, H x W
    near : float32 array, n x n
        From `proximity`; w_ij = |feature_i - feature_j| near_ij. The paper
        names the difference as good as the difference of logarithms, and it
        needs no positive features.

    Returns
    -------
    float32 array, H x W
        Sums to 1; all 0 where the feature is constant, so that there is no
        chain.
    """
    values = np.asarray(feature, np.float32).ravel()
    distance = np.abs(values[:, np.newaxis] - values)
    return _unit_sum(np.einsum('ij,ij->i', distance, near)).reshape(feature.shape)


def concentration(activity: np.ndarray, nearer: Sequence[np.ndarray]) -> np.ndarray:
    """Equilibrium of the chain that moves to what is active (section 3.2).

    Parameters
    ----------
    activity : float32 array, H x W
        Not negative.
    nearer : two float32 arrays
        From `profiles`: w_ij = activity_j F_ij. Row i times activity_i
        makes the weights symmetric, and F falls into a product, so that the
        n x n weights need not be written down.

    Returns
    -------
    float32 array, H x W
        Sums to 1, or is all 0 as `activity` is.
    """
    down, along = nearer
    return _unit_sum(activity * down.dot(activity).dot(along))


def _unit_sum(weights):
    total = weights.sum()
    return weights / total if total > 0 else weights


def _colour(image, levels, angles, border):
    return [
        planes[level]
        for planes in (build_pyramid(plane, max(levels)) for plane in to_dkl(image))
        for level in levels
    ]


def _intensity(image, levels, angles, border):
    planes = build_pyramid(image.mean(axis=2, dtype=np.float32) / 255, max(levels))
    return [planes[level] for level in levels]


def _orientation(image, levels, angles, border):
    return [
        fade(energy, border)
        for plane in _intensity(image, levels, angles, border)
        for energy in gabor.energy(plane, angles)
    ]


CHANNELS = {'D': _colour, 'I': _intensity, 'O': _orientation}
"""Letter of a channel -> its feature maps."""
