"""Files of a folder or a ZIP: listed, and read one by one, undecoded.

`predicted_maps` says which of them are maps, and decodes them.

>>> import tempfile
>>> folder = tempfile.mkdtemp()
>>> open(os.path.join(folder, 'a.png'), 'w').close()
>>> Folder(folder).paths
['a.png']
"""

import contextlib
import os
from typing import Any, BinaryIO, ContextManager, Iterable, Iterator

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import outside
from juntingnet_theano.saliency_maps import map_archives, map_names

DOING = 'opening predictions'


class Folder:
    """Files of a folder.

    Parameters
    ----------
    path : str

    Attributes
    ----------
    paths : list of str
        Relative, with forward slashes.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.paths = map_names.of_folder(path, DOING)

    def payloads(self, paths: Iterable[str]) -> Iterator[Any]:
        """What `decode` takes of each file."""
        return (os.path.join(self._path, path) for path in paths)

    def open(self, path: str) -> ContextManager[BinaryIO]:
        """A file, opened."""
        return outside.opened(os.path.join(self._path, path), DOING)


class Archive:
    """Files of a ZIP; parameters and attributes as of `Folder`."""

    def __init__(self, path: str) -> None:
        self._path = path
        with map_archives.opened(path, DOING) as archive:
            # Some programs write Windows' separators.
            self._members = [
                (name.replace('\\', '/'), name)
                for name in archive.namelist()
                if map_names.is_seen(name)
            ]
        self.paths = [name for name, _ in self._members]

    def payloads(self, paths: Iterable[str]) -> Iterator[Any]:
        """What `decode` takes of each file."""
        members = dict(self._members)
        with map_archives.opened(self._path, DOING) as archive:
            for path in paths:
                try:
                    payload = path, map_archives.content(archive, members[path], DOING)
                except BadFile as error:
                    payload = error
                yield payload

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[Any]:
        """A file, opened."""
        member = dict(self._members)[path]
        with map_archives.opened(self._path, DOING) as archive, map_archives.part(
            archive, member, DOING
        ) as file:
            yield file
