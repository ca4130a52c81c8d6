"""Stimuli to predict: files, folders or the records of a data set's split.

Everything is an iterator, so that a folder of a million images takes no more
memory than one of a thousand. `prediction` stands above.

>>> import os, tempfile
>>> folder = tempfile.mkdtemp()
>>> open(os.path.join(folder, 'a.jpg'), 'w').close()
>>> [stimulus.name for stimulus in from_paths([folder])]
['a']
"""
import os
from typing import Any, NamedTuple

from juntingnet_theano.errors import BadSetting, MissingFiles
from juntingnet_theano.images import EXTENSIONS

DOING = 'looking for images'


class Stimulus(NamedTuple):
    """One picture to predict.

    Attributes
    ----------
    name : str
        Name of its map within the output folder: relative, with forward
        slashes, without extension.
    image : str or uint8 array, H x W x 3
        The file, or the picture itself.
    """

    name: str
    image: Any


def from_records(records):
    """Stimuli of a data set's records, in their order.

    Parameters
    ----------
    records : iterable of records.Record

    Yields
    ------
    Stimulus
    """
    for record in records:
        yield Stimulus(record.name, record.image)


def from_paths(paths, out=None):
    """Stimuli of image files and of folders, which are walked all through.

    A single folder's images are named by their path within it, so that its
    sub-folders come again in the output. Of several folders, each puts its
    own name in front. In a folder, the extension tells what is an image; a
    file that is named outright is read whatever it is called. Hidden files
    and folders, and links to folders inside a folder, are passed over.

    Parameters
    ----------
    paths : sequence of str
        Files and folders.
    out : str, optional
        The output folder, which is passed over where it lies in a folder.

    Returns
    -------
    iterator of Stimulus
        In the order in which the file system lists them: sorting would have
        to hold all names.

    Raises
    ------
    MissingFiles
        A path does not exist (at once), or a folder holds no image (when it
        has been walked).
    BadSetting
        Two inputs would get one name (at once; for ``x.jpg`` beside
        ``x.png`` in a folder, when they are met), or an input folder lies in
        the output folder.
    """
    missing = [path for path in paths if not os.path.exists(path)]
    if missing:
        raise MissingFiles(DOING, 'there is no ' + ', '.join(missing[:10]),
                           'image files or folders')
    _check_names(paths)
    for path in filter(os.path.isdir, paths):
        if out is not None and _inside(path, out):
            raise BadSetting(DOING, 'the images in {} lie in the output '
                             'folder {}'.format(path, out),
                             'an output folder of its own')
    return _from_paths(paths, out)


def _from_paths(paths, out):
    for path in paths:
        if not os.path.isdir(path):
            yield Stimulus(_stem(path), path)
            continue
        prefix = '' if len(paths) == 1 else _stem(path) + '/'
        empty = True
        for stimulus in _walk(path, prefix, out):
            empty = False
            yield stimulus
        if empty:
            raise MissingFiles(DOING, 'there is no image in ' + path,
                               'files that end in ' + ' '.join(EXTENSIONS))


def _stem(path):
    """Base name; a file's extension is left out."""
    name = os.path.basename(os.path.abspath(path))
    return name if os.path.isdir(path) else os.path.splitext(name)[0]


def _check_names(paths):
    seen = {}
    for path in paths:
        name = _stem(path)
        if name in seen:
            raise BadSetting(
                DOING, "{} and {} would both be written as '{}'".format(
                    seen[name], path, name), 'names that differ',
                'predict them one after the other, into two folders')
        seen[name] = path


def _inside(path, folder):
    """Is `path` the folder, or somewhere in it?"""
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return path == folder or path.startswith(os.path.join(folder, ''))


def _walk(folder, prefix, out):
    """Stimuli of a folder, entry by entry; sub-folders where they come."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith('.'):
                continue
            if entry.is_dir(follow_symlinks=False):
                if out is None or not _inside(entry.path, out):
                    for stimulus in _walk(entry.path,
                                          prefix + entry.name + '/', out):
                        yield stimulus
                continue
            stem, extension = os.path.splitext(entry.name)
            if extension.lower() in EXTENSIONS:
                _check_twin(entry.path)
                yield Stimulus(prefix + stem, entry.path)


def _check_twin(path):
    """Two images of one folder that differ in their extension only.

    Looked for on the disk, image by image, because a set of all names would
    grow with their number.
    """
    stem, own = os.path.splitext(path)
    for extension in EXTENSIONS:
        for twin in (stem + extension, stem + extension.upper()):
            if (twin != path and os.path.exists(twin)
                    and not os.path.samefile(twin, path)):
                raise BadSetting(
                    DOING, '{} and {} would be written under one name'.format(
                        path, os.path.basename(twin)),
                    'names that differ in more than their extension')
