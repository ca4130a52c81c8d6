r"""A user's own images, with maps and fixations where there are some.

Images lie in ``images/`` or, without that, in the folder itself; in a
sub-folder for each split (``training/``, ``validation/``, ``testing/``) or,
without any of these, all are training images. Further sub-folders are part of
an image's name. A map has its image's name, in ``maps/``: .png, .jpg, .mat or
.npy. Fixations are ``fixations/<name>.csv``, both also in a sub-folder for
each split: columns x, y and, if known, subject and t, in pixels from 0 and
seconds, with or without a line of names, between commas, semicolons, tabs or
spaces, also as ``.tsv`` or ``.txt``. An image without a map but with
fixations gets one from these.

>>> import io
>>> file = io.BytesIO(b'x,y,subject,t\n3,4,ann,0\n5,6.5,bob,0.2')
>>> points(file, 'a.csv').tolist()
[[3.0, 4.0, 0.0, 0.0], [5.0, 6.5, 1.0, 0.2]]
"""

import codecs
import csv
import os
import re
from typing import Any, BinaryIO, Dict, List, Sequence, Tuple

import numpy as np

from juntingnet_theano import names
from juntingnet_theano.datasets import gaze, layout
from juntingnet_theano.datasets.records import SPLITS, Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.pictures import folders

sources = layout.no_lists
COLUMNS = ('x', 'y', 'subject', 't')
IMAGE_COLUMNS = ('image', 'name', 'picture', 'stimulus', 'file', 'filename')
SEPARATORS = '\t;,| '
"""Tried in this order. A comma may also be a decimal mark, and a space may
follow any of the others."""

_EXPECTED = (
    'columns x, y, subject, t, the first two of them numbers, with '
    'or without a line of these names, between commas, semicolons, '
    'tabs or spaces'
)


def splits(root: str) -> Tuple[str, ...]:
    """Those that have images or a folder; 'training' where none has."""
    found, base = _images(root)[0], _base(root)
    return tuple(
        split for split in SPLITS if found[split] or os.path.isdir(folders.place(base, split))
    ) or ('training',)


def required(root: str, splits: Sequence[str] = ('training',)) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    found, images = _images(root)
    if any(found[split] for split in splits):
        return []
    only = folders.counted(images.left_out.values())
    size = 'at least one' + (f', there is only {only}' if only else '')
    return [layout.Required('images/', 'your images: ' + ' '.join(layout.PICTURES), size)]


def read(root: str, split: str) -> layout.Records:
    """Records in the order of their names.

    Returns
    -------
    layout.Records

    Raises
    ------
    BadFile
        Two images, maps or files of fixations have one name, or some images
        lie in folders of splits and others do not.
    """
    found, images = _images(root)
    maps = layout.index(root, 'maps', layout.MAPS)
    tracks = layout.index(root, 'fixations', ('.csv', '.tsv', '.txt'))
    records = []
    for name in sorted(found[split]):
        track = _companion(tracks, split, name)
        saliency_map = _companion(maps, split, name)
        records.append(
            Record(
                name,
                split,
                images[found[split][name]],
                saliency_map=saliency_map,
                gaze=(track,) if track else (),
                map_sigma=0.0 if track and not saliency_map else None,
            )
        )
    return (
        layout.Records(records, root, images, maps, tracks)
        .unused(layout.LONE_MAPS, maps)
        .unused(layout.LONE_GAZE, tracks)
    )


def _companion(index, split, name):
    """Path of the map or the fixations of an image, or None."""
    paths = [index[each] for each in (split + '/' + name, name) if each in index]
    if len(paths) > 1:
        raise folders.twins(*paths)
    return paths[0] if paths else None


def _base(root):
    base = folders.place(root, 'images')
    return base if os.path.isdir(base) else root


def _images(root):
    """Names of the images of each split -> names in the index; the index."""
    apart = [folders.place(root, folder) for folder in ('maps', 'fixations')]
    images = folders.Index(_base(root), layout.PICTURES, lambda path: path in apart)
    found, others = {split: {} for split in SPLITS}, {}
    for full in images:
        front, _, name = full.partition('/')
        if name and names.key(front) in found:
            found[names.key(front)][name] = full
        else:
            others[full] = full
    if any(found.values()) and others:
        raise BadFile(
            folders.DOING,
            f'{len(others):,} images of {root} are of no split, first {images[min(others)]}',
            'all images in folders of splits, or none',
        )
    found['training'] = found['training'] or others
    return found, images


