"""CAT2000: 20 categories of 100 training and 100 testing images.

``trainSet/Stimuli/<category>/<number>.jpg``, the fixated pixels of all
observers together as `fixLocs` of ``FIXATIONLOCS/<category>/<number>.mat``,
and ground truth as ``FIXATIONMAPS/<category>/<number>.jpg``; without that
folder maps are made from the fixations. ``testSet/Stimuli/`` has images only.
A category's folder ``Output``, which holds smaller copies, is passed over.

>>> [item.path for item in required('data/raw/cat2000', ['testing'])]
['testSet/Stimuli/']
"""

import os
from typing import BinaryIO, List, Sequence, Tuple

from juntingnet_theano.datasets import gaze, layout, registry
from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles
from juntingnet_theano.pictures import folders

SPLITS = ('training', 'testing')
sources = layout.no_lists
_FOLDERS = {'training': 'trainSet', 'testing': 'testSet'}


def splits(root: str) -> Tuple[str, ...]:
    """Those that there are files of; both where there are none at all."""
    found = tuple(split for split in SPLITS if os.path.isdir(folders.place(root, _FOLDERS[split])))
    return found or SPLITS


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    counts = registry.entry('cat2000').images
    items = []
    for split in splits:
        folder, count = _FOLDERS[split], f'{counts[split]:,} files'
        parts = ['Stimuli'] + ['FIXATIONLOCS'] * (split == 'training')
        items.extend(
            layout.Required(f'{folder}/{part}/', folder + '.zip, unpacked', count) for part in parts
        )
    return items


def read(root: str, split: str) -> layout.Records:
    """Records by category and number; names are ``<category>/<number>``.

    Returns
    -------
    layout.Records
        `scene` is the category; gaze is read when it is asked for.
    """
    base = folders.place(root, _FOLDERS[split])
    images = layout.index(base, 'Stimuli', layout.PICTURES, _is_output)
    records = [
        Record(name, split, images[name], scene=name.partition('/')[0]) for name in sorted(images)
    ]
    if split == 'testing':
        return layout.Records(records, base, images)
    places = layout.index(base, 'FIXATIONLOCS', ('.mat',), _is_output)
    maps = layout.index(base, 'FIXATIONMAPS', layout.MAPS, _is_output)
    records = [
        record._replace(
            gaze=(places.place(record.name, '.mat'),),
            saliency_map=maps.place(record.name, '.jpg') if maps else None,
            map_sigma=None if maps else 0.0,
        )
        for record in records
    ]
    return (
        layout.Records(records, base, images, places, maps)
        .unused(layout.LONE_MAPS, maps)
        .unused(layout.LONE_GAZE, places)
    )


def _is_output(folder):
    return os.path.basename(folder).lower() == 'output'


def read_gaze(files: Sequence[BinaryIO], record: Record) -> Record:
    """The record with size and fixations out of its matrix of pixels.

    Raises
    ------
    BadFile
        Where that is not what the file holds.
    """
    (path,) = record.gaze
    hits = matfiles.read(files[0], path, 'fixLocs')
    try:
        return record._replace(fixations=gaze.of_pixels(hits), size=hits.shape)
    except (TypeError, ValueError, AttributeError) as error:
        raise BadFile(
            'reading gaze', f'{path}: {error!r:.300}', "a matrix 'fixLocs' of the image's size"
        ) from error
