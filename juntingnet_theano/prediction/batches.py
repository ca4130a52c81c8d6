"""Batches: what is predicted, and written, as one task.

A long prediction is cut into batches, so that machines can share them, or each
can become a shard; the same call finishes what a stopped one left. Each batch goes
through `pipeline`. Batches hold whole blocks of `blocks.ROWS` pictures, so that the
maps are those of one stream, bit for bit.

>>> import tempfile
>>> from juntingnet_theano.prediction.models import load
>>> out = os.path.join(tempfile.mkdtemp(), 'maps')
>>> work = Work(load('centre'), out, {}, shards=12)
>>> pictures = [(str(number), np.zeros((6, 8, 3), 'uint8')) for number in range(15)]
>>> summary, there = predict_batches(work, pictures)
>>> summary.written, there, sorted(os.listdir(out))[-2:]
(15, 0, ['maps-000000.zip', 'maps-000001.zip'])
>>> predict_batches(work, pictures)[1]
15
"""

import hashlib
import itertools
import json
import os
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple

import numpy as np

from juntingnet_theano.errors import BadFile, BadSetting, MissingFile
from juntingnet_theano.files import outside, urls, writing
from juntingnet_theano.pictures.stimuli import Stimulus
from juntingnet_theano.prediction import blocks, pipeline
from juntingnet_theano.prediction.models import Baseline, Model
from juntingnet_theano.saliency_maps import map_folders, map_hdf5, map_shards, map_zips
from juntingnet_theano.version import __version__

SIZE = 60
"""Pictures of a batch that makes no shard."""
RECORD = '.prediction.json'
"""In the output folder: what its maps are made with."""
THERE = 'there'
"""The outcome of a picture whose map is there already."""
DOING = 'predicting in batches'


class Batch(NamedTuple):
    """Pictures that one task predicts.

    Attributes
    ----------
    number : int
        From 0.
    stimuli : list of stimuli.Stimulus
    """

    number: int
    stimuli: List[Stimulus]

    @property
    def name(self) -> str:
        """For messages."""
        return f'{self.stimuli[0].name} to {self.stimuli[-1].name}'


class Work:
    """What is done with each batch; a worker process gets a copy.

    Parameters
    ----------
    model : Model or Baseline
        Pickled, it is its path and its options.
    out : str
        Folder, or its address (`urls`).
    options : dict
        Of `pipeline.network_outcomes`: `post`, `fit` and `density`.
    form, overlays, skip_bad
        As for `pipeline.predict`.
    shards : int, optional
        Maps of a shard, a multiple of `blocks.ROWS`; each map has a file of
        its own by default.
    workers : int, optional
        As for `pipeline.predict`.

    Raises
    ------
    BadSetting
        The form, or what it is combined with, is not possible.
    """

    def __init__(
        self,
        model: Any,
        out: str,
        options: Dict[str, Any],
        form: str = 'png8',
        overlays: bool = False,
        skip_bad: bool = False,
        shards: Optional[int] = None,
        workers: Optional[int] = None,
    ) -> None:
        self.out = out if urls.is_url(out) else os.path.abspath(out)
        self.shards = shards
        self._model, self._options, self._form, self._overlays = model, options, form, overlays
        self._skip_bad, self._workers = skip_bad, workers
        if os.path.splitext(out)[1].lower() in (map_zips.EXTENSION,) + map_hdf5.EXTENSIONS:
            raise BadSetting(DOING, f'the file {out}', 'a folder')
        if shards is None and form in map_hdf5.FORMS:
            raise BadSetting(DOING, f'form {form!r}, which is one file', 'shards of it', '--shards')
        if shards is not None and shards % blocks.ROWS:
            raise BadSetting(DOING, f'shards of {shards}', f'a multiple of {blocks.ROWS}')
        map_folders.opened(self._place(Batch(0, [])), form, overlays)

    def begin(self) -> None:
        """Say in the output folder what its maps are made with.

        Raises
        ------
        BadSetting
            The folder holds maps that were made with something else.
        CannotWrite
        """
        ours = self._description()
        path = os.path.join(self.out, RECORD)
        if urls.exists(path):
            with urls.opened(path, DOING) as file:
                theirs = json.loads(file.read(outside.TEXT).decode('utf-8', 'replace'))
            differs = [name for name in ours if theirs.get(name) != ours[name]]
            if differs:
                raise BadSetting(
                    DOING,
                    f'{self.out} was begun with different settings: {", ".join(differs)}',
                    'the command that it was begun with, or another folder',
                )
            return
        if not _is_empty(self.out):
            raise BadSetting(
                DOING,
                f'{self.out} holds files of another command',
                'an empty folder, or one that this command has begun',
            )
        with writing.atomic_path(path) as part, open(part, 'w', encoding='utf-8') as file:
            json.dump(ours, file, indent=1)

    def end(self, batches: int) -> None:
        """Refuse shards that are left of pictures that are no longer there.

        Raises
        ------
        BadFile
        """
        beyond = map_shards.path(self.out, batches, self._form)
        if self.shards and urls.exists(beyond):
            raise BadFile(
                DOING,
                f'{beyond} and those after it are of pictures that are no longer there',
                'as many shards as these pictures fill',
                'remove them',
            )

    def __call__(self, batch: Batch) -> List[Any]:
        """Predict a batch and write its maps, unless they are there.

        Parameters
        ----------
        batch : Batch

        Returns
        -------
        list
            Of each picture an outcome, as `pipeline.summarise` takes it, or
            `THERE`. An error that is not to be skipped stands alone.

        Raises
        ------
        JuntingNetError
            What has nothing to do with the pictures, and may pass.
        """
        try:
            return self._there(batch) or self._predict(batch)
        except BadFile as error:
            return [error]

    def _predict(self, batch):
        found = []
        with map_folders.opened(self._place(batch), self._form, self._overlays) as folder:
            for each in self._outcomes(batch, folder):
                if isinstance(each, BadFile) and not self._skip_bad:
                    raise each
                found.append(each)
        if self.shards:
            left_out = [each for each in found if isinstance(each, BadFile)]
            map_shards.write_note(self._place(batch), _names(batch), left_out)
        return found

    def _outcomes(self, batch, folder):
        if not isinstance(self._model, Model):
            return pipeline.picture_outcomes(self._model, batch.stimuli, folder, self._workers)
        # The only picture of all goes through the network alone, as it does
        # without batches; that of a last batch does not.
        model = blocks.in_blocks(self._model) if batch.number else self._model
        return pipeline.network_outcomes(
            model, batch.stimuli, folder, workers=self._workers, **self._options
        )

    def _there(self, batch):
        """The outcomes of a batch that was done before, or None."""
        if self.shards:
            left_out = map_shards.read_note(self._place(batch), _names(batch))
            if left_out is None or left_out and not self._skip_bad:
                return None
            return left_out + [THERE] * (len(batch.stimuli) - len(left_out))
        folder = map_folders.MapFolder(self.out, self._form, self._overlays)
        if all(folder.has(*each) for each in batch.stimuli):
            return [THERE] * len(batch.stimuli)
        return None

    def _place(self, batch):
        """Where the maps of a batch go."""
        return map_shards.path(self.out, batch.number, self._form) if self.shards else self.out

    def _description(self):
        return {
            'version': __version__,
            'model': _described(self._model),
            'options': json.loads(json.dumps(self._options, default=repr)),
            'form': self._form,
            'overlays': self._overlays,
            'shards': self.shards,
        }


