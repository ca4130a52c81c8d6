"""Data sets: one reader per set; all of them return `records.Record`.

The raw end of the data flow. A reader is a module in ``readers/`` with

``SPLITS``
    the splits that the set may have;
``splits(root)``
    those that are there, or should be;
``required(root, splits)``
    list of `layout.Required`: what must lie where, and how large it is;
``read(root, split)``
    `layout.Records`, without opening an image;
``sources(root, split)``
    the list files that `read` opens, for a cache's fingerprint;
``read_gaze(files, record)``
    only in sets with gaze files for each image.

Nothing heavy is imported before a reader is asked for.

>>> names()[:4]
['cat2000', 'folder', 'indexed', 'isun']
>>> reader('isun').SPLITS
('training', 'validation', 'testing')
"""

import importlib
import io
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, List, Optional, Sequence, Tuple

from juntingnet_theano.errors import BadSetting, MissingFiles, did_you_mean
from juntingnet_theano.files import outside

if TYPE_CHECKING:  # NumPy is heavy, and the registry alone does not need it
    from juntingnet_theano.datasets.layout import Records
    from juntingnet_theano.datasets.records import Record

_MODULES = {
    'cat2000': 'cat2000',
    'folder': 'folder',
    'indexed': 'indexed',
    'isun': 'isun',
    'mit1003': 'mit1003',
    'osie': 'osie',
    'pysaliency': 'pysaliency',
    'salicon': 'salicon',
    'salicon-2015': 'salicon',
    'salicon-2017': 'salicon_2017',
    'salicon-api': 'salicon_api',
    'salicon-lsun': 'salicon_lsun',
    'sample': 'sample',
    'toronto': 'toronto',
}
# Where the name alone does not say which edition to fetch: JuntingNet's.
_DOWNLOADS = {'salicon': 'salicon-2015'}


def names() -> List[str]:
    """Names of all data sets, as the command line spells them."""
    return sorted(_MODULES)


def locate(name: str, raw: Optional[str] = None) -> Tuple[str, str]:
    """Name of a data set and where its raw files lie, as one types them.

    Parameters
    ----------
    name : str
        One of `names`; ``pysaliency:FILE`` names a file of that set.
    raw : str, optional
        Folder of the raw files.

    Returns
    -------
    (str, str)

    Raises
    ------
    BadSetting
        A file of another set, or a folder besides.

    >>> locate('isun'), locate('pysaliency:a/stimuli.hdf5')
    (('isun', 'data/raw/isun'), ('pysaliency', 'a/stimuli.hdf5'))
    """
    name, _, file = name.partition(':')
    if file and (raw or name != 'pysaliency'):
        raise BadSetting(
            'choosing a data set',
            f'{name}:{file}' + (f' and --raw {raw}' if raw else ''),
            '--dataset pysaliency:stimuli.hdf5, or another name without a colon',
        )
    return name, file or raw or 'data/raw/' + name


def reader(name: str) -> ModuleType:
    """The module that reads a data set.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    module

    Raises
    ------
    BadSetting
        For an unknown name, with the nearest known one.
    """
    if name not in _MODULES:
        raise BadSetting('choosing a data set', repr(name), did_you_mean(name, _MODULES))
    return importlib.import_module('juntingnet_theano.datasets.readers.' + _MODULES[name])


def check(name: str, root: str, splits: Optional[Sequence[str]] = None) -> None:
    """Refuse a data set with missing files, naming each of them.

    Parameters
    ----------
    name : str
    root : str
        The folder of the raw files.
    splits : sequence of str, optional
        Only what these need; by default what `splits(root)` of the reader
        says.

    Raises
    ------
    MissingFiles
        With every missing file or folder, where to put it, and its size.
    BadSetting
        For a split that the set does not have.
    """
    from juntingnet_theano.datasets import layout

    module = reader(name)
    splits = tuple(splits or module.splits(root))
    for split in splits:
        if split not in module.SPLITS:
            raise BadSetting(
                'choosing splits of ' + name, repr(split), did_you_mean(split, module.SPLITS)
            )
    layout.check(name, root, module.required(root, splits), _hint(name, root))


def read(name: str, root: str, split: str) -> 'Records':
    """Records of a split that is there and has some.

    Parameters
    ----------
    name, root
        As for `check`.
    split : str

    Returns
    -------
    layout.Records

    Raises
    ------
    MissingFiles
        As `check`; also where the split has no image.
    BadFile, BadSetting
        As the reader and `check`.
    """
    check(name, root, [split])
    found = reader(name).read(root, split)
    if not found:
        raise empty(root, split, found)
    return found


def empty(root: str, split: str, found: 'Records', expected: str = 'images') -> MissingFiles:
    """The error that says that a split has no image, and what was left out.

    Parameters
    ----------
    root, split : str
    found : layout.Records
        Empty.
    expected : str
        What would do instead.

    Returns
    -------
    MissingFiles
    """
    from juntingnet_theano.pictures import folders

    only = f', only {folders.counted(found.left_out.values())}' if found.left_out else ''
    return MissingFiles(
        f'reading the {split} split of {root}',
        'it has no image' + only,
        expected,
        'look at how the archives were unpacked',
    )


def _hint(name, root):
    """How to get the files of a set."""
    if name == 'folder':
        return 'put images there, or name another folder with --raw'
    if name == 'indexed':
        return 'name the folder of the index with --raw'
    if name == 'pysaliency':
        return 'write it with to_hdf5() of pysaliency, or name another folder with --raw'
    name = _DOWNLOADS.get(name, name)
    command = f'juntingnet download {name} --raw {root}'
    return (
        f"{command}\n        or put them there by hand: '{command} --list' says where "
        'they come from'
    )


def with_gaze(
    name: str,
    record: 'Record',
    files: Optional[Sequence[BinaryIO]] = None,
    size: Optional[Tuple[int, int]] = None,
) -> 'Record':
    """A record with all that is known of its fixations.

    Parameters
    ----------
    name : str
    record : Record
    files : list of binary file objects, optional
        The contents of ``record.gaze``; opened here if not given.
    size : (int, int), optional
        (height, width) of the image, for sets that do not state it beside
        the fixations; read from the image's header if not given.

    Returns
    -------
    Record
        With its size, and with the fixations inside the image; unchanged
        where the reader had both already.

    Raises
    ------
    BadFile
        Where a gaze file, or the image's header, is not readable.
    """
    if record.gaze:
        files = files or [_content(path) for path in record.gaze]
        record = reader(name).read_gaze(files, record)
    if record.fixations is None or record.size is not None:
        return record
    from juntingnet_theano.datasets import gaze
    from juntingnet_theano.pictures import images

    size = size or images.image_size(record.image)
    fixations, dropped = gaze.within(record.fixations, size)
    return record._replace(size=size, fixations=fixations, dropped=dropped)


def _content(path):
    with outside.opened(path, 'reading gaze', outside.MEMORY) as file:
        return io.BytesIO(file.read())
