"""What lies in a folder of pictures, maps or gaze, and what is left out.

This module alone decides how folders are walked, which files share a name without
its extension, and that two such files are refused. The readers of data sets and
`stimuli` use it.

>>> import tempfile
>>> from juntingnet_theano.pictures import images
>>> root = tempfile.mkdtemp()
>>> for name in ('IMG_1.CR2', 'IMG_1.JPG', 'notes.txt'):
...     open(os.path.join(root, name), 'w').close()
>>> pictures = Index(root, images.EXTENSIONS)
>>> list(pictures), 'img_1' in pictures, counted(pictures.left_out.values())
(['IMG_1'], True, '1 .cr2, 1 .txt')
"""

import collections
import os
from typing import Callable, Collection, Iterable, Iterator, List, Mapping, Tuple

from juntingnet_theano import names
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside, urls

ANSWERS = 'answers'
"""The folder in which a set keeps the gaze of its testing split apart; its
files have the names of those that may be missing beside it."""
DOING = 'looking for files'


def files(
    folder: str,
    extensions: Collection[str],
    left_out: Callable[[str, str], object],
    passed_over: Callable[[str], bool] = lambda path: False,
) -> Iterator[Tuple[str, str]]:
    """Files below a folder, in the order in which the system lists them.

    Hidden files and folders are skipped, since archives made on a Mac are
    full of them; so are links to folders, which may form a circle.

    Parameters
    ----------
    folder : str
        May be an address (`urls`).
    extensions : collection of str
        In small letters, with their dots.
    left_out : callable
        Told the path and the extension of each file that has another one.
    passed_over : callable
        Path of a folder -> whether to leave it out.

    Yields
    ------
    (str, str)
        Name relative to `folder`, with forward slashes and without extension;
        and path.

    Raises
    ------
    BadFile
        The system refuses to list a folder.
    """
    walk = _of_store if urls.is_url(folder) else _of_disk
    return walk(folder, extensions, left_out, passed_over)


def _of_disk(folder, extensions, left_out, passed_over):
    waiting = [('', folder)]
    while waiting:
        prefix, here = waiting.pop()
        try:
            listing = os.scandir(here)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            outside.entries(here, DOING)  # says why
            raise
        with listing:
            for entry in listing:
                stem, extension = os.path.splitext(entry.name)
                if _is_hidden(entry):
                    continue
                if outside.is_folder(entry):
                    if entry.is_symlink():
                        left_out(entry.path, 'links to folders')
                    elif not passed_over(entry.path):
                        waiting.append((prefix + entry.name + '/', entry.path))
                elif extension.lower() in extensions:
                    yield prefix + stem, entry.path
                else:
                    left_out(entry.path, extension.lower() or 'without extension')


def _of_store(folder, extensions, left_out, passed_over):
    for inner, url in urls.files(folder, DOING):
        stem, extension = os.path.splitext(inner)
        if any(part.startswith('.') for part in inner.split('/')) or passed_over(url):
            continue
        if extension.lower() in extensions:
            yield stem, url
        else:
            left_out(url, extension.lower() or 'without extension')


def counted(kinds: Iterable[str]) -> str:
    """What was left out, as text.

    Parameters
    ----------
    kinds : iterable of str, or collections.Counter

    Returns
    -------
    str
        Empty where nothing was. What was left out most often comes first,
        whatever the order in which the system lists files.

    >>> counted(['.txt', '.heic', '.cr2', '.heic'])
    '2 .heic, 1 .cr2, 1 .txt'
    """
    counts = collections.Counter(kinds).items()
    return ', '.join(
        f'{count:,} {kind}' for kind, count in sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    )


def twins(one: str, other: str) -> BadFile:
    """The error for two files that share one name."""
    return BadFile(
        DOING,
        f'{one} and {other} share a name',
        'names that differ in more than their extension, the case of letters '
        'or the form of accents',
        'rename one of them, or move it elsewhere',
    )


class Index(Mapping[str, str]):
    """Paths of the files below a folder, by name without extension.

    Names that a person takes for the same are the same: see `names.key`.

    Parameters
    ----------
    folder : str
        No file is found where there is none.
    extensions : collection of str
        Those of files that count.
    passed_over : callable
        As in `files`.

    Attributes
    ----------
    folder : str
    left_out : dict of str to str
        Path -> extension of each file that has another one.

    Raises
    ------
    BadFile
        Two files have one name, or the system refuses to list a folder.
    """

    def __init__(
        self,
        folder: str,
        extensions: Collection[str],
        passed_over: Callable[[str], bool] = lambda path: False,
    ) -> None:
        self.folder, self.left_out = folder, {}
        self._found, self._inner = {}, collections.defaultdict(list)
        for name, path in sorted(files(folder, extensions, self.left_out.__setitem__, passed_over)):
            key = names.key(name)
            if key in self._found:
                raise twins(self._found[key][1], path)
            self._found[key] = name, path
            self._inner[key.rpartition('/')[2]].append((key, path))

    def __getitem__(self, name: str) -> str:
        return self._found[names.key(name)][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def place(self, name: str, extension: str) -> str:
        """Path of the file of a name; where there is none, the path where it
        should be, with an extension."""
        return self.get(name, os.path.join(self.folder, name + extension))

    def everywhere(self, name: str) -> List[str]:
        """Paths of the files of one name in all sub-folders."""
        return [path for _, path in self._inner.get(names.key(name), ())]

    def listed(self, name: str, extension: str, elsewhere: Iterable[str] = ()) -> str:
        """Path of the one file that a list means by a plain name.

        Parameters
        ----------
        name, extension : str
            As for `place`.
        elsewhere : collection of str
            Folders whose files belong to other lists.

        Raises
        ------
        BadFile
            There are several, in different sub-folders.
        """
        found = [
            path
            for key, path in self._inner.get(names.key(name), ())
            if not set(key.split('/')[:-1]) & set(elsewhere)
        ]
        if len(found) > 1:
            raise twins(*found[:2])
        return found[0] if found else os.path.join(self.folder, name + extension)


def place(root: str, path: str) -> str:
    """Where a file or folder lies, also if archives were unpacked a level
    deeper than they should be.

    Parameters
    ----------
    root : str
    path : str
        Relative, with forward slashes.

    Returns
    -------
    str
        For each part: the entry of that name, in whatever case of letters; or
        that in the only sub-folder which has one. A folder that holds nothing
        but one of its own name stands for that. Where there is nothing, the
        path where it should be.

    Raises
    ------
    BadFile
        Several could be meant.
    """
    for part in path.strip('/').split('/'):
        found = _named(root, part) or [
            inner
            for entry in _visible(root)
            if outside.is_folder(entry) and entry.name != ANSWERS
            for inner in _named(entry.path, part)
        ]
        if len(found) > 1:
            raise twins(*found[:2])
        root = found[0] if found else os.path.join(root, part)
        while os.path.isdir(root):
            inside = _visible(root)
            if (
                len(inside) != 1
                or not outside.is_folder(inside[0])
                or names.key(inside[0].name) != names.key(part)
            ):
                break
            root = inside[0].path
    return root


def _named(folder, name):
    """Paths of a folder's entries that have a name, in any case."""
    return [entry.path for entry in _visible(folder) if names.key(entry.name) == names.key(name)]


def _visible(folder):
    return [entry for entry in outside.entries(folder, DOING) if not _is_hidden(entry)]


def _is_hidden(entry):
    return entry.name.startswith('.') or entry.name == '__MACOSX'
