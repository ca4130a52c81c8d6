"""SALICON, edition of 2017: as `salicon`, with its maps, which are hosted.

>>> [item.path for item in required('data/raw/salicon-2017', ['validation'])]
['images/val/', 'fixations/val/', 'maps/val/']
"""

from typing import List, Sequence

from juntingnet_theano.datasets import layout, registry
from juntingnet_theano.datasets.readers import salicon
from juntingnet_theano.datasets.readers.salicon import FOLDERS, read, read_gaze, sources, splits
from juntingnet_theano.datasets.records import SPLITS

__all__ = ['SPLITS', 'read', 'read_gaze', 'required', 'sources', 'splits']


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    counts = registry.entry('salicon-2017').images
    return salicon.required(root, splits) + [
        layout.Required(
            f'maps/{FOLDERS[split]}/',
            'maps.zip, unpacked: one .png an image',
            f'{counts[split]:,} files',
        )
        for split in splits
        if split != 'testing'
    ]
