"""The history of a run: one row an epoch, in a CSV file.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'history.csv')
>>> append(path, dict.fromkeys(COLUMNS, 1.0))
>>> read(path)[0]['training_loss']
1.0
"""

import math
import os
from typing import Dict, List, Mapping

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.network.activity import Activity

COLUMNS = (
    'epoch',
    'training_loss',
    'validation_loss',
    'learning_rate',
    'momentum',
    'seconds',
    'images_per_second',
)
LAYERS = ('conv1', 'conv2', 'conv3', 'dense1')
ACTIVITY = tuple('dead_' + name for name in LAYERS) + ('output_deviation', 'truth_deviation')
"""Columns of `activity.Activity`, which histories of earlier versions lack."""


def read(path: str) -> List[Dict[str, float]]:
    """Rows of a history file.

    Parameters
    ----------
    path : str

    Returns
    -------
    list of dict of str to float
        Empty where there is no file. A last line that an interruption cut
        short is left out.

    Raises
    ------
    BadFile
        For a file with other columns, a line that is no row of finite
        numbers, or epochs that do not count from 1; with the line.
    """
    doing = f'reading the history {path}'
    if not os.path.lexists(path):
        return []
    text = outside.text(path, doing)
    lines = text[: text.rfind('\n') + 1].split('\n')[:-1]
    rows, columns = [], ()
    epoch, line = 0, ''
    try:
        for epoch, line in enumerate(lines):
            cells = tuple(line.rstrip('\r').split(','))
            if epoch:
                rows.append(_row(columns, cells, epoch))
            elif cells not in (COLUMNS, COLUMNS + ACTIVITY):
                raise ValueError('other columns')
            else:
                columns = cells
    except ValueError as error:
        raise BadFile(
            doing,
            f'line {epoch + 1}, {line!r:.200}: {str(error)[:200]}',
            'the columns {}; below them the epochs 1, 2, 3, ... with a '
            'finite number in each'.format(', '.join(COLUMNS)),
            'remove or mend that line',
        ) from None
    return rows


def activity_columns(activity: Activity) -> Dict[str, float]:
    """Columns of a row from what `activity.look` found.

    Parameters
    ----------
    activity : activity.Activity

    Returns
    -------
    dict of str to float
        A number for each of `ACTIVITY`.
    """
    return dict(
        zip(
            ACTIVITY,
            [activity.dead[name] for name in LAYERS]
            + [activity.output_deviation, activity.truth_deviation],
        )
    )


def describe_activity(row: Mapping[str, float]) -> str:
    """What a row says of the activity, as a person reads it.

    Parameters
    ----------
    row : dict of str to float
        With the columns `ACTIVITY`.

    Returns
    -------
    str

    >>> row = dict(zip(ACTIVITY, (0, 0, .5, .125, .01, .2)))
    >>> describe_activity(row)
    'dead: conv3 50 %, dense1 12 %; maps vary by 0.01, the truth by 0.2'
    """
    dead = [
        '{} {:.0f} %'.format(name, 100 * row['dead_' + name])
        for name in LAYERS
        if row['dead_' + name]
    ]
    return 'dead: {}; maps vary by {:.2g}, the truth by {:.2g}'.format(
        ', '.join(dead) or 'no unit', row['output_deviation'], row['truth_deviation']
    )


def _row(columns, cells, epoch):
    """A row from its cells; ValueError says what is wrong with it."""
    if len(cells) != len(columns):
        raise ValueError(f'{len(cells)} cells')
    row = dict(zip(columns, map(float, cells)))
    # Activity may be NaN: earlier versions did not measure it.
    if not all(math.isfinite(row[name]) for name in COLUMNS):
        raise ValueError('a number is not finite')
    if row['epoch'] != epoch:
        raise ValueError(f'this is the place of epoch {epoch}')
    return row


def append(path: str, row: Mapping[str, float]) -> None:
    """Add one epoch and see it on the disk before returning.

    Parameters
    ----------
    path : str
    row : dict
        A number for each of `COLUMNS` and `ACTIVITY`.
    """
    new = not os.path.exists(path)
    with open(path, 'a', newline='') as file:
        file.write((_line(COLUMNS + ACTIVITY) if new else '') + _numbers(row))
        file.flush()
        os.fsync(file.fileno())


def read_vouched(path: str, epochs: int) -> List[Dict[str, float]]:
    """Read the first `epochs` epochs: those that a checkpoint vouches for.

    Raises
    ------
    BadFile
        As `read`; also where the file has fewer.
    """
    rows = read(path)[:epochs]
    if len(rows) < epochs:
        raise BadFile(
            f'going on after epoch {epochs:,}, where the checkpoint stands',
            f'{path} has {len(rows)} epochs',
            'the history of the same run',
        )
    return rows


def truncate(path: str, epochs: int) -> None:
    """Keep the first `epochs` epochs; raises as `read_vouched`."""
    rows = read_vouched(path, epochs)
    with atomic_path(path) as part, open(part, 'w', newline='') as file:
        file.write(_line(COLUMNS + ACTIVITY) + ''.join(map(_numbers, rows)))


def _numbers(row):
    return _line(repr(float(row.get(name, 'nan'))) for name in COLUMNS + ACTIVITY)


def _line(cells):
    return ','.join(cells) + '\n'
