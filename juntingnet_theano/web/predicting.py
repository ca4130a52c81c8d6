"""What the worker process of the service does: requests to answers.

It decodes, predicts and encodes, so that a picture that breaks a decoder
breaks nothing else. Pictures that come together go through the network as
one batch.

>>> import numpy as np
>>> task = Task(map_files.encode_png(np.eye(6, 8)), 'centre', form='npy')
>>> answer, = Predictor()([task])
>>> np.load(io.BytesIO(answer.content)).shape
(6, 8)
"""

import collections
import contextlib
import ctypes
import functools
import io
import json
import math
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import numpy as np
from PIL import Image

from juntingnet_theano import metrics
from juntingnet_theano.errors import BadFile, BadSetting, JuntingNetError
from juntingnet_theano.pictures import images
from juntingnet_theano.prediction import blocks, models, streams, views
from juntingnet_theano.saliency_maps import map_files, maps
from juntingnet_theano.settings.preprocessing import IMAGE_SIZE

SHOWN = 'the picture'
"""What messages call an upload: its name is nobody else's business."""

FORMS = {
    'png': 'image/png',
    'png16': 'image/png',
    'npy': 'application/octet-stream',
    'json': 'application/json',
    'overlay': 'image/jpeg',
}
"""Form of an answer -> its content type."""

MAX_NUMBERS = 1 << 20
"""Of a map as JSON, whose numbers take seven characters each."""
MAX_FIXATIONS = 100_000
OVERLAY_PIXELS = 1 << 24
LARGE = 1 << 22
"""Pixels of a picture whose memory is given back to the system at once."""
METRICS = ('similarity', 'cc', 'auc_shuffled', 'auc_borji', 'auc_judd', 'nss')
"""AUC shuffled where the gaze at other pictures is known, which it needs."""


class Task(NamedTuple):
    """A picture and what is asked about it.

    Attributes
    ----------
    picture : bytes
        Content of a file.
    model : str
        A name that the service offers.
    views : int or None
        As for `models.load`.
    form : str
        A key of `FORMS`; ``'scores'``; or ``'gaze'``, of a file of gaze in place
        of the picture.
    side : int or None
        A map whose longer side is longer is averaged down to it.
    fixations, others : bytes
        For ``'scores'``: files of fixations in this picture, and of those in
        others, in this one's pixels.
    most : int
        Pixels that a picture may have.
    """

    picture: bytes
    model: str
    views: Optional[int] = None
    form: str = 'png'
    side: Optional[int] = None
    fixations: bytes = b''
    others: bytes = b''
    most: int = images.MAX_PIXELS

    name = SHOWN  # for `workers`, which names what a process died of


class Answer(NamedTuple):
    """What goes back.

    Attributes
    ----------
    content : bytes
    kind : str
        Content type.
    size : (int, int)
        (height, width) of the picture.
    views : int
        That the model looked at.
    """

    content: bytes
    kind: str
    size: Any
    views: int


class TooLarge(BadFile):
    """A picture has more pixels than the service takes."""


class Predictor:
    """Answers to tasks; models are opened when they are first asked for.

    Parameters
    ----------
    sources : dict of str to str
        Name of a model -> what `models.load` opens, where that differs.
    """

    def __init__(self, sources: Optional[Dict[str, str]] = None) -> None:
        self._sources = sources or {}
        self._models = {}

    def __call__(self, tasks: Sequence[Task]) -> List[Union[Answer, JuntingNetError]]:
        """Answer some tasks.

        Parameters
        ----------
        tasks : list of Task

        Returns
        -------
        list of Answer or JuntingNetError
            In the order of the tasks.
        """
        groups = collections.defaultdict(list)
        answers: List[Any] = [None] * len(tasks)
        for index, task in enumerate(tasks):
            if task.form == 'gaze':
                answers[index] = _looks(task)
            else:
                groups[task.model, task.views].append(index)
        for (name, count), indices in groups.items():
            found = self._answers(name, count, [tasks[index] for index in indices])
            for index, answer in zip(indices, found):
                answers[index] = answer
        if any(isinstance(each, Answer) and math.prod(each.size) > LARGE for each in answers):
            _give_memory_back()
        return answers

    def _answers(self, name, count, tasks):
        try:
            model = self._model(name)
            if isinstance(model, models.Baseline):
                return [self._of_baseline(model, count, task) for task in tasks]
            post = model.post if count is None else model.post._replace(views=count).check()
        except JuntingNetError as error:
            return [error] * len(tasks)
        return list(
            streams.stream(
                blocks.in_half_blocks(model, post.views),  # also where one came alone
                tasks,
                functools.partial(_prepare, fit=model.fit, count=post.views),
                functools.partial(_finish, post=post),
                models.BATCH // blocks.ROWS * blocks.pictures_a_block(post.views),
                blocks=lambda model: model,
            )
        )

    def _model(self, name):
        if name not in self._models:
            self._models[name] = models.load(self._sources.get(name, name))
        return self._models[name]

    def _of_baseline(self, model, count, task):
        try:
            _check_size(task)
            # As the command line does: a large JPEG is decoded at reduced size.
            picture, size = images.decode(io.BytesIO(task.picture), SHOWN)
            found = model.predict(picture, views=count)
            if found.shape != size:
                found = maps.resize(found, size)
            return _answer(task, found, 1)
        except JuntingNetError as error:
            return error


