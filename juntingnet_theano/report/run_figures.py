"""The figures of a run: its learning curve and a panel of pictures.

Reads the files of a run and of a data set.

>>> SPLITS[0]
'validation'
"""

import json
import os
from typing import Iterator, Optional, Tuple, Union

import numpy as np

from juntingnet_theano import datasets
from juntingnet_theano.cache import open_caches
from juntingnet_theano.datasets.records import evenly
from juntingnet_theano.errors import BadSetting, MissingFiles
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.pictures.images import read_rgb
from juntingnet_theano.prediction import Baseline, Model, load
from juntingnet_theano.report import plots
from juntingnet_theano.saliency_maps import maps
from juntingnet_theano.training import Run, history
from juntingnet_theano.training.data import TrainingData

LOSS_NAMES = {
    'squared': 'mean squared error',
    'summed': 'half of the summed squared error',
    'correlation': '1 - correlation',
}
MEAN_MAP = 'mean-map.json'
SPLITS = ('validation', 'testing', 'training')
"""Where the panel's pictures come from: the first of these that is there."""


def write_report(folder: str, dataset: str, raw: str, rows: int = 6) -> Iterator[str]:
    """Draw ``curves.png`` and ``panel.png`` into the folder of a run.

    Where the run's caches are there, ``mean-map.json`` keeps the loss of the
    mean training map, which the curve is drawn beside.

    Parameters
    ----------
    folder : str
        The run's folder, with at least one epoch in its history.
    dataset : str
        Name of the data set of the panel's pictures.
    raw : str
        Folder of its raw files.
    rows : int
        Pictures in the panel, spread evenly over the validation split.

    Yields
    ------
    str
        The path of each figure, when it is written.

    Raises
    ------
    MissingFiles
        The run has no history or no weights, or the data set is not there.
    BadFile, BadSetting, WeightsMismatch
        Files of the run do not belong together or are broken.
    """
    if rows < 1:
        raise BadSetting('reporting on ' + folder, f'rows={rows!r}', 'at least 1')
    run = Run.resume(folder)
    curves = os.path.join(folder, 'curves.png')
    baseline = draw_curve(folder, curves)
    if baseline is not None:
        note = os.path.join(folder, MEAN_MAP)
        with atomic_path(note) as part, open(part, 'w', encoding='utf-8') as file:
            json.dump({'validation_loss': baseline}, file)
        yield note
    yield curves
    panel = os.path.join(folder, 'panel.png')
    plots.draw_panel(panel_rows(load(run.best_path), dataset, raw, rows), panel)
    yield panel


def draw_curve(folder: str, path: str) -> Optional[float]:
    """Draw the learning curve of a run, as figures 3 and 4 of the paper.

    Parameters
    ----------
    folder : str
        The run's folder.
    path : str
        PNG file to write.

    Returns
    -------
    float or None
        The mean training map's loss, which is drawn too where the caches of
        the run are there.

    Raises
    ------
    MissingFiles
        The run has no history.
    BadFile, BadSetting
        Files of the run do not belong together or are broken.
    """
    run = Run.resume(folder)
    epochs = history.read(run.history_path)
    if not epochs:
        raise MissingFiles(
            'reporting on ' + folder,
            'no epoch is complete',
            'at least one line in ' + run.history_path,
            f'juntingnet train --run {folder} --resume',
        )
    baseline = _baseline(run.settings)
    plots.draw_learning_curve(epochs, path, baseline, LOSS_NAMES[run.settings.loss])
    return baseline


def panel_rows(
    model: Union[Baseline, Model], dataset: str, raw: str, rows: int
) -> Iterator[Tuple[np.ndarray, Optional[np.ndarray], np.ndarray]]:
    """Image, truth and prediction of some images of a set, as figure 5.

    Parameters
    ----------
    model : Model or Baseline
    dataset, raw : str
        As for `write_report`.
    rows : int
        How many, spread evenly over the split.

    Yields
    ------
    (image, truth, prediction)
        As `plots.draw_panel` takes them.

    Raises
    ------
    MissingFiles, BadFile
        The data set is not there, or a file of it cannot be read.
    """
    for record in evenly(_records(dataset, raw), rows):
        yield _row(model, record)


def _baseline(settings):
    """The loss of predicting the mean map, as the run validated; None where a
    cache of the run does not exist."""
    if not all(map(os.path.exists, settings.caches)):
        return None
    with open_caches(settings.caches) as cache:
        return TrainingData(cache, settings).mean_map_loss()


def _records(dataset, raw):
    reader = datasets.reader(dataset)
    there = reader.splits(raw)
    split = next((each for each in SPLITS if each in there), SPLITS[0])
    return datasets.read(dataset, raw, split)


def _row(model, record):
    """Stimulus, truth and prediction of one record, at its own size."""
    image = read_rgb(record.image)
    truth = record.saliency_map
    return (image, None if truth is None else maps.read(truth), model.predict(image))
