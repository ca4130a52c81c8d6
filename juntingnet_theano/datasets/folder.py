r"""A user's own images, with maps and fixations where there are some.

Images lie in the folder itself or in ``images/``, or in a sub-folder of
either for each split (``training/``, ``validation/``, ``testing/``); without
these all are training images. A map has its image's name, in ``maps/``:
.png, .jpg, .mat or .npy. Fixations are ``fixations/<name>.csv``: columns x, y
and, if known, subject and t, in pixels from 0 and seconds, with or without a
line of names. An image without a map but with fixations gets one from these.

>>> file = io.BytesIO(b'x,y,subject,t\n3,4,ann,0\n5,6.5,bob,0.2')
>>> points(file, 'a.csv').tolist()
[[3.0, 4.0, 0.0, 0.0], [5.0, 6.5, 1.0, 0.2]]
"""
import csv
import io
import os

import numpy as np

from juntingnet_theano import images
from juntingnet_theano.datasets import gaze, layout
from juntingnet_theano.errors import BadFile
from juntingnet_theano.records import SPLITS, Record

sources = layout.no_lists
COLUMNS = ('x', 'y', 'subject', 't')


def splits(root):
    """Those that have a folder; 'training' where none has."""
    found = tuple(split for split in SPLITS
                  if any(os.path.isdir(os.path.join(base, split))
                         for base in _bases(root)))
    return found or ('training',)


def required(root, splits=('training',)):
    """What must lie in `root`, as a list of `layout.Required`."""
    return [] if any(_images(root, split) for split in splits) else [
        layout.Required('images/', 'your images', 'at least one')]


def read(root, split):
    """Records in the order of their names.

    Returns
    -------
    list of Record
    """
    found = _images(root, split)
    maps, tracks = (layout.by_stem(os.path.join(root, folder, split),
                                   os.path.join(root, folder))
                    for folder in ('maps', 'fixations'))
    records = []
    for name in sorted(found):
        record = Record(name, split, found[name], saliency_map=maps.get(name),
                        gaze=(tracks[name],) if name in tracks else None)
        if record.saliency_map is None and record.gaze is not None:
            record = record._replace(map_sigma=0.)
        records.append(record)
    return records


def read_gaze(files, record):
    """The record with the fixations of its CSV file, also those outside.

    Raises
    ------
    BadFile
        With the line that is not as it should be.
    """
    path, = record.gaze
    return record._replace(fixations=gaze.from_points(points(files[0], path)))


def points(file, path):
    """n x 4 array of a CSV file: x, y, subject, time; see `read_gaze`."""
    try:
        text = file.read().decode('utf-8-sig')
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile('reading fixations', '{}: {}'.format(path, error),
                      'CSV with columns x, y, subject, t')
    columns = {name: number for number, name in enumerate(COLUMNS)}
    if rows and not _is_number(rows[0][0]):
        columns = {name.strip().lower(): number
                   for number, name in enumerate(rows.pop(0))}
    subjects = {}
    found = np.full((len(rows), 4), np.nan)
    for line, row in enumerate(rows):
        try:
            found[line] = _point(row, columns, subjects)
        except (KeyError, ValueError, IndexError) as error:
            raise BadFile('reading fixations', '{}: {!r} in {!r:.100}'.format(
                path, error, ','.join(row)),
                'columns x, y, subject, t, the first two of them numbers')
    return found


def _point(row, columns, subjects):
    """x, y, index of the subject (-1 if unknown) and t (NaN if unknown)."""
    def cell(name):
        place = columns.get(name, len(row))
        return row[place].strip() if place < len(row) else ''
    subject = cell('subject')
    index = subjects.setdefault(subject, len(subjects)) if subject else -1
    return (float(row[columns['x']]), float(row[columns['y']]), index,
            float(cell('t') or 'nan'))


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bases(root):
    return os.path.join(root, 'images'), root


def _images(root, split):
    """Stem -> path of a split's images."""
    inner = [os.path.join(base, split) for base in _bases(root)]
    folders = [folder for folder in inner if os.path.isdir(folder)]
    if not folders and split == 'training':
        folders = [base for base in _bases(root) if os.path.isdir(base)][:1]
    return {stem: path for stem, path in layout.by_stem(*folders).items()
            if os.path.splitext(path)[1].lower() in images.EXTENSIONS}
