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

import json
from typing import List, Optional, Sequence, Tuple

import numpy as np

from juntingnet_theano import names
from juntingnet_theano.datasets import gaze, layout, registry
from juntingnet_theano.datasets.readers.salicon import MAP_SIGMA
from juntingnet_theano.datasets.records import SPLITS, Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside
from juntingnet_theano.pictures import folders

_PREFIXES = {'training': 'train', 'validation': 'val', 'testing': 'test'}
_DOING = 'reading fixations in JSON'
_EXPECTED = (
    'a JSON object with lists "images" (id, file_name, height, '
    'width) and "annotations" (image_id, fixations [[row, column], '
    '...])'
)


def split_of(part: str) -> Optional[str]:
    """Split that a part's name, such as 'train2014', belongs to; or None."""
    for split, prefix in _PREFIXES.items():
        if part.lower().startswith(prefix):
            return split
    return None


def splits(root: str) -> Tuple[str, ...]:
    """Splits that there are files of; all where there are none at all."""
    found = {split_of(part) for part in _parts(root)}
    return tuple(split for split in SPLITS if split in found) or SPLITS


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    entry = registry.entry('salicon-api')
    sizes = {path: file.size for file in entry.files for path in file.gives}
    items = []
    for split in splits:
        parts = [part for part in _parts(root) if split_of(part) == split]
        for part in parts or [_PREFIXES[split] + '2014']:
            if split != 'testing':
                path = f'annotations/fixations_{part}.json'
                items.append(
                    layout.Required(path, 'fixations of the part', sizes.get(path, 'size unknown'))
                )
            items.append(
                layout.Required(
                    f'images/{part}/', 'images of the part', f'{entry.images[split]:,} JPEG files'
                )
            )
    return items


def sources(root: str, split: str) -> List[str]:
    """The JSON files of a split."""
    if split == 'testing':
        return []
    return [_annotations(root, part) for part in _parts(root) if split_of(part) == split]


def read(root: str, split: str) -> layout.Records:
    """Records of a split in the order of their JSON files.

    Returns
    -------
    layout.Records
        Without times (NaN), with maps to be made from the fixations.

    Raises
    ------
    BadFile
        Where a JSON file is not as it should be, or has annotations of an
        image that it does not list.
    """
    records, searched = [], []
    for part in _parts(root):
        if split_of(part) == split:
            images = layout.index(root, 'images/' + part, layout.PICTURES)
            searched.append(images)
            records.extend(
                [Record(name, split, images[name]) for name in sorted(images)]
                if split == 'testing'
                else _part_records(_annotations(root, part), images, split)
            )
    records = layout.Records(records, root, *searched)
    for images in searched:
        records.unused(layout.UNLISTED, images)
    return records


def _parts(root):
    """Parts with a JSON file or a folder of images, in order of names."""
    found = [
        name.rpartition('fixations_')[2]
        for name in layout.index(root, 'annotations', ('.json',))
        if name.startswith('fixations_')
    ]
    found += [
        entry.name
        for entry in outside.entries(folders.place(root, 'images'), _DOING)
        if outside.is_folder(entry)
    ]
    parts = {names.key(part): part for part in found if split_of(part)}
    return sorted(parts.values())


def _annotations(root, part):
    return folders.place(root, f'annotations/fixations_{part}.json')


def _part_records(path, images, split):
    try:
        with outside.opened(path, _DOING) as file:
            content = json.loads(file.read(), object_pairs_hook=outside.unique)
        observers = {_id(image['id']): [] for image in content['images']}
        if len(observers) < len(content['images']):
            raise ValueError('several images have one id')
        strange = [
            annotation['image_id']
            for annotation in content['annotations']
            if _id(annotation['image_id']) not in observers
        ]
        if strange:
            raise ValueError(
                f'{len(strange):,} of {len(content["annotations"]):,} annotations belong to no '
                f'image, the first to {strange[0]!r}'
            )
        for annotation in content['annotations']:
            observers[_id(annotation['image_id'])].append(annotation['fixations'])
        return [
            _record(image, observers[_id(image['id'])], images, split, path)
            for image in content['images']
        ]
    except KeyError as error:
        raise BadFile(_DOING, f'{path}: no {error}', _EXPECTED) from error
    except (
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
    ) as error:
        raise BadFile(_DOING, f'{path}: {error}', _EXPECTED) from error


def _id(value):
    """Some programs write an id as 1, others as "1" or 1.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f'{value!r:.100} as the id of an image')
    return str(value).strip()


def _record(image, observers, images, split, path):
    size = int(image['height']), int(image['width'])
    structs = [{'fixation': np.asarray(points, float)[:, ::-1]} for points in observers if points]
    fixations, dropped = gaze.to_fixations(structs, size)
    name = layout.safe_name(image['file_name'], path)
    return Record(
        name,
        split,
        images.listed(name, image['file_name'][len(name) :]),
        size=size,
        fixations=fixations,
        dropped=dropped,
        map_sigma=MAP_SIGMA,
    )
