"""What lies where in a folder of raw files, and what is missing.

>>> Required('training.mat', 'list', '2 MB').path
'training.mat'
"""
import os
from typing import NamedTuple

from juntingnet_theano.errors import BadFile, MissingFiles


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


def check(name, root, required, hint):
    """Raise `MissingFiles` with every one of `required` that is not there,
    and a hint at what to type next."""
    missing = [item for item in required if not _is_there(root, item.path)]
    if not missing:
        return
    lines = ['{}  ({}; {})'.format(os.path.join(root, item.path),
                                   item.content, item.size)
             for item in missing]
    raise MissingFiles(
        'looking for the data set {} in {}'.format(name, root),
        '{} of {} files or folders are missing'.format(
            len(missing), len(required)),
        '\n    '.join([''] + lines).lstrip(' '), hint)


def by_stem(*folders):
    """Index the files of folders by their name without extension.

    Returns
    -------
    dict of str to str
        Stem -> path; an earlier folder wins. Hidden files, which archives
        made on a Mac are full of, and folders are left out.
    """
    found = {}
    for folder in folders:
        for entry in _entries(folder):
            stem, extension = os.path.splitext(entry.name)
            if extension and not entry.name.startswith('.'):
                found.setdefault(stem, entry.path)
    return found


def no_lists(root, split):
    """The `sources` of a set whose folders say what belongs to a split."""
    return []


def safe_name(name, path):
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
    if extension.lower() in ('.jpg', '.jpeg', '.png'):
        name = stem
    if (not name or name in ('.', '..') or name != name.strip()
            or any(mark in name for mark in '/\\\0')):
        raise BadFile('reading a list of images',
                      '{}: {!r} as the name of an image'.format(path, name),
                      'a plain file name')
    return name


def _is_there(root, path):
    full = os.path.join(root, path)
    if path.endswith('/'):
        return any(True for _ in _entries(full))
    return os.path.isfile(full)


def _entries(folder):
    """Directory entries in the order of their names; none if no folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
