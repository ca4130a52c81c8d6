"""Stimuli to predict: files, folders or the records of a data set's split.

Folders are streams: there is no list of their images, however many there are.
`prediction` calls it.

>>> import os, tempfile
>>> folder = tempfile.mkdtemp()
>>> open(os.path.join(folder, 'a.jpg'), 'w').close()
>>> [stimulus.name for stimulus in from_paths([folder])]
['a']
"""

import collections
import os
from typing import Any, Iterable, Iterator, NamedTuple, Optional, Sequence

from juntingnet_theano import names
from juntingnet_theano.errors import BadSetting, MissingFile, MissingFiles
from juntingnet_theano.files import urls
from juntingnet_theano.pictures import folders, twins
from juntingnet_theano.pictures.images import EXTENSIONS

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


def from_records(records: Iterable[Any]) -> Iterator[Stimulus]:
    """Stimuli of a data set's records, in their order.

    Parameters
    ----------
    records : iterable of records.Record

    Yields
    ------
    Stimulus

    Raises
    ------
    MissingFiles
        There is no record.
    """
    empty = True
    for record in records:
        empty = False
        yield Stimulus(record.name, record.image)
    if empty:
        raise MissingFiles(DOING, 'the split has no image')


def from_paths(paths: Sequence[str], out: Optional[str] = None) -> 'Paths':
    """Stimuli of image files and of folders; see `Paths`."""
    return Paths(paths, out)


class Paths:
    """Stimuli of image files and of folders, which are walked all through.

    The images of a single folder are named by their path within it, so that
    the output has the same sub-folders. With several folders, each puts its
    own name in front. In a folder, the extension tells what is an image; a
    file given by name is read whatever its extension. Hidden files and
    folders, and links to folders inside a folder, are skipped.

    Stimuli come in the order in which the file system lists them: sorting
    would have to hold all names.

    Parameters
    ----------
    paths : sequence of str
        Files and folders, or their addresses (`urls`).
    out : str, optional
        The output folder, which is passed over where it lies in a folder.

    Attributes
    ----------
    count : int
        Images.
    left_out : collections.Counter
        Extension -> files of the folders that are no images.

    Raises
    ------
    MissingFiles
        A path does not exist, or a folder holds no image.
    BadFile
        A folder cannot be listed.
    BadSetting
        Two images would get one name, in whatever case of letters or form of
        accents, or an input folder lies in the output folder.
    """

    def __init__(self, paths: Sequence[str], out: Optional[str] = None) -> None:
        self._paths, self._out = paths, out
        self.left_out = collections.Counter()
        missing = [path for path in paths if not _is_there(path)]
        if missing:
            raise MissingFile(
                DOING, 'there is no ' + ', '.join(missing[:10]), 'image files or folders'
            )
        for path in filter(urls.is_folder, paths):
            if out is not None and _inside(path, out):
                raise BadSetting(
                    DOING,
                    f'the images in {path} lie in the output folder {out}',
                    'an output folder of its own',
                )
        self._check_names()

    def __iter__(self) -> Iterator[Stimulus]:
        for path in self._paths:
            yield from self._of(path, collections.Counter())

    def _check_names(self):
        """Refuse twins; only a hash of each name is kept."""
        keys = twins.Keys()
        for path in self._paths:
            before, left_out = keys.count, collections.Counter()
            for name, _ in self._of(path, left_out):
                keys.add(names.key(name))
            self.left_out += left_out
            if keys.count == before:
                only = ', only ' + folders.counted(left_out)
                raise MissingFiles(
                    DOING,
                    'there is no image in {}{}'.format(path, only if left_out else ''),
                    'files that end in ' + ' '.join(EXTENSIONS),
                )
        self.count = keys.count
        doubtful = keys.doubtful()
        seen = {}
        for stimulus in self if doubtful else ():
            key = names.key(stimulus.name)
            if hash(key) in doubtful:
                other = seen.setdefault(key, stimulus)
                if other is not stimulus:
                    raise BadSetting(
                        DOING,
                        f'{other.image} and {stimulus.image} '
                        f"would both be written as '{stimulus.name}'",
                        'names that differ in more than their extension, the '
                        'case of letters or the form of accents',
                        'predict them one after the other, into two folders',
                    )

    def _of(self, path, left_out):
        """Stimuli of one path."""
        name = os.path.basename(path.rstrip('/') if urls.is_url(path) else os.path.abspath(path))
        if not urls.is_folder(path):
            yield Stimulus(os.path.splitext(name)[0], path)
            return

        def count(_, kind):
            left_out[kind] += 1

        prefix = '' if len(self._paths) == 1 else name + '/'
        for inner, image in folders.files(path, EXTENSIONS, count, self._is_out):
            yield Stimulus(prefix + inner, image)

    def _is_out(self, folder):
        return self._out is not None and _inside(folder, self._out)


def _is_there(path):
    return urls.exists(path) if urls.is_url(path) else os.path.lexists(path)


def _inside(path, folder):
    """Is `path` the folder, or somewhere in it?"""
    path, folder = urls.plain(path), urls.plain(folder)
    if urls.is_url(path) or urls.is_url(folder):
        return urls.is_inside(path, folder)
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return path == folder or path.startswith(os.path.join(folder, ''))
