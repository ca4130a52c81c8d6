"""What a challenge asks of each map, checked before and after packing.

`submission` decides in which form the maps are packed.

>>> faults = Faults('packing a.mat')
>>> check('a', np.zeros((2, 3)), (3, 2), faults)
False
>>> faults.texts
['a: 2 x 3 pixels, its image has 3 x 2']
"""

import os
from typing import Any, Iterable, Iterator, List, Optional, Tuple, Union

import numpy as np

from juntingnet_theano.errors import BadFile, BadSubmission, MissingFiles
from juntingnet_theano.pictures.images import image_size
from juntingnet_theano.saliency_maps import map_names
from juntingnet_theano.saliency_maps import maps as saliency_maps

Wanted = List[Tuple[str, Tuple[int, int]]]
"""Name of each image of a split, and its (height, width)."""

SHOWN = 10


class Faults:
    """The first faults of a submission, and how many there are.

    Parameters
    ----------
    doing : str
        What is being done, for the message.
    hint : str, optional
        What to do about them.

    Attributes
    ----------
    texts : list of str
        The first ten.
    count : int
        All of them.
    constant : list of str
        Names of maps that have one value everywhere: allowed, but no metric
        can score them.
    """

    def __init__(
        self, doing: str, hint: Optional[str] = 'predict the split again into an empty folder'
    ) -> None:
        self.doing, self.hint = doing, hint
        self.texts, self.count = [], 0
        self.constant = []

    def add(self, text: str) -> None:
        """Note one fault."""
        self.count += 1
        if self.count <= SHOWN:
            self.texts.append(text)

    def settle(self) -> None:
        """Raise `BadSubmission` if there is any fault."""
        if not self.count:
            return
        first = f', the first {SHOWN}' if self.count > SHOWN else ''
        raise BadSubmission(
            self.doing,
            '{} fault{}{}:\n    {}'.format(
                self.count, 's' if self.count > 1 else '', first, '\n    '.join(self.texts)
            ),
            "one map for each image of the split, of the image's size, finite and in [0, 1]",
            self.hint,
        )


def expected(records: Iterable[Any]) -> Wanted:
    """The maps that a split asks for.

    Parameters
    ----------
    records : iterable of records.Record
        The split, in its own order.

    Returns
    -------
    list of (str, (int, int))
        Name and (height, width): of the image itself where it is there, else
        as the annotation states it.

    Raises
    ------
    BadSubmission
        The size of an image is unknown.
    """
    found = []
    for record in records:
        size = record.size
        if os.path.exists(record.image):
            size = image_size(record.image)
        if size is None:
            raise BadSubmission(
                'checking the sizes of images',
                f'{record.image} is not there',
                'the images of the split, or their sizes in its list',
            )
        found.append((record.name, tuple(size)))
    return found


def check(name: str, values: np.ndarray, size: Tuple[int, int], faults: Faults) -> bool:
    """Is this map fit to be submitted?

    Parameters
    ----------
    name : str
    values : array
    size : (int, int)
        Height and width of its image.
    faults : Faults
        Gets what is wrong.

    Returns
    -------
    bool
    """
    if values.dtype.kind not in 'buif' or values.ndim != 2:
        faults.add(f'{name}: no map of numbers, but {values.dtype} of shape {values.shape}')
    elif values.shape != tuple(size):
        faults.add(
            '{}: {} x {} pixels, its image has {} x {}'.format(name, *values.shape + tuple(size))
        )
    elif not np.isfinite(values).all():
        faults.add(f'{name}: values that are not finite')
    elif values.min() < 0 or values.max() > 1:
        faults.add(f'{name}: values from {values.min():.4g} to {values.max():.4g}, outside [0, 1]')
    else:
        if values.min() == values.max():
            faults.constant.append(name)
        return True
    return False


def check_names(found: Iterable[str], wanted: Iterable[str], faults: Faults) -> None:
    """Every name once, and no other.

    Parameters
    ----------
    found, wanted : collection of str
    faults : Faults
    """
    found = set(found)
    for name in wanted:
        if name not in found:
            faults.add(f'{name}: missing')
    for name in sorted(found.difference(wanted)):
        faults.add(f'{name}: not in the split')


def in_order(
    maps: Union[str, os.PathLike, Iterable[Tuple[str, np.ndarray]]], wanted: Wanted, faults: Faults
) -> Iterator[Tuple[str, np.ndarray]]:
    """The fit maps in the order of the split, read one by one.

    Parameters
    ----------
    maps : str or iterable of (str, array)
        A folder of map files named as the images, or names and maps in the
        order of the split.
    wanted : list of (str, (int, int))
        From `expected`.
    faults : Faults
        Gets what is wrong; those maps are left out.

    Yields
    ------
    (str, array)

    Raises
    ------
    MissingFiles
        There is no such folder.
    BadSubmission
        Files of the folder are missing or too many: no map is read then.
    """
    if isinstance(maps, (str, os.PathLike)):
        maps = _of_folder(maps, [name for name, _ in wanted], faults)
    names, sizes = [], dict(wanted)
    for name, values in maps:
        names.append(name)
        if name in sizes and check(name, values, sizes[name], faults):
            yield name, values
    before = faults.count
    check_names(names, [name for name, _ in wanted], faults)
    if faults.count == before and names != [name for name, _ in wanted]:
        faults.add('the maps come in another order than the split, or twice')


def _of_folder(folder, names, faults):
    if not os.path.isdir(folder):
        raise MissingFiles(
            faults.doing,
            f'there is no folder {folder}',
            'a folder of maps',
            'juntingnet predict --help',
        )
    paths, twins = map_names.named(map_names.of_folder(folder, faults.doing), names)
    for twin in twins:
        faults.add(twin)
    check_names(paths, names, faults)
    faults.settle()  # before hours of reading
    for name in names:
        try:
            yield name, saliency_maps.read(os.path.join(folder, paths[name]))
        except BadFile as error:
            faults.add(f'{name}: {error.got}')
