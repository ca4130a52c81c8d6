"""The mean of a network's weights over epochs, in a weights file.

Not the paper's. Weights of successive epochs lie around a minimum that none
of them is at; their mean lies nearer to it and costs one more file
(Polyak and Juditsky, "Acceleration of stochastic approximation by averaging",
1992).

>>> import juntingnet_theano, os, tempfile
>>> from juntingnet_theano.network.layers import build_juntingnet, no_weights
>>> layer = build_juntingnet(head='released', initial_weights=no_weights)
>>> path = os.path.join(tempfile.mkdtemp(), 'weights-average.hdf5')
>>> include(path, layer, {'head': 'released', 'epoch': 7})
>>> int(weights.read_attributes(path)['averaged_epochs'])
1
"""

import contextlib
import os
from typing import Any, Iterator, Mapping

import numpy as np

from juntingnet_theano.network import weights

from lasagne.layers import Layer


def include(path: str, layer: Layer, attributes: Mapping[str, Any]) -> None:
    """Include the weights of an epoch in the mean, once.

    A run that was killed repeats its last epochs, with the same weights.

    Parameters
    ----------
    path : str
        Created where it does not exist.
    layer : lasagne.layers.Layer
    attributes : dict
        As for `weights.save`, with the `epoch`.

    Raises
    ------
    BadFile, WeightsMismatch
        Where the file holds something else.
    """
    count = 0
    mean = weights.copy_values(layer)
    if os.path.exists(path):
        before = weights.read_attributes(path)
        if before['epoch'] >= attributes['epoch']:
            return
        count = int(before['averaged_epochs'])
    with keep_weights(layer):
        if count:
            current = mean
            weights.load(path, layer)
            mean = {
                name: old + (current[name] - old) / np.float32(count + 1)
                for name, old in weights.copy_values(layer).items()
            }
            weights.set_values(layer, mean)
        weights.save(path, layer, dict(attributes, averaged_epochs=count + 1))


@contextlib.contextmanager
def keep_weights(layer: Layer) -> Iterator[None]:
    """Let a network have other weights for a while."""
    kept = weights.copy_values(layer)
    try:
        yield
    finally:
        weights.set_values(layer, kept)
