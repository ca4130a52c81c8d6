"""MIT1003: photographs and raw eye tracks of 15 observers.

``ALLSTIMULI/<name>.jpeg``, ``DATA/<observer>/<name>.mat`` with one struct
whose `DATA` is a struct array with `eyeData`, n x 2 or more: x, y in pixels
from 1, at 240 Hz, negative in a blink. ``ALLFIXATIONMAPS/<name>_fixMap.jpg``
is the ground truth; without that folder maps are made from the fixations.

The authors' Matlab code, which finds the fixations, does not come with the
data, so they are found here (see `eye_samples`) and differ from the authors'
in detail. As in their paper, an observer's first fixation, on the point
shown before each image, is left out.

>>> [item.path for item in required('data/raw/mit1003')]
['ALLSTIMULI/', 'DATA/']
"""

from typing import BinaryIO, List, Sequence

import numpy as np

from juntingnet_theano.datasets import gaze, layout, registry
from juntingnet_theano.datasets.readers import eye_samples
from juntingnet_theano.datasets.records import Record
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles

SPLITS = ('training',)
splits = layout.training_alone
sources = layout.no_lists
RATE = 240.0  # Hz
_MAP = '_fixMap'


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`."""
    count = '{:,} files'.format(registry.entry('mit1003').images['training'])
    return [
        layout.Required('ALLSTIMULI/', 'ALLSTIMULI.zip, unpacked', count),
        layout.Required('DATA/', 'DATA.zip, unpacked', f'a folder an observer, {count} each'),
    ]


def read(root: str, split: str) -> layout.Records:
    """Records in the order of their names; gaze is read when asked for.

    Returns
    -------
    layout.Records
    """
    images = layout.index(root, 'ALLSTIMULI', layout.PICTURES)
    tracks = layout.index(root, 'DATA', ('.mat',))
    maps = layout.index(root, 'ALLFIXATIONMAPS', layout.MAPS)
    records = []
    for name in sorted(images):
        inner = name.rpartition('/')[2]
        paths = tuple(tracks.everywhere(inner))
        record = Record(name, split, images.listed(inner, '.jpeg'), gaze=paths)
        if maps:
            record = record._replace(saliency_map=maps.listed(inner + _MAP, '.jpg'))
        elif paths:
            record = record._replace(map_sigma=0.0)
        records.append(record)
    return layout.Records(records, root, images, tracks).unused(layout.LONE_GAZE, tracks)


def read_gaze(files: Sequence[BinaryIO], record: Record) -> Record:
    """The record with the fixations of all observers, also those outside.

    Raises
    ------
    BadFile
        Where a file holds no eye track.
    """
    parts = [np.zeros((0, 4))]
    for subject, (file, path) in enumerate(zip(files, record.gaze)):
        found = eye_samples.fixations(_samples(file, path), RATE)[1:]
        parts.append(np.column_stack([found[:, :2] - 1, np.full(len(found), subject), found[:, 2]]))
    return record._replace(fixations=gaze.from_points(np.concatenate(parts)))


def _samples(file, path):
    """x and y of one eye track; the variable has the image's name, cut."""
    content = matfiles.read(file, path)
    try:
        (struct,) = next(value for value in content.values() if isinstance(value, list))
        samples = np.asarray(struct['DATA'][0]['eyeData'], 'float64')
        if samples.ndim != 2 or samples.shape[1] < 2:
            raise ValueError(f'eyeData of shape {samples.shape}')
        return samples[:, :2]
    except (KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
        raise BadFile(
            'reading an eye track', f'{path}: {error!r}', 'a struct with DATA(1).eyeData, n x 2'
        ) from error