def predict_batches(
    work: Work,
    stimuli: Iterable[Any],
    ordered_map: Callable[..., Any] = map,
    total: Optional[int] = None,
    skip_bad: bool = False,
) -> Tuple[pipeline.Summary, int]:
    """Predict pictures batch by batch, but those whose maps are there.

    Parameters
    ----------
    work : Work
    stimuli : iterable of (name, image)
        As for `pipeline.predict`; always in the same order.
    ordered_map : callable
        ``ordered_map(work, batches)`` gives the results in order; as
        `cluster.Cluster.ordered_map`.
    total, skip_bad
        As for `pipeline.predict`.

    Returns
    -------
    (pipeline.Summary, int)
        What was done, and the number of maps that were there.

    Raises
    ------
    BadSetting, BadFile, CannotWrite
        As `pipeline.predict` and `Work.begin`.
    """
    work.begin()
    there = batches = 0

    def cut():
        nonlocal batches
        rest = map(_absolute, stimuli)
        for batches in itertools.count():
            chosen = list(itertools.islice(rest, work.shards or SIZE))
            if not chosen:
                return
            yield Batch(batches, chosen)

    def outcomes():
        nonlocal there
        for each in itertools.chain.from_iterable(ordered_map(work, cut())):
            if isinstance(each, MissingFile):
                each = _explained(each)
            elif each == THERE:
                there, each = there + 1, False
            yield each

    summary = pipeline.summarise(outcomes(), skip_bad, total)
    work.end(batches)
    return summary._replace(written=summary.written - there), there


def _names(batch):
    return [each.name for each in batch.stimuli]


def _absolute(stimulus):
    """A stimulus that means the same in another folder."""
    name, image = stimulus
    if isinstance(image, np.ndarray) or urls.is_url(image):
        return Stimulus(name, image)
    return Stimulus(name, os.path.abspath(image))


def _explained(error):
    """Why a picture is missing that is here."""
    path = error.got.partition('there is no ')[2]
    if not path or not urls.exists(path):
        return error
    return MissingFile(
        error.doing,
        f'a worker has no {path}, which is on this machine',
        'a folder that all machines share, or the address of a store, s3://...',
        'the same command with that folder',
    )


def _described(model):
    """A model, so that another one has another text."""
    if isinstance(model, Baseline):
        return repr(model)
    with outside.opened(model.path, DOING) as file:
        return f'{model.attributes["head"]}, SHA-256 {hashlib.sha256(file.read()).hexdigest()}'


def _is_empty(folder):
    if urls.is_url(folder):
        return not urls.exists(folder) or next(urls.files(folder, DOING), None) is None
    return all(each.name.startswith('.') for each in outside.entries(folder, DOING))


def forget(out: str) -> None:
    """Let a folder no longer say what its maps are made with: something else
    is about to write there.

    Parameters
    ----------
    out : str
    """
    path = os.path.join(out, RECORD)
    if not urls.is_url(out) and os.path.exists(path):
        os.remove(path)
