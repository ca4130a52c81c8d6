"""What lies where in a folder of raw files, and what is missing.

>>> Required('training.mat', 'list', '2 MB').path
'training.mat'
"""

import os
from typing import Callable, Collection, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from juntingnet_theano import names
from juntingnet_theano.datasets.records import SPLITS, Record
from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.files import outside
from juntingnet_theano.pictures import folders, images
from juntingnet_theano.saliency_maps import maps

PICTURES, MAPS = images.EXTENSIONS, maps.EXTENSIONS
UNLISTED = 'pictures in no list'
LONE_MAPS, LONE_GAZE = 'maps without a picture', 'gaze without a picture'


class Required(NamedTuple):
    """A file or folder that a reader needs.

    Attributes
    ----------
    path : str
        Relative to the data set's folder; folders end with a slash.
    content : str
        What it is and where it comes from.
    size : str
        About how large it is.
    """

    path: str
    content: str
    size: str


def check(name: str, root: str, required: Sequence[Required], hint: str) -> None:
    """Raise `MissingFiles` if any of `required` is missing: it names all of
    them and what to type next."""
    missing = [item for item in required if not _is_there(root, item.path)]
    if not missing:
        return
    lines = [f'{os.path.join(root, item.path)}  ({item.content}; {item.size})' for item in missing]
    raise MissingFiles(
        f'looking for the data set {name} in {root}',
        f'{len(missing)} of {len(required)} files or folders are missing',
        '\n    '.join([''] + lines).lstrip(' '),
        hint,
    )


class Records(List[Record]):
    """Records of a split, and the files of its folders that none of them uses.

    Parameters
    ----------
    found : iterable of records.Record
    path : str
        The list, or folder, that names them.
    indices : folders.Index
        What was searched for them; what they left out is added up.

    Attributes
    ----------
    left_out : dict of str to str
        Path -> what it is.

    Raises
    ------
    BadFile
        Two records have one name.
    """

    def __init__(self, found: Iterable[Record], path: str, *indices: folders.Index) -> None:
        super().__init__(found)
        self.left_out = {path: kind for index in indices for path, kind in index.left_out.items()}
        seen = {}
        for record in self:
            other = seen.setdefault(names.key(record.name), record)
            if other is not record:
                raise BadFile(
                    folders.DOING,
                    f'{path}: {other.name} ({other.image}) and '
                    f'{record.name} ({record.image}) share a name',
                    'names that differ in more than case and accents',
                )

    def used(self) -> Set[Optional[str]]:
        """Set of the paths of images, maps and gaze that the records use."""
        return {
            path for record in self for path in (record.image, record.saliency_map) + record.gaze
        }

    def unused(self, kind: str, index: folders.Index) -> 'Records':
        """Add the files that no record uses to what is left out.

        Parameters
        ----------
        kind : str
            What it is ("maps without a picture").
        index : folders.Index

        Returns
        -------
        Records
            These.
        """
        self.left_out.update(dict.fromkeys(set(index.values()) - self.used(), kind))
        return self


def left_out(splits: Iterable[Records]) -> Tuple[str, ...]:
    """Kinds of the files that the records of no split speak of.

    Parameters
    ----------
    splits : iterable of Records
        Of all splits: what one leaves out, another may speak of.

    Returns
    -------
    tuple of str
        One for each file.
    """
    splits = list(splits)
    left = {path: kind for records in splits for path, kind in records.left_out.items()}
    used = set().union(*(records.used() for records in splits))
    return tuple(kind for path, kind in left.items() if path not in used)


def index(
    root: str,
    folder: str,
    extensions: Collection[str],
    passed_over: Callable[[str], bool] = lambda path: False,
) -> folders.Index:
    """Index of the files below a folder of a data set.

    Parameters
    ----------
    root : str
    folder : str
        Found by `folders.place`.
    extensions : sequence of str
        `PICTURES` or `MAPS`, for instance.
    passed_over : callable
        As in `folders.files`.

    Returns
    -------
    folders.Index
    """
    return folders.Index(folders.place(root, folder), extensions, passed_over)


def training_alone(root: str) -> Tuple[str, ...]:
    """The `splits` of a set that has no other."""
    return SPLITS[:1]


def all_splits(root: str) -> Tuple[str, ...]:
    """The `splits` of a set that is always whole."""
    return SPLITS


def no_lists(root: str, split: str) -> List[str]:
    """The `sources` of a set whose folders say what belongs to a split."""
    return []


def safe_name(name: str, path: str) -> str:
    """Stem of a listed image, if it is a plain name that leaves no folder.

    Parameters
    ----------
    name : str
        With or without the extension of an image.
    path : str
        The list file that it stands in.

    Raises
    ------
    BadFile
        For a name with a slash, for instance.
    """
    stem, extension = os.path.splitext(name)
    if extension.lower() in images.EXTENSIONS:
        name = stem
    if (
        not name
        or name in ('.', '..')
        or name != name.strip()
        or any(mark in name for mark in '/\\\0')
        or any('\ud800' <= mark <= '\udfff' for mark in name)
    ):
        raise BadFile(
            'reading a list of images',
            f'{path}: {name!r} as the name of an image',
            'a plain file name',
        )
    return name


def _is_there(root, path):
    full = folders.place(root, path)
    return (
        os.path.isdir(full) and bool(outside.entries(full, folders.DOING))
        if path.endswith('/')
        else os.path.isfile(full)
    )
