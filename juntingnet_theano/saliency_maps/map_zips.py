"""Maps of many pictures in one ZIP: the files that `MapFolder` would write.

`MapZip` takes the place of `MapFolder`; `map_archives` reads what it wrote.

>>> import tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'maps.zip')
>>> with MapZip(path, 'npy') as file:
...     file.write('a/b', 'pictures/a/b.jpg', np.eye(2))
>>> zipfile.ZipFile(path).namelist()
['a/b.npy']
"""

import contextlib
import io
import os
import threading
import zipfile
from typing import Any, Dict, Union

import numpy as np

from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.saliency_maps import map_files, map_hdf5, striped

EXTENSION = '.zip'


class MapZip:
    """One archive for the maps of all stimuli; it has its name when all are in.

    Members are stored: a PNG is packed already. They have no date, so that
    equal maps make equal members.

    Parameters
    ----------
    path : str
    form : str
        A key of `map_files.FORMS`.

    Raises
    ------
    BadSetting
        The form is unknown.
    CannotWrite
        As `atomic_path`.
    """

    def __init__(self, path: str, form: str = 'png8') -> None:
        self.path = path
        self._form, self._extension = form, map_files.extension(form)
        self._stack, self._writing = contextlib.ExitStack(), threading.Lock()

    def __enter__(self) -> 'MapZip':
        with contextlib.ExitStack() as stack:
            part = stack.enter_context(atomic_path(self.path))
            self._archive = stack.enter_context(zipfile.ZipFile(part, 'w'))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: Any) -> Any:
        return self._stack.__exit__(*exception)

    def __getstate__(self) -> Dict[str, Any]:
        # Worker processes ask for names and write nothing.
        return {'path': self.path, '_extension': self._extension}

    def target(self, name: str, image: Union[str, np.ndarray]) -> str:
        """Name of a stimulus' member.

        Raises
        ------
        BadFile
            For a name that would lead elsewhere when it is unpacked.
        """
        return map_hdf5.member(name, self._extension)

    def write(
        self,
        name: str,
        image: Union[str, np.ndarray],
        saliency_map: Union[np.ndarray, striped.Striped],
    ) -> None:
        """Write a map; from any thread.

        Parameters
        ----------
        name, image
            As in `target`.
        saliency_map : float array, H x W, or striped.Striped
        """
        encoded = io.BytesIO()
        map_files.encode(encoded, saliency_map, self._form)
        with self._writing:
            self._archive.writestr(zipfile.ZipInfo(self.target(name, image)), encoded.getvalue())


def is_zip(path: str) -> bool:
    """Whether a name is that of an archive."""
    return os.path.splitext(path)[1].lower() == EXTENSION
