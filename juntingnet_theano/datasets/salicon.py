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
import os

import numpy as np

from juntingnet_theano import registry
from juntingnet_theano.datasets import gaze, layout, matfiles
from juntingnet_theano.errors import BadFile
from juntingnet_theano.records import SPLITS, Record

MAP_SIGMA = 19.0    # pixels; `buildFixMap` of SALICON's API
sources = layout.no_lists
FOLDERS = {'training': 'train', 'validation': 'val', 'testing': 'test'}


def splits(root):
    """All three; the archive of images holds them together."""
    return SPLITS


def required(root, splits=SPLITS):
    """What must lie in `root`, as a list of `layout.Required`."""
    flat = _flat_names(root)
    counts = registry.entry('salicon-2015').images
    items = []
    for split in splits:
        short = FOLDERS[split]
        if not any(_is_of(name, split) for name in flat):
            items.append(layout.Required(
                'images/{}/'.format(short), 'images.zip, unpacked',
                '{:,} images'.format(counts[split])))
        if split != 'testing':
            items.append(layout.Required(
                'fixations/{}/'.format(short), 'fixations.zip, unpacked: '
                'one .mat an image', '{:,} files'.format(counts[split])))
    return items


def read(root, split):
    """Records of a split, in the order of their names.

    Gaze is not read yet, since each image has a file of its own: see
    `datasets.with_gaze`.

    Returns
    -------
    list of Record
    """
    short = FOLDERS[split]
    found = layout.by_stem(os.path.join(root, 'images', short))
    if not found:
        found = {name: path for name, path in _flat_names(root).items()
                 if _is_of(name, split)}
    if split == 'testing':
        return [Record(name, split, found[name]) for name in sorted(found)]
    records = [Record(name, split, found[name], gaze=(os.path.join(
        root, 'fixations', short, name + '.mat'),)) for name in sorted(found)]
    folder = os.path.join(root, 'maps', short)
    maps = layout.by_stem(folder)
    if not maps:
        return [record._replace(map_sigma=MAP_SIGMA) for record in records]
    return [record._replace(saliency_map=maps.get(
        record.name, os.path.join(folder, record.name + '.png')))
        for record in records]


def read_gaze(files, record):
    """The record with size and fixations out of its own MAT file.

    Raises
    ------
    BadFile
        Where that is not what the file holds.
    """
    path, = record.gaze
    content = matfiles.read(files[0], path)
    try:
        height, width = np.ravel(content['resolution']).astype(int).tolist()
        observers = content['gaze']
        # An empty matrix where nobody looked.
        fixations, dropped = gaze.to_fixations(
            observers if isinstance(observers, list) else [],
            (height, width))
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(
            'reading gaze', '{}: {!r}'.format(path, error),
            "variables 'resolution' [rows columns] and 'gaze'")
    return record._replace(size=(height, width), fixations=fixations,
                           dropped=dropped)


def _flat_names(root):
    return layout.by_stem(os.path.join(root, 'images'))


def _is_of(name, split):
    """Whether COCO's name says that an image is of a split."""
    return name.startswith('COCO_{}2014'.format(FOLDERS[split]))
