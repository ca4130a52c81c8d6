"""SALICON as the LSUN'15 challenge shipped it: iSUN's layout, no `scene`.

The challenge's archive of maps is not known; where no folder ``saliency/``
is there, maps are made from the fixations as SALICON's API does.

>>> [item.path for item in required('data/raw/salicon-lsun', ['training'])]
['training.mat', 'images/']
"""

from typing import List, Sequence

from juntingnet_theano.datasets import layout, registry
from juntingnet_theano.datasets.readers import isun
from juntingnet_theano.datasets.readers.isun import sources, splits
from juntingnet_theano.datasets.readers.salicon import MAP_SIGMA
from juntingnet_theano.datasets.records import SPLITS

__all__ = ['SPLITS', 'read', 'required', 'sources', 'splits']


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    return isun.lists_and_images(registry.entry('salicon-lsun').images, splits)


def read(root: str, split: str) -> layout.Records:
    """Records of a split in the order of its list; see `isun.read`."""
    records = isun.read(root, split)
    records[:] = [
        record._replace(map_sigma=MAP_SIGMA)
        if record.fixations is not None and not record.has_map
        else record
        for record in records
    ]
    return records
