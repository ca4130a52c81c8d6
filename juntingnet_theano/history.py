"""The history of a run: one row an epoch, in a CSV file.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'history.csv')
>>> append(path, dict.fromkeys(COLUMNS, 1.0))
>>> read(path)[0]['training_loss']
1.0
"""
import csv
import os

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import atomic_path

COLUMNS = ('epoch', 'training_loss', 'validation_loss', 'learning_rate',
           'momentum', 'seconds', 'images_per_second')


def read(path):
    """Rows of a history file.

    Returns
    -------
    list of dict of str to float
        Empty where there is no file. A last line that an interruption cut
        short is left out.

    Raises
    ------
    BadFile
        For a file with other columns or with text for numbers.
    """
    if not os.path.exists(path):
        return []
    with open(path, newline='') as file:
        text = file.read()
    lines = list(csv.reader(text[:text.rfind('\n') + 1].splitlines()))
    try:
        if lines and tuple(lines[0]) != COLUMNS:
            raise ValueError('its columns are {}'.format(', '.join(lines[0])))
        return [dict(zip(COLUMNS, map(float, line))) for line in lines[1:]]
    except ValueError as error:
        raise BadFile('reading the history {}'.format(path), str(error),
                      'a CSV with the columns ' + ', '.join(COLUMNS))


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
        writer = csv.writer(file, lineterminator='\n')
        if new:
            writer.writerow(COLUMNS)
        writer.writerow([repr(float(row[name])) for name in COLUMNS])
        file.flush()
        os.fsync(file.fileno())


def truncate(path, epochs):
    """Keep the first `epochs` epochs: what a checkpoint vouches for."""
    rows = [row for row in read(path) if row['epoch'] <= epochs]
    with atomic_path(path) as part:
        with open(part, 'w', newline='') as file:
            writer = csv.writer(file, lineterminator='\n')
            writer.writerow(COLUMNS)
            writer.writerows([repr(row[name]) for name in COLUMNS]
                             for row in rows)
