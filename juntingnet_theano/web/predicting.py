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
import csv
import functools
import io
import json
import time
from typing import Any, List, NamedTuple, Optional

import numpy as np
from PIL import Image

from juntingnet_theano import metrics
from juntingnet_theano.errors import BadFile, BadSetting, JuntingNetError
from juntingnet_theano.pictures import images
from juntingnet_theano.prediction import models, pipeline, views
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
METRICS = ('similarity', 'cc', 'auc_judd', 'auc_borji', 'nss')
"""AUC shuffled needs the gaze at other pictures."""


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
        A key of `FORMS`, or ``'scores'``.
    side : int or None
        A map whose longer side is longer is averaged down to it.
    fixations : bytes
        CSV with a column x and y, for ``'scores'``.
    most : int
        Pixels that a picture may have.
    """

    picture: bytes
    model: str
    views: Optional[int] = None
    form: str = 'png'
    side: Optional[int] = None
    fixations: bytes = b''
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


class TooLarge(JuntingNetError):
    """A picture has more pixels than the service takes."""


class Predictor:
    """Answers to tasks; models are opened when they are first asked for.

    Parameters
    ----------
    sources : dict of str to str
        Name of a model -> what `models.load` opens, where that differs.
    """

    def __init__(self, sources=None):
        self._sources = sources or {}
        self._models = {}

    def __call__(self, tasks):
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
        for index, task in enumerate(tasks):
            groups[task.model, task.views].append(index)
        answers: List[Any] = [None] * len(tasks)
        for (name, count), indices in groups.items():
            found = self._answers(name, count, [tasks[index] for index in indices])
            for index, answer in zip(indices, found):
                answers[index] = answer
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
            pipeline.stream(
                pipeline.in_half_blocks(model, post.views),  # also where one came alone
                tasks,
                functools.partial(_prepare, fit=model.fit, count=post.views),
                functools.partial(_finish, post=post),
                models.BATCH // pipeline.ROWS * pipeline.pictures_a_block(post.views),
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


def _prepare(task, fit, count):
    try:
        _check_size(task)
        # As the command line does, for the same pixels.
        picture, size = images.decode(
            io.BytesIO(task.picture), SHOWN, views.side(IMAGE_SIZE, count)
        )
        return pipeline.prepare(picture, fit, count, task)._replace(size=size)
    except JuntingNetError as error:
        return pipeline.Prepared(task, error=error)


def _finish(prepared, grids, post):
    try:
        return _answer(prepared.stimulus, pipeline.finish(prepared, grids, post), post.views)
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
    """The scores of a map that one picture's gaze allows, as JSON."""
    x, y = read_fixations(task.fixations, found.shape)
    fixations = metrics.fixation_map(x, y, found.shape)
    truth = metrics.GroundTruth(fixations, metrics.lowpass(fixations))
    protocol = metrics.PROTOCOLS['mit']._replace(metrics=METRICS)
    started = time.monotonic()
    scores = metrics.score(found, truth, protocol, np.random.SeedSequence(0))
    return json.dumps(
        {
            'model': task.model,
            'fixations': len(x),
            'protocol': 'mit',
            'seconds': round(time.monotonic() - started, 3),
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


def read_fixations(content, size):
    """Fixations of a CSV file.

    Parameters
    ----------
    content : bytes
        Columns x and y, 0-based pixels of the picture; a first line of names
        may put them elsewhere. Separated by comma, semicolon or tab.
    size : (int, int)
        (height, width) of the picture.

    Returns
    -------
    (float array, float array)
        x and y.

    Raises
    ------
    BadFile
        It is no such table, or a fixation lies outside the picture.

    >>> [each.tolist() for each in read_fixations(b'x,y\\n3,1\\n', (2, 4))]
    [[3.0], [1.0]]
    """
    doing, expected = 'reading the fixations', 'lines of x,y in pixels of the picture'
    try:
        text = content.decode('utf-8-sig')
    except UnicodeDecodeError:
        raise BadFile(doing, 'a file that is no UTF-8 text', expected) from None
    separator = next((each for each in '\t;' if each in text), ',')
    try:
        rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if any(row)]
    except csv.Error as error:
        raise BadFile(doing, str(error), expected) from None
    names = [each.strip().lower() for each in rows[0]] if rows else []
    columns = (0, 1)
    if 'x' in names and 'y' in names:
        columns, rows = (names.index('x'), names.index('y')), rows[1:]
    if not 0 < len(rows) <= MAX_FIXATIONS:
        raise BadFile(doing, f'{len(rows):,} fixations', f'1 to {MAX_FIXATIONS:,} {expected}')
    found = np.empty((len(rows), 2))
    for index, row in enumerate(rows):
        try:
            found[index] = [float(row[column]) for column in columns]
        except (ValueError, IndexError):
            raise BadFile(doing, f'line {index + 1}: {separator.join(row):.60}', expected) from None
    limit = np.array([size[1], size[0]]) - 0.5
    inside = (found >= -0.5).all(axis=1) & (found <= limit).all(axis=1)
    if not inside.all():
        worst = found[~inside][0]
        raise BadFile(
            doing,
            f'{(~inside).sum():,} of {len(found):,} outside the picture, as {worst.tolist()}',
            f'x from 0 to {size[1] - 1}, y from 0 to {size[0] - 1}',
        )
    return found[:, 0], found[:, 1]


def blank():
    """The file of a small grey picture, to warm up with."""
    return map_files.encode_png(np.full((96, 96), 0.5))
