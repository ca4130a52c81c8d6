"""SALICON in the COCO-style JSON of its own API (edition 2015r1).

``annotations/fixations_<part>.json`` and ``images/<part>/``, where <part> is
``train2014``, ``val2014``, ``train2014examples`` and the like, and
``images/test2014`` without annotations. `annotations` hold one observer each,
whose `fixations` are raw mouse samples as 1-based (row, column), without
times. No maps are shipped: the API makes them from the fixations with a
Gaussian of 19 pixels, and so does `preprocessing`.

>>> split_of('train2014examples'), split_of('val2014')
('training', 'validation')
"""
import collections
import json
import os

import numpy as np

from juntingnet_theano import registry
from juntingnet_theano.datasets import gaze, layout
from juntingnet_theano.datasets.salicon import MAP_SIGMA
from juntingnet_theano.errors import BadFile
from juntingnet_theano.records import SPLITS, Record

_PREFIXES = {'training': 'train', 'validation': 'val', 'testing': 'test'}
_DOING = 'reading fixations in JSON'
_EXPECTED = ('a JSON object with lists "images" (id, file_name, height, '
             'width) and "annotations" (image_id, fixations [[row, column], '
             '...])')


def split_of(part):
    """Split that a part's name, such as 'train2014', belongs to; or None."""
    for split, prefix in _PREFIXES.items():
        if part.startswith(prefix):
            return split
    return None


def splits(root):
    """Splits that there are files of; all where there are none at all."""
    found = {split_of(part) for part in _parts(root)}
    return tuple(split for split in SPLITS if split in found) or SPLITS


def required(root, splits=SPLITS):
    """What must lie in `root`, as a list of `layout.Required`."""
    entry = registry.entry('salicon-api')
    sizes = {path: file.size for file in entry.files for path in file.gives}
    items = []
    for split in splits:
        parts = [part for part in _parts(root) if split_of(part) == split]
        for part in parts or [_PREFIXES[split] + '2014']:
            if split != 'testing':
                path = 'annotations/fixations_{}.json'.format(part)
                items.append(layout.Required(
                    path, 'fixations of the part',
                    sizes.get(path, 'size unknown')))
            items.append(layout.Required(
                'images/{}/'.format(part), 'images of the part',
                '{:,} JPEG files'.format(entry.images[split])))
    return items


def sources(root, split):
    """The JSON files of a split."""
    if split == 'testing':
        return []
    return [_annotations(root, part) for part in _parts(root)
            if split_of(part) == split]


def read(root, split):
    """Records of a split in the order of their JSON files.

    Returns
    -------
    list of Record
        Without times (NaN), with maps to be made from the fixations.

    Raises
    ------
    BadFile
        Where a JSON file is not as it should be.
    """
    records = []
    for part in _parts(root):
        if split_of(part) == split:
            folder = os.path.join(root, 'images', part)
            records.extend(
                _test_records(folder) if split == 'testing' else
                _part_records(_annotations(root, part), folder, split))
    return records


def _parts(root):
    """Parts with a JSON file or a folder of images, in order of names."""
    lists = layout.by_stem(os.path.join(root, 'annotations'))
    parts = {name[len('fixations_'):] for name, path in lists.items()
             if name.startswith('fixations_') and path.endswith('.json')}
    folder = os.path.join(root, 'images')
    if os.path.isdir(folder):
        parts.update(name for name in os.listdir(folder)
                     if os.path.isdir(os.path.join(folder, name)))
    return sorted(part for part in parts if split_of(part))


def _annotations(root, part):
    return os.path.join(root, 'annotations', 'fixations_{}.json'.format(part))


def _test_records(folder):
    return [Record(name, 'testing', path)
            for name, path in sorted(layout.by_stem(folder).items())]


def _part_records(path, folder, split):
    try:
        with open(path, 'rb') as file:
            content = json.loads(file.read().decode('utf-8'))
        observers = collections.defaultdict(list)
        for annotation in content['annotations']:
            observers[annotation['image_id']].append(annotation['fixations'])
        return [_record(image, observers[image['id']], folder, split, path)
                for image in content['images']]
    except OSError as error:
        raise BadFile(_DOING, '{}: {}'.format(path, error.strerror or error))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError,
            OverflowError, RecursionError) as error:
        raise BadFile(_DOING, '{}: {!r}'.format(path, error), _EXPECTED)


def _record(image, observers, folder, split, path):
    size = int(image['height']), int(image['width'])
    structs = [{'fixation': np.asarray(points, float)[:, ::-1]}
               for points in observers if points]
    fixations, dropped = gaze.to_fixations(structs, size)
    return Record(
        layout.safe_name(image['file_name'], path), split,
        os.path.join(folder, os.path.basename(image['file_name'])),
        size=size, fixations=fixations, dropped=dropped,
        map_sigma=MAP_SIGMA)
