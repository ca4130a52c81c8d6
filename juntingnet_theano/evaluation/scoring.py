"""Scores of predicted maps on a split with gaze, image by image.

No recipe of the challenge for drawing the negatives of AUC shuffled survives.
Here, for each image, `Protocol.others` (10) of the split's other images
with gaze, without replacement; their fixated pixels, brought to this image's
size in proportion (`GazePool.other_map`), form one set, in which a pixel
counts once; each of the 100 splits draws from it as many pixels as the image
has fixated ones, without replacement. The image's number in the split and the
seed decide what is drawn, whatever the number of worker processes, the
metrics asked for, and the maps that are missing.

>>> import os, tempfile
>>> from juntingnet_theano.datasets.readers import sample
>>> root = os.path.join(tempfile.mkdtemp(), 'sample')
>>> sample.generate(root, counts=(1, 3, 1))
>>> found = evaluate(os.path.join(root, 'saliency'), 'sample', root,
...                  'validation', PROTOCOLS['lsun2015'], partial=True,
...                  workers=1, watch=lambda items, *_, **__: items)
>>> len(found.rows), found.extra
(3, ['sample_training_000000'])
"""

from typing import Any, Callable, Iterable, NamedTuple, Optional, Sequence, Tuple, cast

import numpy as np

from juntingnet_theano import datasets
from juntingnet_theano import workers as pool
from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.evaluation import predicted_maps
from juntingnet_theano.files.outside import allow
from juntingnet_theano.metrics import PROTOCOLS, GazePool, Protocol, generator, score
from juntingnet_theano.progress import progress
from juntingnet_theano.saliency_maps import maps
from juntingnet_theano.saliency_maps.map_checks import Faults, check_names

__all__ = ['Evaluation', 'evaluate', 'PROTOCOLS']

BATCH = 16
LARGEST_RESIZING = 1 << 27
"""Bytes of the weights that an axis may take (`metrics.imresize`)."""
LARGEST_IMAGE = 12_500_000
"""Pixels; metrics take about 60 bytes for each."""
WORTH_A_PROCESS = 300
"""Maps that take as long to score as a process with its imports to start."""
HINT = (
    'predict the split again into an empty folder; --partial scores what '
    'fits, --resize what has another size'
)


class Evaluation(NamedTuple):
    """Scores of a split and what did not get any.

    Attributes
    ----------
    rows : list of (str, dict)
        Name of each scored image and its scores by metric, in the order of
        the split.
    images : int
        All images of the split.
    without_gaze : int
        Images that nobody looked at, or that nobody's gaze is known of; they
        are left out of every metric.
    missing, extra, unfit : list of str
        Images without a map, maps without an image, and (with their causes)
        maps that could not be read or had another size; empty unless
        `partial`.
    resized : int
        Maps that were brought to their image's size.
    """

    rows: list
    images: int
    without_gaze: int
    missing: list
    extra: list
    unfit: list
    resized: int


class Outcome(NamedTuple):
    """What a worker made of one map."""

    scores: Optional[dict] = None
    fault: Optional[str] = None
    resized: bool = False


