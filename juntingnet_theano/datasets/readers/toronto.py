"""Toronto (Bruce and Tsotsos): 120 photographs, pooled fixations.

``eyetrackingdata/fixdens/``: images ``Original Image Set/<number>.jpg``, and
``origfixdata.mat`` with the cell array `white`, for each image a matrix of
its size that is not 0 at fixated pixels. Maps are made from these. Tracks
of single observers are there too, but not in pixels of the images, so that
observers and times are unknown.

>>> [item.path for item in required('data/raw/toronto')]
['eyetrackingdata/fixdens/Original Image Set/', 'eyetrackingdata/fixdens/origfixdata.mat']
"""

from typing import List, Sequence

from juntingnet_theano.datasets import gaze, layout, registry
from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles
from juntingnet_theano.pictures import folders

SPLITS = ('training',)
splits = layout.training_alone
_BASE = 'eyetrackingdata/fixdens'
_IMAGES = 'Original Image Set'


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    count = registry.entry('toronto').images['training']
    return [
        layout.Required(
            f'{_BASE}/{_IMAGES}/', 'eyetrackingdata.zip, unpacked', f'{count:,} JPEG files'
        ),
        layout.Required(
            _BASE + '/origfixdata.mat', 'eyetrackingdata.zip, unpacked', 'fixations of all'
        ),
    ]


def sources(root: str, split: str) -> List[str]:
    """The one file of fixations."""
    return [folders.place(root, _BASE + '/origfixdata.mat')]


def read(root: str, split: str) -> layout.Records:
    """Records in the order of the images' numbers.

    Returns
    -------
    layout.Records

    Raises
    ------
    BadFile
        Where the file of fixations is not readable.
    """
    (path,) = sources(root, split)
    cells = matfiles.load(path, 'white')
    images = layout.index(root, _BASE + '/' + _IMAGES, layout.PICTURES)
    try:
        return layout.Records(
            [
                Record(
                    str(number),
                    split,
                    images.listed(str(number), '.jpg'),
                    size=hits.shape,
                    fixations=gaze.of_pixels(hits),
                    map_sigma=0.0,
                )
                for number, hits in enumerate(cells, 1)
            ],
            path,
            images,
        ).unused(layout.UNLISTED, images)
    except (TypeError, ValueError, AttributeError) as error:
        raise BadFile(
            'reading fixations',
            f'{path}: {error!r:.300}',
            "a cell array 'white' with a matrix for each image",
        ) from error