def _give_memory_back():
    """What large pictures took: glibc keeps it, once other threads have freed it."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)


def _prepare(task, fit, count):
    _check_size(task)
    # As the command line does, for the same pixels.
    picture, size = images.decode(io.BytesIO(task.picture), SHOWN, views.side(IMAGE_SIZE, count))
    return streams.prepare(picture, fit, count, task)._replace(size=size)


def _finish(prepared, grids, post):
    try:
        return _answer(prepared.stimulus, streams.finish(prepared, grids, post), post.views)
    except JuntingNetError as error:
        return error


def _check_size(task):
    height, width = images.opened_size(io.BytesIO(task.picture), SHOWN)
    if height * width > task.most:
        raise TooLarge(
            'reading the picture',
            f'{width:,} x {height:,} pixels',
            f'at most {task.most / 1e6:g} million',
            'scale it down first',
        )


def _answer(task, found, count):
    """An answer of a map."""
    size = found.shape
    if task.form == 'scores':
        return Answer(_scores(task, found), 'application/json', size, count)
    found = _shrunk(found, task.side)
    if task.form == 'npy':
        file = io.BytesIO()
        np.save(file, np.ascontiguousarray(found, '<f4'))
        content = file.getvalue()
    elif task.form == 'json':
        content = _as_json(task, found, size, count)
    elif task.form == 'overlay':
        content = _overlay(task, found)
    else:
        content = map_files.encode_png(found, 16 if task.form == 'png16' else 8)
    return Answer(content, FORMS[task.form], size, count)


def _shrunk(found, side):
    longest = max(found.shape)
    if side is None or longest <= side:
        return found
    size = [max(1, round(each * side / longest)) for each in found.shape]
    image = Image.fromarray(found)  # of one channel, float32
    return np.asarray(image.resize(size[::-1], Image.Resampling.BOX))


def _as_json(task, found, size, count):
    if found.size > MAX_NUMBERS:
        raise BadSetting(
            'writing the map as JSON',
            '{} x {} numbers'.format(*found.shape[::-1]),
            f'at most {MAX_NUMBERS:,}',
            'ask for &side=500, or form=npy',
        )
    return json.dumps(
        {
            'model': task.model,
            'views': count,
            'height': size[0],
            'width': size[1],
            'map': np.round(found.astype(float), 4).tolist(),
        }
    ).encode()


def _overlay(task, found):
    picture = images.decode(io.BytesIO(task.picture), SHOWN, most=OVERLAY_PIXELS)[0]
    file = io.BytesIO()
    if task.side and max(picture.shape) > task.side:
        picture = images.resize(picture, found.shape)
    Image.fromarray(map_files.overlay(picture, found)).save(file, 'JPEG', quality=92)
    return file.getvalue()


def _scores(task, found):
    """The scores of a map that its picture's gaze allows, as JSON."""
    # Here: SciPy and h5py are for this process, not for the one that answers.
    from juntingnet_theano.web import gaze_files

    (looks, *more) = gaze_files.read(task.fixations)
    if more:
        raise BadFile(
            'reading the fixations', f'those of {1 + len(more):,} pictures', 'of one', 'ask /gaze'
        )
    looks = looks.points
    inside = gaze_files.within(looks, found.shape)
    if not 0 < len(inside) <= MAX_FIXATIONS:
        raise BadFile(
            'reading the fixations',
            f'{len(inside):,} of {len(looks):,} inside the picture',
            f'1 to {MAX_FIXATIONS:,}, x from 0 to {found.shape[1] - 1}, '
            f'y from 0 to {found.shape[0] - 1}',
        )
    fixations = metrics.fixation_map(inside[:, 0], inside[:, 1], found.shape)
    truth = metrics.GroundTruth(fixations, metrics.lowpass(fixations))
    wanted = METRICS
    if task.others:
        others = np.concatenate([each.points for each in gaze_files.read(task.others)])
        others = gaze_files.within(others, found.shape)
        truth = truth._replace(
            other_map=metrics.fixation_map(others[:, 0], others[:, 1], found.shape)
        )
    else:
        wanted = tuple(each for each in METRICS if each != 'auc_shuffled')
    protocol = metrics.PROTOCOLS['mit']._replace(metrics=wanted)
    scores = metrics.score(found, truth, protocol, np.random.SeedSequence(0))
    return json.dumps(
        {
            'model': task.model,
            'fixations': len(inside),
            'outside': len(looks) - len(inside),
            'protocol': 'mit',
            'scores': [
                {
                    'name': name,
                    'label': metrics.LABELS[name],
                    'value': float(value) if np.isfinite(value) else None,
                }
                for name, value in scores.items()
            ],
        }
    ).encode()


def _looks(task):
    """The gaze that a file holds, as JSON."""
    from juntingnet_theano.web import gaze_files

    try:
        found = gaze_files.read(task.picture)
    except JuntingNetError as error:
        return error
    pictures = [
        {
            'name': each.name,
            'height': each.size and each.size[0],
            'width': each.size and each.size[1],
            # What is no number lies outside every picture.
            'fixations': np.round(each.points[np.isfinite(each.points).all(axis=1)], 3).tolist(),
        }
        for each in found
    ]
    return Answer(json.dumps({'pictures': pictures}).encode(), 'application/json', (0, 0), 0)


def blank() -> bytes:
    """The file of a small grey picture, to warm up with."""
    return map_files.encode_png(np.full((96, 96), 0.5))
