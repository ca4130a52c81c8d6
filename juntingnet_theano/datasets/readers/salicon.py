"""SALICON as released for download: 2015 and 2017 editions.

``images/{train,val,test}/*.jpg``, ``fixations/{train,val}/*.mat`` (`image`,
`resolution`, `gaze` with `location`, `timestamp`, `fixations`; 1-based x, y)
and ``maps/{train,val}/*.png``. Images may also lie in ``images/`` itself, as
the archive of some editions unpacks: their names begin with
``COCO_train2014_`` and so on. The two editions have the same files with other
fixations in them. Without a folder of maps, which nobody hosts for 2015, maps
are made from the fixations as SALICON's API does.

>>> [item.path for item in required('data/raw/salicon', ['testing'])]
['images/test/']
"""

from typing import BinaryIO, List, Sequence

import numpy as np

from juntingnet_theano.datasets import gaze, layout, registry
from juntingnet_theano.datasets.records import SPLITS, Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles

MAP_SIGMA = 19.0  # pixels; `buildFixMap` of SALICON's API
sources = layout.no_lists
splits = layout.all_splits  # the archive of images holds them together
FOLDERS = {'training': 'train', 'validation': 'val', 'testing': 'test'}


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    counts = registry.entry('salicon-2015').images
    items = []
    for split in splits:
        short = FOLDERS[split]
        if not _images(root, split)[1]:
            items.append(
                layout.Required(
                    f'images/{short}/', 'images.zip, unpacked', f'{counts[split]:,} images'
                )
            )
        if split != 'testing':
            items.append(
                layout.Required(
                    f'fixations/{short}/',
                    'fixations.zip, unpacked: one .mat an image',
                    f'{counts[split]:,} files',
                )
            )
    return items


def read(root: str, split: str) -> layout.Records:
    """Records of a split, in the order of their names.

    Gaze is not read yet, since each image has a file of its own: see
    `datasets.with_gaze`.

    Returns
    -------
    layout.Records
    """
    short = FOLDERS[split]
    images, found = _images(root, split)
    records = [Record(name, split, images[name]) for name in sorted(found)]
    if split == 'testing':
        return layout.Records(records, root, images)
    tracks = layout.index(root, 'fixations/' + short, ('.mat',))
    maps = layout.index(root, 'maps/' + short, layout.MAPS)
    records = [
        record._replace(
            gaze=(tracks.place(record.name, '.mat'),),
            saliency_map=maps.place(record.name, '.png') if maps else None,
            map_sigma=None if maps else MAP_SIGMA,
        )
        for record in records
    ]
    return (
        layout.Records(records, root, images, tracks, maps)
        .unused(layout.LONE_MAPS, maps)
        .unused(layout.LONE_GAZE, tracks)
    )


def _images(root, split):
    """Index of images, and the names of those that are of a split: those in
    its folder or, where that has none, those that have its name."""
    inner = layout.index(root, 'images/' + FOLDERS[split], layout.PICTURES)
    if inner:
        return inner, list(inner)
    outer = layout.index(root, 'images', layout.PICTURES)
    return outer, [name for name in outer if name.startswith(f'COCO_{FOLDERS[split]}2014')]


def read_gaze(files: Sequence[BinaryIO], record: Record) -> Record:
    """The record with size and fixations out of its own MAT file.

    Raises
    ------
    BadFile
        Where that is not what the file holds.
    """
    (path,) = record.gaze
    content = matfiles.read(files[0], path)
    try:
        height, width = np.ravel(content['resolution']).astype(int).tolist()
        observers = content['gaze']
        # An empty matrix if nobody looked.
        fixations, dropped = gaze.to_fixations(
            observers if isinstance(observers, list) else [], (height, width)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(
            'reading gaze', f'{path}: {error!r}', "variables 'resolution' [rows columns] and 'gaze'"
        ) from error
    return record._replace(size=(height, width), fixations=fixations, dropped=dropped)
