"""Pictures, each with its map and fixations beside it, and an index of all.

``<stem>.jpg``, its density map ``<stem>.png`` of the same size, and, where gaze
is known, ``<stem>.csv``: columns x and y, in pixels of the picture, from 0.
``index.tsv`` names them in its columns `stem`, `shrunk` (width and height of
the files, ``320x240``) and `fixations` (points of the CSV file, empty where
there is none); further columns are left alone.

>>> [item.path for item in required('data/raw/indexed')]
['index.tsv']
"""

import functools
import os
import re
from typing import BinaryIO, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from juntingnet_theano.datasets import gaze, layout
from juntingnet_theano.datasets.readers import folder
from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside
from juntingnet_theano.names import printable
from juntingnet_theano.pictures import folders

SPLITS = ('training',)
splits = layout.training_alone
COLUMNS = ('stem', 'shrunk', 'fixations')
_DOING = 'reading an index of pictures'


class Row(NamedTuple):
    """What the index says of a picture: name, (height, width), and how many
    fixations its file has, None where there is none."""

    name: str
    size: Tuple[int, int]
    fixations: Optional[int]


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    return [
        layout.Required('index.tsv', 'columns ' + ', '.join(COLUMNS), 'a line for each picture')
    ]


def sources(root: str, split: str) -> List[str]:
    """The index."""
    return [folders.place(root, 'index.tsv')]


def read(root: str, split: str) -> layout.Records:
    """Records in the order of the index.

    Returns
    -------
    layout.Records

    Raises
    ------
    BadFile
        With the line of the index that is not as it should be.
    """
    (path,) = sources(root, split)
    base = os.path.dirname(path)
    pictures, maps, tracks = (
        folders.Index(base, extensions) for extensions in (('.jpg', '.jpeg'), ('.png',), ('.csv',))
    )
    records = layout.Records(
        [
            Record(
                row.name,
                split,
                pictures.place(row.name, '.jpg'),
                size=row.size,
                saliency_map=maps.place(row.name, '.png'),
                gaze=() if row.fixations is None else (tracks.place(row.name, '.csv'),),
            )
            for row in _rows(path)
        ],
        path,
        pictures,
        maps,
        tracks,
    )
    for kind, index in (
        (layout.UNLISTED, pictures),
        (layout.LONE_MAPS, maps),
        (layout.LONE_GAZE, tracks),
    ):
        records.unused(kind, index)
    records.left_out.pop(path, None)
    return records


def read_gaze(files: Sequence[BinaryIO], record: Record) -> Record:
    """The record with the fixations of its CSV file that are inside.

    Raises
    ------
    BadFile
        With the line that is not as it should be, or where there are not as
        many as the index says.
    """
    (path,) = record.gaze
    found = folder.points(files[0], path)
    (index,) = sources(os.path.dirname(path), record.split)
    row = _by_name(index, os.stat(index).st_mtime_ns)[printable(record.name)]
    if len(found) != row.fixations:
        raise BadFile(
            'reading fixations',
            f'{path}: {len(found):,} fixations',
            f'{row.fixations}, as {index} says',
        )
    fixations, dropped = gaze.within(gaze.from_points(found), row.size)
    return record._replace(fixations=fixations, dropped=dropped)


@functools.lru_cache(1)
def _by_name(path, changed):
    """Name -> row of an index that was `changed` at some time."""
    return {printable(row.name): row for row in _rows(path)}


def _rows(path) -> Iterator[Row]:
    """Rows of an index."""
    lines = outside.text(path, _DOING).splitlines() or ['']
    number, line = 1, lines[0]
    try:
        places = [line.split('\t').index(name) for name in COLUMNS]
        for number, line in enumerate(lines[1:], 2):  # noqa: B007 - the error names it
            cells = line.split('\t')
            stem, shrunk, fixations = (cells[place] for place in places)
            numbers = re.fullmatch(
                '([0-9]{1,5})x([0-9]{1,5})\t([0-9]{0,9})', f'{shrunk}\t{fixations}'
            )
            if not numbers:
                raise ValueError
            yield Row(
                layout.safe_name(stem, path),
                (int(numbers[2]), int(numbers[1])),
                int(numbers[3]) if numbers[3] else None,
            )
    except (IndexError, ValueError):
        raise BadFile(
            _DOING,
            f'{path}, line {number}: {line:.200}',
            'columns stem, shrunk (as 320x240) and fixations (a whole number, or nothing), '
            'between tabs',
        ) from None
