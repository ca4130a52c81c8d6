"""The history of a run: one row an epoch, in a CSV file.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'history.csv')
>>> append(path, dict.fromkeys(COLUMNS, 1.0))
>>> read(path)[0]['training_loss']
1.0
"""
import math
import os

from juntingnet_theano import outside
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import atomic_path

COLUMNS = ('epoch', 'training_loss', 'validation_loss', 'learning_rate',
           'momentum', 'seconds', 'images_per_second')


def read(path):
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
    doing = 'reading the history {}'.format(path)
    if not os.path.lexists(path):
        return []
    text = outside.text(path, doing)
    lines = text[:text.rfind('\n') + 1].split('\n')[:-1]
    rows = []
    try:
        for epoch, line in enumerate(lines):
            cells = line.rstrip('\r').split(',')
            if epoch:
                rows.append(_row(cells, epoch))
            elif tuple(cells) != COLUMNS:
                raise ValueError('other columns')
    except ValueError as error:
        raise BadFile(doing, 'line {}, {!r:.200}: {}'.format(
            epoch + 1, line, str(error)[:200]),
            'the columns {}; below them the epochs 1, 2, 3, ... with a '
            'finite number in each'.format(', '.join(COLUMNS)),
            'remove or mend that line') from None
    return rows


def _row(cells, epoch):
    """A row from its cells; ValueError says what is wrong with it."""
    if len(cells) != len(COLUMNS):
        raise ValueError('{} cells'.format(len(cells)))
    row = dict(zip(COLUMNS, map(float, cells)))
    if not all(map(math.isfinite, row.values())):
        raise ValueError('a number is not finite')
    if row['epoch'] != epoch:
        raise ValueError('this is the place of epoch {}'.format(epoch))
    return row


def append(path, row):
    """Add one epoch and see it on the disk before returning.

    Parameters
    ----------
    path : str
    row : dict
        A number for each of `COLUMNS`.
    """
    new = not os.path.exists(path)
    with open(path, 'a', newline='') as file:
        file.write((_line(COLUMNS) if new else '') + _numbers(row))
        file.flush()
        os.fsync(file.fileno())


def truncate(path, epochs):
    """Keep the first `epochs` epochs: what a checkpoint vouches for.

    Raises
    ------
    BadFile
        As `read`; also where the file has fewer.
    """
    rows = read(path)[:epochs]
    if len(rows) < epochs:
        raise BadFile('going on after epoch {:,}, where the checkpoint stands'
                      .format(epochs), '{} has {} epochs'.format(
                          path, len(rows)), 'the history of the same run')
    with atomic_path(path) as part:
        with open(part, 'w', newline='') as file:
            file.write(_line(COLUMNS) + ''.join(map(_numbers, rows)))


def _numbers(row):
    return _line(repr(float(row[name])) for name in COLUMNS)


def _line(cells):
    return ','.join(cells) + '\n'
