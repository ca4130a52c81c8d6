"""Models without a network, to compare with: one file each, one function.

Each file has ``saliency(image, **parameters)``: uint8 H x W x 3 to a float32
map H x W in [0, 1]. They see the whole picture, need neither training nor the
engine, and are written from their papers. Prediction calls them.

>>> import numpy as np
>>> model = load('centre')
>>> model(np.zeros((6, 8, 3), 'uint8')).shape
(6, 8)
"""

import functools
import importlib
from typing import Any, Callable, NamedTuple, Optional

from juntingnet_theano.errors import BadSetting, did_you_mean


class Baseline(NamedTuple):
    """One name that ``predict --model`` takes.

    Attributes
    ----------
    title : str
        For tables and figures.
    module : str
        File beside this one.
    about : str
        What it is, in one line.
    preset : str or None
        Name of parameters in that file, None for its defaults.
    """

    title: str
    module: str
    about: str
    preset: Optional[str] = None


_ITTI = 'Saliency of Itti, Koch and Niebur (1998).'

BASELINES = {
    'itti': Baseline('Itti', 'itti', _ITTI),
    'itti1998': Baseline('Itti 1998', 'itti', _ITTI, 'PAPER'),
    'gbvs': Baseline(
        'GBVS', 'gbvs', 'Graph-based visual saliency of Harel, Koch and Perona (2006).'
    ),
    'bms': Baseline('BMS', 'bms', 'Boolean map saliency of Zhang and Sclaroff (2013).'),
    'centre': Baseline('Centre', 'centre', 'People look there first, whatever the picture shows.'),
    'mean-map': Baseline('Mean map', 'mean_map', 'Where people look on average in one data set.'),
    'chance': Baseline('Chance', 'chance', 'Every pixel drawn on its own, uniformly.'),
}
"""Name -> which model; titles as in the paper's tables."""


def load(name: str, cache: Optional[str] = None) -> Callable[..., Any]:
    """A model by its name.

    Parameters
    ----------
    name : str
        A key of `BASELINES`.
    cache : str, optional
        Cache whose training maps ``'mean-map'`` averages; no other model
        takes one.

    Returns
    -------
    callable
        uint8 H x W x 3 -> float32 H x W in [0, 1]. It can be pickled.

    Raises
    ------
    BadSetting
        The name is unknown, or a cache is missing or of no use.
    MissingFiles, BadFile
        The cache is not there or broken.
    """
    if name not in BASELINES:
        raise BadSetting('choosing a model', repr(name), did_you_mean(name, BASELINES))
    needs = name == 'mean-map'
    if needs != (cache is not None):
        raise BadSetting(
            f'loading the model {name!r}',
            f'the cache {cache}' if cache is not None else 'no cache',
            "a cache for 'mean-map', and for no other",
            'juntingnet predict --model mean-map --cache data/cache/isun.hdf5 photo.jpg',
        )
    # Imported here: the command line needs the names alone.
    module = importlib.import_module(__name__ + '.' + BASELINES[name].module)
    if needs:
        return functools.partial(module.saliency, mean=module.read(cache))
    preset = BASELINES[name].preset
    return functools.partial(module.saliency, **(getattr(module, preset) if preset else {}))