def read_gaze(files: Sequence[BinaryIO], record: Record) -> Record:
    """The record with the fixations of its CSV file, also those outside.

    Raises
    ------
    BadFile
        With the line that is not as it should be.
    """
    (path,) = record.gaze
    return record._replace(fixations=gaze.from_points(points(files[0], path)))


def points(file: BinaryIO, path: str) -> np.ndarray:
    """n x 4 array of a CSV file: x, y, subject, time; see `read_gaze`."""
    return np.array([point for _, point in _rows(file, path)], float).reshape(-1, 4)


def points_by_image(file: BinaryIO, path: str) -> Dict[str, np.ndarray]:
    """As `points`, of many images whose names stand in a column.

    Parameters
    ----------
    file : binary file object
    path : str
        Its name, for messages.

    Returns
    -------
    dict of str to float array, n x 4
        Name of an image, as the column `IMAGE_COLUMNS` has it -> its points.
        All under ``''`` where no column names images.

    >>> import io
    >>> found = points_by_image(io.BytesIO(b'image,x,y\\na,1,2\\nb,3,4\\na,5,6'), 'a.csv')
    >>> found['a'][:, :2].tolist()
    [[1.0, 2.0], [5.0, 6.0]]
    """
    found: Dict[str, List[Any]] = {}
    for name, point in _rows(file, path):
        found.setdefault(name, []).append(point)
    return {name: np.array(each, float) for name, each in found.items()}


def _rows(file, path):
    """Name of the image ('' where no column has it) and point of each line."""
    place = path
    try:
        lines = [
            (number, line.strip(' '))
            for number, line in enumerate(re.split('\r\n?|\n', _text(file.read())), 1)
        ]
        lines = [
            (number, line)
            for number, line in lines
            if line.strip() and not re.match('sep=.$', line)
        ]
        subjects, found = {}, []
        if lines:
            place = '{}, line {}: {:.200}'.format(path, *lines[0])
            separator, columns, named = _layout(lines[0][1])
            del lines[:named]
            for number, line in lines:
                place = f'{path}, line {number}: {line:.200}'
                # Each line alone: an open quote would take in those below it.
                (row,) = csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True)
                count = 1 + max(columns.values())
                if named and any(cell.strip() for cell in row[count:]):
                    # Numbers that have commas in them, between commas.
                    raise ValueError(f'{len(row)} values below {count} names')
                found.append((_image(row, columns), _point(row, columns, subjects)))
    except (ValueError, IndexError, csv.Error) as error:
        raise BadFile('reading fixations', f'{place}: {error}', _EXPECTED) from error
    return found


def _text(content):
    """The characters of a file in UTF-8, or in UTF-16 where it says so;
    other bytes are taken for Latin-1, in which numbers look the same."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode('utf-16')
    try:
        return content.decode('utf-8-sig')
    except UnicodeDecodeError:
        return content.decode('latin-1')


def _layout(line):
    """Separator, name -> place of the columns, and whether the first line
    names them."""
    for separator in SEPARATORS:
        cells = [
            cell.strip()
            for cell in next(
                csv.reader([line.lstrip('# ')], delimiter=separator, skipinitialspace=True)
            )
        ]
        named = [cell.lower() for cell in cells]
        if named.count('x') == named.count('y') == 1:
            return separator, dict(zip(named, range(len(named)))), True
        try:
            _number(cells[0])
            _number(cells[1])
        except (ValueError, IndexError):
            continue
        return separator, dict(zip(COLUMNS, range(len(COLUMNS)))), False
    raise ValueError('neither names of columns nor two numbers')


def _image(row, columns):
    place = next((columns[name] for name in IMAGE_COLUMNS if name in columns), len(row))
    return row[place].strip() if place < len(row) else ''


def _point(row, columns, subjects):
    """x, y, index of the subject (-1 if unknown) and t (NaN if unknown)."""

    def cell(name):
        place = columns.get(name, len(row))
        return row[place].strip() if place < len(row) else ''

    subject = cell('subject')
    index = subjects.setdefault(subject, len(subjects)) if subject else -1
    return (_number(cell('x')), _number(cell('y')), index, _number(cell('t') or 'nan'))


def _number(text):
    """A number; its decimal mark may be a comma (between commas, a cell that
    holds one was quoted)."""
    if re.match(r'[+-]?\d*,\d+([eE][+-]?\d+)?$', text):
        text = text.replace(',', '.')
    if '_' in text:  # Python would leave it out
        raise ValueError(f'no number: {text!r}')
    return float(text)
