"""A training so small that each engine repeats it in seconds.

Its pictures come from whole numbers alone, so that every version of NumPy and
of the codecs makes the same.
"""

import os

import h5py
import numpy as np

from juntingnet_theano.cache import CacheWriter, PreprocessingSettings
from juntingnet_theano.cache.writer import Example
from juntingnet_theano.datasets.records import Fixations
from juntingnet_theano.settings import training as config
from juntingnet_theano.settings.training import Settings
from tests.helpers import ROOT


def settings(cache):
    return Settings(
        cache=cache,
        head='released',
        epochs=3,
        batch_size=8,
        holdout=0.25,
        slice_size=14,
        learning_rate_start=0.5,
    )


def of_the_authors(cache):
    """The authors' recipe: mirrored in place, never shuffled, maps in [-1, 1]."""
    path = os.path.join(ROOT, 'experiments', 'released.toml')
    return config.load(path).override(
        ['cache=' + cache, 'epochs=3', 'batch_size=8', 'holdout=0.25', 'slice_size=14']
    )


def bits(path):
    """All arrays of a weights file by their names."""
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(path, 'r') as file:
        file.visititems(keep)
    assert found, path
    return found


def write_cache(path, seed=1, counts=(24, 6), letters='tv', mark='', preprocessing=None):
    """24 training and 6 validation examples, each third one with gaze; names
    begin with the split's letter and end with a mark."""
    rng = np.random.RandomState(seed)
    with CacheWriter(path, preprocessing or PreprocessingSettings(), 8) as writer:
        for split, count, letter in zip(('training', 'validation'), counts, letters):
            writer.start_split(split, has_maps=True)
            writer.append([example(f'{letter}{i}{mark}', rng, i % 3 == 0) for i in range(count)])
        writer.finish('0' * 64, {})


def example(name, rng, gazed):
    """Coarse noise with a bright disc, and a map that is high there; one
    fixation on the disc, where it was `gazed` at."""
    row, column = rng.randint(20, 76, 2)
    coarse = rng.randint(0, 150, (3, 12, 12))
    image = np.kron(coarse, np.ones((1, 8, 8), int))
    rows, columns = np.ogrid[:96, :96]
    distance = (rows - row) ** 2 + (columns - column) ** 2
    image[:, distance < 100] += 100
    peak = np.maximum(0, 255 - 255 * distance[::2, ::2] // 400)
    return Example(
        name,
        (96, 96),
        image.astype('uint8'),
        peak.astype('uint8'),
        Fixations(
            *np.array([[column], [row]], 'float32'), np.zeros(1, 'int32'), np.zeros(1, 'float32')
        )
        if gazed
        else None,
    )
