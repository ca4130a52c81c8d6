"""iSUN as the LSUN'15 challenge shipped it.

``training.mat``, ``validation.mat`` and ``testing.mat`` hold a struct array
each, N x 1 or 1 x N, named as the split: `image` (name without extension),
`resolution` ([rows columns]), `scene` (not in SALICON's LSUN edition), `gaze`
(not in testing). Images are ``images/<name>.jpg``, ground truth is variable
`I` of ``saliency/<name>.mat``; both may lie in sub-folders, of which those
with the name of another split do not count.

The host is gone (see the registry); `sample` writes this layout.

>>> [item.path for item in required('data/raw/isun', ['testing'])]
['testing.mat', 'images/']
"""

from typing import List, Mapping, Sequence

import numpy as np

from juntingnet_theano.datasets import gaze, layout, registry
from juntingnet_theano.datasets.records import SPLITS, Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles
from juntingnet_theano.pictures import folders

splits = layout.all_splits  # the challenge shipped no part alone


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    counts = registry.entry('isun').images
    needs = lists_and_images(counts, splits)
    looked_at = sum(count for split, count in counts.items() if split != 'testing')
    if set(splits) - {'testing'}:
        needs.append(
            layout.Required(
                'saliency/',
                'saliency.zip, unpacked: <name>.mat',
                f"{looked_at:,} MAT files with variable 'I'",
            )
        )
    return needs


def lists_and_images(counts: Mapping[str, int], splits: Sequence[str]) -> List[layout.Required]:
    """What every set of this layout needs.

    Parameters
    ----------
    counts : dict of str to int
        Split -> images.
    splits : sequence of str

    Returns
    -------
    list of layout.Required
    """
    lists = [
        layout.Required(
            split + '.mat',
            'list of the split' if split == 'testing' else 'list and gaze of the split',
            f'{counts[split]:,} images',
        )
        for split in splits
    ]
    return lists + [
        layout.Required(
            'images/', 'image.zip, unpacked: <name>.jpg', f'{sum(counts.values()):,} JPEG files'
        )
    ]


def sources(root: str, split: str) -> List[str]:
    """The list file of a split."""
    return [folders.place(root, split + '.mat')]


def read(root: str, split: str) -> layout.Records:
    """Records of a split in the order of its list.

    Parameters
    ----------
    root : str
    split : str
        One of `SPLITS`.

    Returns
    -------
    layout.Records
        An image or map that is not there has the path where it should be.
        No record of a split has a map where the split has no map files.

    Raises
    ------
    BadFile
        Where the list is not readable, or names what two files could be.
    """
    (path,) = sources(root, split)
    structs = matfiles.load(path, split)
    if np.size(structs) == 0:  # MATLAB's [] is an array of doubles
        structs = []
    if not isinstance(structs, list):
        raise BadFile('reading a list of images', f"{path}: '{split}' is no struct array")
    images = layout.index(root, 'images', layout.PICTURES)
    maps = layout.index(root, 'saliency', layout.MAPS)
    records = [_record(split, path, struct, images, maps) for struct in structs]
    if not any(maps.everywhere(record.name) for record in records):
        records = [record._replace(saliency_map=None) for record in records]
    return (
        layout.Records(records, path, images, maps)
        .unused(layout.UNLISTED, images)
        .unused(layout.LONE_MAPS, maps)
    )


def _record(split, path, struct, images, maps):
    try:
        name = layout.safe_name(struct['image'], path)
        height, width = np.ravel(struct['resolution']).astype(int).tolist()
        observers = struct.get('gaze', ())
        fixations, dropped = None, 0
        # An empty matrix instead of structs if there is no gaze.
        if isinstance(observers, list) and observers:
            fixations, dropped = gaze.to_fixations(observers, (height, width))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(
            'reading a list of images',
            f'{path}: {error!r} in the entry {repr(struct):.200}',
            'fields image, resolution [rows columns], gaze with fixation',
        ) from error
    others = set(SPLITS) - {split}
    return Record(
        name,
        split,
        image=images.listed(name, '.jpg', others),
        size=(height, width),
        saliency_map=maps.listed(name, '.mat', others),
        fixations=fixations,
        scene=str(struct.get('scene', '')),
        dropped=dropped,
    )