def evaluate(
    predictions: str,
    dataset: str,
    raw: str,
    split: str,
    protocol: Protocol,
    seed: int = 0,
    resize: bool = False,
    partial: bool = False,
    workers: Optional[int] = None,
    watch: Callable[..., Iterable[Any]] = progress,
    ordered_map: Optional[Callable[..., Iterable[Any]]] = None,
) -> Evaluation:
    """Score predictions.

    Parameters
    ----------
    predictions : str
        As in `predicted_maps.open_maps`.
    dataset : str
        One of `datasets.names`.
    raw : str
        Folder of its raw files.
    split : str
    protocol : metrics.Protocol
    seed : int
        Not negative.
    resize : bool
        Bring maps of another size to their image's in the protocol's way,
        instead of refusing them.
    partial : bool
        Score what fits and list the rest, instead of refusing.
    workers : int, optional
        Processes; by default one per core, if each gets `WORTH_A_PROCESS` maps
        or more. 1 works in this process.
    watch : callable, optional
        ``watch(items, label, unit, total=n)`` passes items through.
    ordered_map : callable, optional
        Shares the work as `workers.ordered_map` does, such as
        `cluster.Cluster.ordered_map`, with as many workers as it has.

    Returns
    -------
    Evaluation

    Raises
    ------
    BadSubmission
        Maps are missing, extra, unreadable or of another size: the first ten
        by name, and their number.
    MissingFiles, BadFile
        The data set or the predictions are not there, or not readable.
    BadSetting
        The split has no gaze.
    """
    if workers is not None and workers < 1:
        raise BadSetting('evaluating', f'{workers} workers', 'from 1 on')
    if seed < 0:
        raise BadSetting('evaluating', f'seed={seed!r}', 'from 0 on')
    records = _records(dataset, raw, split, watch)
    seen = [record for record in records if record.has_gaze]
    if not seen:
        raise BadSetting(
            f'evaluating on {dataset} {split}',
            'no image with gaze',
            'a split that comes with gaze',
            '--split validation',
        )
    _check_sizes(seen)
    faults = Faults(f'scoring {predictions}', HINT)
    found = _opened(predictions, records, split, faults)
    if not partial:
        faults.settle()
    chosen = [index for index, record in enumerate(seen) if record.name in found.names]
    names = [seen[index].name for index in chosen]
    if ordered_map is None:
        ordered_map = pool.ordered_map
        workers = workers or max(1, min(pool.cores(), len(chosen) // WORTH_A_PROCESS))
    scorer = Scorer(seen, protocol, seed, resize)
    scored = ordered_map(scorer, zip(chosen, found.read(names)), BATCH, workers)
    outcomes = list(watch(scored, 'scoring', 'maps', total=len(chosen)))
    rows = [(name, each.scores) for name, each in zip(names, outcomes) if each.fault is None]
    unfit = [outcome.fault for outcome in outcomes if outcome.fault]
    for fault in unfit:
        faults.add(fault)
    if not partial or not rows:
        faults.settle()
    return Evaluation(
        rows,
        len(records),
        len(records) - len(seen),
        [record.name for record in seen if record.name not in found.names],
        sorted(found.names - {record.name for record in records}),
        unfit,
        sum(outcome.resized for outcome in outcomes),
    )


class Scorer:
    """Decodes and scores one map; worker processes get a copy.

    Parameters
    ----------
    records : sequence of records.Record
        Images with gaze.
    protocol : metrics.Protocol
    seed : int
    resize : bool
    """

    def __init__(
        self, records: Sequence[Record], protocol: Protocol, seed: int, resize: bool
    ) -> None:
        self._pool = GazePool(
            [_points(record.fixations) for record in records],
            [cast(Tuple[int, int], record.size) for record in records],
        )
        self._names = [record.name for record in records]
        self._truths = [
            record.saliency_map if protocol.truth == 'maps' else None for record in records
        ]
        self._protocol, self._seed, self._resize = protocol, seed, resize

    def __call__(self, task: Tuple[int, Any]) -> Outcome:
        """`Outcome` of an image's number and its undecoded map."""
        index, payload = task
        size = self._pool.sizes[index]
        try:
            values = predicted_maps.decode(payload)
        except BadFile as error:
            return Outcome(fault=f'{self._names[index]}: {error.got}')
        differs = values.shape != size
        if differs and self._resize:
            try:
                for before, after in zip(values.shape, size):
                    allow((before, after), 8, 'resizing', LARGEST_RESIZING)
            except ValueError as error:
                return Outcome(fault=f'{self._names[index]}: {error}')
        if differs and (not self._resize or self._protocol.resize == 'refuse'):
            sides = '{} x {} pixels, its image has {} x {}'.format(*values.shape + size)
            return Outcome(fault=f'{self._names[index]}: {sides}')
        seed = np.random.SeedSequence(self._seed, spawn_key=(index,))
        truth = self._pool.truth(
            index, self._protocol, generator(seed, 'others'), self._density(index)
        )
        return Outcome(score(values, truth, self._protocol, seed), resized=differs)

    def _density(self, index):
        if self._protocol.truth != 'maps':
            return None
        if self._truths[index] is None:
            raise BadFile(
                'reading the ground truth of ' + self._names[index],
                'the data set has no map of it',
                'map files, or --set truth=lowpass',
            )
        return maps.read(self._truths[index])


def _records(dataset, raw, split, watch):
    records = list(datasets.read(dataset, raw, split))
    # Without its image's size, a record may still have fixations outside.
    if any(record.gaze or record.size is None for record in records):
        records = [
            datasets.with_gaze(dataset, record)
            for record in watch(records, 'reading gaze', 'images', total=len(records))
        ]
    return records


def _check_sizes(records):
    """Refuse images whose scores would take gigabytes: lists may claim any
    size, and files of a few kilobytes hold pictures of 67 million pixels."""
    for record in records:
        height, width = cast(Tuple[int, int], record.size)
        if height * width > LARGEST_IMAGE:
            raise BadFile(
                'evaluating',
                f'{record.name}: {height:,} x {width:,} pixels'[:200],
                f'images of at most {LARGEST_IMAGE:,} pixels',
                'scale pictures, maps and fixations down',
            )


def _points(fixations):
    return np.column_stack([fixations.x, fixations.y])


def _opened(predictions, records, split, faults):
    """The predictions; missing and extra ones are noted as faults.

    A map of an image without gaze is neither: nothing can be said of it.
    """
    found = predicted_maps.open_maps(predictions, [record.name for record in records], split)
    blind = {record.name for record in records if not record.has_gaze}
    check_names(
        found.names - blind, [record.name for record in records if record.name not in blind], faults
    )
    return found
