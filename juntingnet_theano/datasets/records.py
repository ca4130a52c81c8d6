"""What every data set reader returns: records and their fixations.

>>> Record(name='a', split='testing', image='images/a.jpg').has_map
False
"""

from typing import List, NamedTuple, Optional, Tuple, TypeVar

import numpy as np

Item = TypeVar('Item')

SPLITS = ('training', 'validation', 'testing')


class Fixations(NamedTuple):
    """Where people looked at one stimulus; all fields have one length.

    Attributes
    ----------
    x, y : float32 arrays
        Pixels of the original image, 0-based, x to the right, y down.
    subject : int32 array
        Index of the observer within this stimulus, from 0; -1 where the data
        set has all observers' fixations in one.
    t : float32 array
        Time in seconds from the stimulus' onset; NaN where unknown.
    """

    x: np.ndarray
    y: np.ndarray
    subject: np.ndarray
    t: np.ndarray


class Record(NamedTuple):
    """One stimulus of a data set, as its reader found it on disk.

    Attributes
    ----------
    name : str
        Base name without extension; unique within its split.
    split : str
        One of `SPLITS`.
    image : str
        Path of the image file.
    size : (int, int) or None
        (height, width) in pixels where the annotation states it.
    saliency_map : str or None
        Path of the ground-truth map, None where it is withheld.
    fixations : Fixations or None
        None where gaze was not recorded or is withheld.
    scene : str
        Category, or where the image comes from; empty where unknown.
    dropped : int
        Fixations outside the image, which were left out.
    gaze : tuple of str
        Paths of files with this stimulus' gaze alone, not read yet: until
        `datasets.with_gaze` reads them, `size` and `fixations` are None.
    map_sigma : float or None
        Where the data set ships no maps: the Gaussian, in pixels, with which
        its authors make one from the fixations; 0 where they do not say.
    """

    name: str
    split: str
    image: str
    size: Optional[Tuple[int, int]] = None
    saliency_map: Optional[str] = None
    fixations: Optional[Fixations] = None
    scene: str = ''
    dropped: int = 0
    gaze: Tuple[str, ...] = ()
    map_sigma: Optional[float] = None

    @property
    def has_map(self) -> bool:
        """Whether there is a ground truth, on disk or from fixations."""
        return self.saliency_map is not None or self.map_sigma is not None

    @property
    def has_gaze(self) -> bool:
        """Whether anybody is known to have looked at it. Not before
        `datasets.with_gaze` has read gaze files."""
        return self.fixations is not None and len(self.fixations.x) > 0


def evenly(items: List[Item], count: int) -> List[Item]:
    """`count` of the items, evenly spread; all where there are fewer.

    Parameters
    ----------
    items : list
    count : int

    Returns
    -------
    list

    >>> evenly(list('abcdefghi'), 3)
    ['b', 'e', 'h']
    """
    count = min(count, len(items))
    middles = (np.arange(count) + 0.5) * len(items) / max(count, 1)
    return [items[int(middle)] for middle in middles]
