"""Data sets: one reader a set, all of them speaking of `records.Record`.

The raw end of the data flow. A reader is a module of this folder with

``SPLITS``
    the splits that the set may have;
``splits(root)``
    those of them that are there, or that should be;
``required(root, splits)``
    list of `layout.Required`: what must lie where, and how large it is;
``read(root, split)``
    list of records, without opening an image;
``sources(root, split)``
    the list files that `read` opens, for a cache's fingerprint;
``read_gaze(file, record)``
    only in sets with one gaze file an image.

Nothing heavy is imported before a reader is asked for.

>>> names()
['isun', 'salicon', 'salicon-2015', 'salicon-api', 'sample']
>>> reader('isun').SPLITS
('training', 'validation', 'testing')
"""
import importlib
import io

from juntingnet_theano import registry
from juntingnet_theano.datasets import layout
from juntingnet_theano.errors import BadFile, BadSetting, did_you_mean

_MODULES = {
    'isun': 'isun',
    'salicon': 'salicon',
    'salicon-2015': 'salicon',
    'salicon-api': 'salicon_api',
    'sample': 'sample',
}
# Where the name alone does not say which edition to fetch: JuntingNet's.
_DOWNLOADS = {'salicon': 'salicon-2015'}


def names():
    """Names of all data sets, as the command line spells them."""
    return sorted(_MODULES)


def reader(name):
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
        raise BadSetting('choosing a data set', repr(name),
                         did_you_mean(name, _MODULES))
    return importlib.import_module(
        'juntingnet_theano.datasets.' + _MODULES[name])


def check(name, root, splits=None):
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
    module = reader(name)
    splits = tuple(splits or module.splits(root))
    for split in splits:
        if split not in module.SPLITS:
            raise BadSetting('choosing splits of ' + name, repr(split),
                             did_you_mean(split, module.SPLITS))
    layout.check(name, root, module.required(root, splits),
                 _hint(name, root))


def _hint(name, root):
    """How to come by the files of a set."""
    name = _DOWNLOADS.get(name, name)
    command = 'juntingnet download {} --raw {}'.format(name, root)
    return ("{0}\n        or put them there by hand: '{0} --list' says where "
            'they come from'.format(command))


def with_gaze(name, record, file=None):
    """A record with its size and fixations, where they lie in its own file.

    Parameters
    ----------
    name : str
    record : Record
    file : binary file object, optional
        The content of ``record.gaze``; opened here if not given.

    Returns
    -------
    Record
        Unchanged where the reader had them already.

    Raises
    ------
    BadFile
        Where the gaze file is not readable.
    """
    if record.gaze is None:
        return record
    if file is None:
        try:
            with open(record.gaze, 'rb') as opened:
                file = io.BytesIO(opened.read())
        except OSError as error:
            raise BadFile('reading gaze', '{}: {}'.format(
                record.gaze, error.strerror or error))
    return reader(name).read_gaze(file, record)
