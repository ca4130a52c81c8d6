"""SALICON as released for download: 2015 and 2017 editions.

``images/{train,val,test}/*.jpg``, ``fixations/{train,val}/*.mat`` (`image`,
`resolution`, `gaze` with `location`, `timestamp`, `fixations`; 1-based x, y)
and ``maps/{train,val}/*.png``. Images may also lie in ``images/`` itself, as
the archive of some editions unpacks: their names begin with
``COCO_train2014_`` and so on. The two editions have the same files with other
fixations in them.

>>> [item.path for item in required('data/raw/salicon', ['testing'])]
['images/test/']
"""
import os

import numpy as np

from juntingnet_theano.datasets import gaze, layout, matfiles
from juntingnet_theano.errors import BadFile
from juntingnet_theano.records import SPLITS, Record

FOLDERS = {'training': 'train', 'validation': 'val', 'testing': 'test'}
_IMAGES = {'training': '10,000 images, 1.5 GB',
           'validation': '5,000 images, 0.8 GB',
           'testing': '5,000 images, 0.8 GB'}
_COUNTS = {'training': '10,000 files', 'validation': '5,000 files'}


def splits(root):
    """All three; the archive of images holds them together."""
    return SPLITS


def required(root, splits=SPLITS):
    """What must lie in `root`, as a list of `layout.Required`."""
    flat = _flat_names(root)
    items = []
    for split in splits:
        short = FOLDERS[split]
        if not any(_is_of(name, split) for name in flat):
            items.append(layout.Required(
                'images/{}/'.format(short), 'images.zip, unpacked',
                _IMAGES[split]))
        if split in _COUNTS:
            items.append(layout.Required(
                'fixations/{}/'.format(short), 'fixations.zip, unpacked: '
                'one .mat an image', _COUNTS[split]))
            items.append(layout.Required(
                'maps/{}/'.format(short), 'maps.zip, unpacked: one .png an '
                'image', _COUNTS[split]))
    return items


def sources(root, split):
    """No lists: the folders say what belongs to a split."""
    return []


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
    maps = layout.by_stem(os.path.join(root, 'maps', short))
    hidden = split == 'testing'
    return [Record(
        name, split, found[name],
        saliency_map=None if hidden else maps.get(
            name, os.path.join(root, 'maps', short, name + '.png')),
        gaze=None if hidden else os.path.join(
            root, 'fixations', short, name + '.mat'))
        for name in sorted(found)]


def read_gaze(file, record):
    """The record with size and fixations out of its own MAT file.

    Raises
    ------
    BadFile
        Where that is not what the file holds.
    """
    content = matfiles.read(file, record.gaze)
    try:
        height, width = np.ravel(content['resolution']).astype(int).tolist()
        observers = content['gaze']
        # An empty matrix where nobody looked.
        fixations, dropped = gaze.to_fixations(
            observers if isinstance(observers, list) else [],
            (height, width))
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(
            'reading gaze', '{}: {!r}'.format(record.gaze, error),
            "variables 'resolution' [rows columns] and 'gaze'")
    return record._replace(size=(height, width), fixations=fixations,
                           dropped=dropped)


def _flat_names(root):
    return layout.by_stem(os.path.join(root, 'images'))


def _is_of(name, split):
    """Whether COCO's name says that an image is of a split."""
    return name.startswith('COCO_{}2014'.format(FOLDERS[split]))
