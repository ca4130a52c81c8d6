"""Files of known gaze, as people drop them beside their pictures.

A table of one picture's fixations, or of many with a column of their names; a
MAT file of one picture (SALICON's) or of a split (LSUN'15's lists).

>>> [(each.name, each.points.tolist()) for each in read(b'image,x,y\\na.jpg,3,1')]
[('a.jpg', [[3.0, 1.0]])]
"""

import io
from typing import Any, List, NamedTuple, Optional

import numpy as np

from juntingnet_theano.datasets import gaze
from juntingnet_theano.datasets.readers import folder
from juntingnet_theano.datasets.records import SPLITS
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import matfiles

SHOWN = 'the fixations'
"""What messages call an upload."""
MOST = 2_000_000
"""Fixations of a file."""
_MAT = (b'MATLAB 5.0', b'MATLAB 7.3', b'\x89HDF')
_DOING, _EXPECTED = (
    'reading the fixations',
    "a table with columns x, y, SALICON's MAT file of a picture, or LSUN'15's of a split",
)


class Looks(NamedTuple):
    """Where people looked in a picture.

    Attributes
    ----------
    name : str
        Of the picture; '' where the file does not say it.
    size : (int, int) or None
        (height, width) of the picture where the file says it.
    points : float array, n x 2
        x and y, in pixels from 0; also those outside.
    """

    name: str
    size: Any
    points: np.ndarray


def read(content: bytes) -> List[Looks]:
    """The gaze of each picture that a file tells of.

    Raises
    ------
    BadFile
        It is no such file, or holds more than `MOST` fixations or none.
    """
    found = _of_mat(content) if content.startswith(_MAT) else _of_table(content)
    count = sum(len(each.points) for each in found)
    if not 0 < count <= MOST:
        raise BadFile(_DOING, f'{count:,} fixations', f'1 to {MOST:,}: {_EXPECTED}')
    return found


def _of_table(content):
    return [
        Looks(name, None, points[:, :2])
        for name, points in folder.points_by_image(io.BytesIO(content), SHOWN).items()
    ]


def _of_mat(content):
    variables = matfiles.read(io.BytesIO(content), SHOWN)
    structs: Any = next((variables[name] for name in SPLITS if name in variables), [variables])
    if not isinstance(structs, list):
        structs = []
    try:
        return [each for each in map(_of_struct, structs) if each is not None]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(_DOING, f'a MAT file without {error}', _EXPECTED) from error


def _of_struct(struct) -> Optional[Looks]:
    """None where nobody looked."""
    observers = struct['gaze']
    if not isinstance(observers, list) or not observers:  # an empty matrix
        return None
    height, width = np.ravel(struct['resolution']).astype(int).tolist()
    fixations = gaze.to_fixations(observers, (height, width))[0]
    return Looks(
        str(struct.get('image', '')), (height, width), np.column_stack([fixations.x, fixations.y])
    )


def within(points: np.ndarray, size: Any) -> np.ndarray:
    """Those inside a picture.

    >>> within(np.array([[3.25, 0], [4, 0]]), (2, 4)).tolist()
    [[3.25, 0.0]]
    """
    rows = np.column_stack([points, np.zeros((len(points), 2))])
    inside, _ = gaze.within(gaze.from_points(rows), size)
    return np.column_stack([inside.x, inside.y])
