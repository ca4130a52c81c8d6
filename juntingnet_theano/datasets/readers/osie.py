"""OSIE: 700 images, eye tracks of 15 observers.

``data/stimuli/<number>.jpg`` and ``data/eye/fixations.mat``: a cell array
`fixations` of structs with `img` (file name) and `subjects`, a cell array of
structs with `fix_x`, `fix_y` (pixels from 1: the authors' code indexes with
them) and `fix_duration`, without times. The repository's archive puts
``predicting-human-gaze-beyond-pixels-master/`` in front. Maps are made from
the fixations. The authors clip fixations to the image; those outside are left
out here, and counted.

>>> [item.path for item in required('data/raw/osie')]
['data/stimuli/', 'data/eye/fixations.mat']
"""

from typing import List, Sequence

import numpy as np

from juntingnet_theano.datasets import gaze, layout, registry
from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles
from juntingnet_theano.pictures import folders

SPLITS = ('training',)
splits = layout.training_alone


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    count = registry.entry('osie').images['training']
    return [
        layout.Required('data/stimuli/', 'master.zip, unpacked', f'{count:,} JPEG files'),
        layout.Required('data/eye/fixations.mat', 'master.zip, unpacked', 'fixations of all'),
    ]


def sources(root: str, split: str) -> List[str]:
    """The one file of fixations."""
    return [folders.place(root, 'data/eye/fixations.mat')]


def read(root: str, split: str) -> layout.Records:
    """Records in the order of the file of fixations.

    Returns
    -------
    layout.Records
        Without times; fixations outside the image are still there, see
        `datasets.with_gaze`.

    Raises
    ------
    BadFile
        Where the file of fixations is not readable.
    """
    (path,) = sources(root, split)
    cells = matfiles.load(path, 'fixations')
    images = layout.index(root, 'data/stimuli', layout.PICTURES)
    try:
        return layout.Records(
            [_record(images, split, path, struct) for (struct,) in _structs(cells)], path, images
        ).unused(layout.UNLISTED, images)
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(
            'reading fixations',
            f'{path}: {error!r:.300}',
            'cells with img, subjects with fix_x and fix_y',
        ) from error


def _structs(cells):
    if not isinstance(cells, list):
        raise ValueError('no cell array')
    return cells


def _record(images, split, path, struct):
    parts = [np.zeros((0, 4))]
    for index, (subject,) in enumerate(_structs(struct['subjects'])):
        x, y = (np.ravel(np.asarray(subject[field], 'float64')) for field in ('fix_x', 'fix_y'))
        parts.append(
            np.column_stack([x - 1, y - 1, np.full(len(x), index), np.full(len(x), np.nan)])
        )
    name = layout.safe_name(struct['img'], path)
    return Record(
        name,
        split,
        images.listed(name, '.jpg'),
        fixations=gaze.from_points(np.concatenate(parts)),
        map_sigma=0.0,
    )
