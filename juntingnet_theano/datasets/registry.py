"""What is known of each data set: files, hashes, licence, counts.

The facts are kept in one place, ``registry.toml`` beside this module.
`downloading` fetches what it lists, readers take counts and sizes from it, and a
test compares ``data/README.rst`` with it.

>>> entry('isun').images['training']
6000
>>> [file.name for file in entry('toronto').files]
['eyetrackingdata.zip']
"""

import functools
import os
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from juntingnet_theano.errors import BadSetting, did_you_mean

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'registry.toml')
DRIVE = 'gdrive:'
_DRIVE_PAGE = 'https://drive.google.com/file/d/{}/view'


class File(NamedTuple):
    """One file of a data set, as its host has it.

    Attributes
    ----------
    name : str
        Its name in the folder of the set.
    urls : tuple of str
        In order of preference; ``gdrive:ID`` for Google Drive.
    content : str
        What is in it.
    gives : tuple of str
        Paths in the folder of the set that are there once it is fetched and
        unpacked; folders end with a slash.
    hash : str or None
        ``md5:...`` or ``sha256:...``; None where none is known.
    bytes : int or None
        Its size, about; None where it is not known.
    unpack : str or None
        Folder, relative to that of the set, to unpack it into; None for a
        file that is no archive.
    place : str
        Folder, relative to that of the set, to save it in.
    """

    name: str
    urls: Tuple[str, ...]
    content: str
    gives: Tuple[str, ...]
    hash: Optional[str] = None
    bytes: Optional[int] = None
    unpack: Optional[str] = None
    place: str = ''

    @property
    def size(self) -> str:
        """Its size in words."""
        if self.bytes is None:
            return 'size unknown'
        if self.bytes < 10**9:
            return f'{self.bytes // 10**6} MB'
        return f'{self.bytes / 1e9:.1f} GB'

    @property
    def about(self) -> str:
        """What is in it, its size and its hash."""
        return f'{self.content}; {self.size}; {self.hash or "hash unknown"}'

    @property
    def pages(self) -> Tuple[str, ...]:
        """Its addresses as a browser takes them."""
        return tuple(
            _DRIVE_PAGE.format(url[len(DRIVE) :]) if url.startswith(DRIVE) else url
            for url in self.urls
        )


class Mirror(NamedTuple):
    """Another host: its `url`, and what it is good for (`use`)."""

    url: str
    use: str


class Entry(NamedTuple):
    """One data set, in one edition.

    Attributes
    ----------
    name, title : str
        As `datasets` has it too, and in words.
    gaze, host, licence, citation, note : str
        In words; "unknown" where it is.
    images : dict of str to int
        Split -> images.
    files : tuple of File
    mirrors : tuple of Mirror
    dead : bool
        Whether the host no longer exists.
    """

    name: str
    title: str
    gaze: str
    host: str
    licence: str
    citation: str
    note: str
    images: Dict[str, int]
    files: Tuple[File, ...] = ()
    mirrors: Tuple[Mirror, ...] = ()
    dead: bool = False


def names() -> List[str]:
    """Names of all data sets in the registry, sorted."""
    return sorted(_tables())


def entry(name: str) -> Entry:
    """What is known of a data set.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Entry

    Raises
    ------
    BadSetting
        For an unknown name, with the nearest known one.
    """
    tables = _tables()
    if name not in tables:
        raise BadSetting('choosing a data set', repr(name), did_you_mean(name, tables))
    table = dict(tables[name])
    for key, kind in (('files', _file), ('mirrors', lambda row: Mirror(**row))):
        table[key] = tuple(kind(row) for row in table.get(key, ()))
    return Entry(name=name, **table)


@functools.lru_cache(None)
def _tables():
    with open(PATH, 'rb') as file:
        return tomllib.load(file)


def _file(row):
    values: Dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    return File(**values)
