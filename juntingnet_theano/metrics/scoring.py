"""All metrics of a protocol on one map.

>>> fixations = np.eye(4, dtype=int)
>>> truth = GroundTruth(fixations, lowpass(fixations))
>>> protocol = PROTOCOLS['mit']._replace(metrics=('nss', 'auc_judd'))
>>> score(fixations, truth, protocol, np.random.SeedSequence(0))['auc_judd']
1.0
"""

from typing import Dict, Sequence

import numpy as np

from juntingnet_theano.errors import BadSetting
from juntingnet_theano.metrics import auc
from juntingnet_theano.metrics.arrays import as_map
from juntingnet_theano.metrics.blur import lowpass
from juntingnet_theano.metrics.densities import cc, kl_divergence, similarity
from juntingnet_theano.metrics.emd import emd
from juntingnet_theano.metrics.fixated_values import information_gain, nss, uniform_gain
from juntingnet_theano.metrics.ground_truth import GroundTruth
from juntingnet_theano.metrics.imresize import imresize
from juntingnet_theano.metrics.protocols import LABELS, OF_TWO_MAPS, PROTOCOLS, Protocol

__all__ = ['score', 'generator', 'GroundTruth', 'PROTOCOLS', 'lowpass']


def score(
    saliency_map: np.ndarray, truth: GroundTruth, protocol: Protocol, seed: np.random.SeedSequence
) -> Dict[str, float]:
    """Score a map.

    Parameters
    ----------
    saliency_map : array, h x w
    truth : GroundTruth
        With what the protocol's metrics need (`GazePool.truth`).
    protocol : Protocol
    seed : numpy.random.SeedSequence
        Of this image. Each metric draws from a stream of its own, so that a
        score does not depend on which others are asked for.

    Returns
    -------
    dict of str to float
        Metric -> score, in the protocol's order; NaN where it has none. All
        of them are NaN where nobody looked, and those of two maps where the
        ground truth is zero everywhere: the benchmark's Similarity is 0 then
        and its KL divergence 0, which is perfect.

    Raises
    ------
    BadSetting
        The map has another size than the image and the protocol refuses it.
    """
    values = resize(saliency_map, truth.fixation_map.shape, protocol.resize)
    if not truth.fixation_map.any():
        return dict.fromkeys(protocol.metrics, np.nan)
    scores = {name: _SCORERS[name](values, truth, protocol, seed) for name in protocol.metrics}
    if values.min() == values.max():
        scores.update((name, value) for name, value in protocol.flat if name in scores)
    if truth.density is not None and not np.any(truth.density):
        scores.update((name, np.nan) for name in OF_TWO_MAPS if name in scores)
    return scores


def generator(seed: np.random.SeedSequence, name: str) -> np.random.Generator:
    """The stream of random numbers for one purpose within an image.

    Parameters
    ----------
    seed : numpy.random.SeedSequence
    name : str
        A metric, or ``'others'`` for drawing other images.

    Returns
    -------
    numpy.random.Generator
    """
    purposes = ('others',) + tuple(LABELS)
    return np.random.default_rng(
        np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key + (purposes.index(name),))
    )


def resize(saliency_map: np.ndarray, shape: Sequence[int], how: str) -> np.ndarray:
    """A map as float64 and of the image's size, in a protocol's way.

    Parameters
    ----------
    saliency_map : array, h x w
    shape : (int, int)
    how : {'imresize', 'zoom', 'refuse'}

    Returns
    -------
    float64 array
        Of `shape`.

    Raises
    ------
    BadSetting
        Sizes differ and `how` is ``'refuse'``.
    """
    values = as_map(saliency_map)
    if values.shape == tuple(shape):
        return values
    if how == 'refuse':
        raise BadSetting(
            'scoring a saliency map',
            '{} x {} pixels'.format(*values.shape),
            "the image's {} x {}".format(*shape),
        )
    if how == 'imresize':
        return imresize(values, shape)
    from scipy import ndimage  # here: importing takes longer than scoring

    return np.asarray(ndimage.zoom(values, np.divide(shape, values.shape), order=3))


_SCORERS = {
    'similarity': lambda values, truth, protocol, seed: similarity(
        values, truth.density, protocol.stretch
    ),
    'cc': lambda values, truth, protocol, seed: cc(values, truth.density),
    'auc_shuffled': lambda values, truth, protocol, seed: auc.shuffled(
        values,
        truth.fixation_map,
        truth.other_map,
        generator(seed, 'auc_shuffled'),
        protocol.splits,
        protocol.step,
        protocol.endpoint,
        protocol.repeats,
    ),
    'auc_borji': lambda values, truth, protocol, seed: auc.borji(
        values,
        truth.fixation_map,
        generator(seed, 'auc_borji'),
        protocol.borji_splits,
        protocol.step,
        protocol.borji_draws,
        protocol.endpoint,
        protocol.repeats,
    ),
    'auc_judd': lambda values, truth, protocol, seed: auc.judd(
        values,
        truth.fixation_map,
        generator(seed, 'auc_judd') if protocol.jitter else None,
        protocol.repeats,
    ),
    'nss': lambda values, truth, protocol, seed: nss(
        values, truth.fixation_map, protocol.ddof, protocol.repeats
    ),
    'kl_divergence': lambda values, truth, protocol, seed: kl_divergence(
        values, truth.density, protocol.floor, protocol.eps
    ),
    'information_gain': lambda values, truth, protocol, seed: information_gain(
        values, truth.fixation_map, truth.baseline, protocol.repeats
    ),
    'emd': lambda values, truth, protocol, seed: emd(values, truth.density),
    'information_gain_uniform': lambda values, truth, protocol, seed: uniform_gain(
        values, truth.fixation_map, protocol.repeats
    ),
    'auc_uniform': lambda values, truth, protocol, seed: auc.uniform(
        values, truth.fixation_map, protocol.repeats
    ),
}
