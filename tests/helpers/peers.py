"""pysaliency, where it is installed (``pip install '.[peers]'``)."""

import sys
import types
import unittest
import warnings

import numpy as np


def pysaliency():
    """The package; skips the test that asks where it is not there.

    Version 0.2.22 imports torch for models that are not used here, and calls
    ``numpy.trapz``, which NumPy 2.4 dropped for ``trapezoid``, and
    ``numpy.string_``, which NumPy 2 dropped for ``bytes_``: an empty module
    and the old names are lent to it.
    """
    if not hasattr(np, 'trapz'):
        np.trapz = np.trapezoid
    if not hasattr(np, 'string_'):
        np.string_ = np.bytes_
    try:
        import torch  # noqa: F401  (is it there?)
    except ImportError:
        sys.modules['torch'] = types.ModuleType('torch')
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            import pysaliency as peer
    except ImportError as error:
        raise unittest.SkipTest(f'pysaliency cannot be imported: {error}') from error
    finally:
        if not hasattr(sys.modules.get('torch'), 'Tensor'):
            sys.modules.pop('torch', None)
    return peer


def peer_data(fixations, sizes):
    """Stimuli (black) and fixations of pysaliency.

    Parameters
    ----------
    fixations : list of n x 2 arrays
        0-based (x, y) of each image.
    sizes : list of (int, int)
    """
    peer = pysaliency()
    stimuli = peer.Stimuli(
        [
            # Pixels that differ: the maps of equal stimuli are cached as one.
            np.full(tuple(size) + (3,), index % 256, np.uint8)
            + (np.arange(size[1], dtype=np.uint8) * (index // 256 + 1))[:, None]
            for index, size in enumerate(sizes)
        ]
    )
    x, y = np.concatenate(fixations).T
    n = np.repeat(np.arange(len(sizes)), [len(each) for each in fixations])
    return stimuli, peer.Fixations.create_without_history(x, y, n)


def peer_model(stimuli, maps):
    """A model of pysaliency that knows a map for each stimulus."""
    peer = pysaliency()

    class Known(peer.SaliencyMapModel):
        def _saliency_map(self, stimulus):
            return known[peer.datasets.get_image_hash(stimulus)]

    known = {stimulus.stimulus_id: values for stimulus, values in zip(stimuli, maps)}
    return Known(caching=False)
