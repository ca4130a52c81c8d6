"""A folder of predicted maps: which file is whose, and writing them.

>>> import numpy as np, tempfile
>>> folder = MapFolder(tempfile.mkdtemp())
>>> picture = np.zeros((6, 8, 3), 'uint8')
>>> folder.write('a/b', picture, np.zeros((6, 8)))
>>> os.listdir(os.path.join(folder.path, 'a'))
['b.png']
"""

import contextlib
import os
from typing import Any, ContextManager, Union

import numpy as np

from juntingnet_theano.errors import BadFile, BadSetting, did_you_mean
from juntingnet_theano.files import urls
from juntingnet_theano.pictures.images import read_rgb
from juntingnet_theano.saliency_maps import map_files, map_hdf5, map_zips, striped

OVERLAY_PIXELS = 1 << 23
"""An overlay is for eyes: that of a larger picture is scaled down."""
OVERLAYS = 'overlays'


def opened(path: str, form: str = 'png8', overlays: bool = False) -> ContextManager[Any]:
    """Where maps go, for as long as a block writes them.

    Parameters
    ----------
    path, form, overlays
        As for `MapFolder`; `form` may also be a key of `map_hdf5.FORMS`. A
        `path` that ends in ``.zip`` is one archive.

    Returns
    -------
    context manager
        Of a `MapFolder`, a `map_zips.MapZip` or a `map_hdf5.MapFile`.

    Raises
    ------
    BadSetting
        The form is unknown, or one file is to hold overlays.
    """
    doing = 'choosing a form of map files'
    if form in map_files.FORMS and not map_zips.is_zip(path):
        return contextlib.nullcontext(MapFolder(path, form, overlays))
    if form not in map_hdf5.FORMS and form not in map_files.FORMS:
        known = list(map_files.FORMS) + list(map_hdf5.FORMS)
        raise BadSetting(doing, repr(form), did_you_mean(str(form), known))
    if overlays:
        raise BadSetting(doing, f'overlays with maps in one file, {path}', 'one of the two')
    if form in map_files.FORMS:
        return map_zips.MapZip(path, form)
    return map_hdf5.MapFile(path, form)


class MapFolder:
    """Where the maps of stimuli go.

    Parameters
    ----------
    path : str
        The folder; made when the first map is written.
    form : str
        A key of `map_files.FORMS`.
    overlays : bool
        Also write ``overlays/<name>.jpg``.

    Raises
    ------
    BadSetting
        The form is unknown.
    """

    def __init__(self, path: str, form: str = 'png8', overlays: bool = False) -> None:
        self.path = path
        self._form = form
        self._extension = map_files.extension(form)
        self._overlays = overlays

    def target(self, name: str, image: Union[str, np.ndarray]) -> str:
        """Path of a stimulus' map, safe to write.

        Parameters
        ----------
        name : str
            Relative, without extension; may lead into sub-folders.
        image : str or uint8 array

        Returns
        -------
        str

        Raises
        ------
        BadFile
            The name leaves the folder, or the map would replace the image.
        """
        return _inside(self.path, name, self._extension, image)

    def has(self, name: str, image: Union[str, np.ndarray]) -> bool:
        """Whether all that `write` makes of a stimulus is there.

        Raises
        ------
        BadFile
            As `target`.
        """
        places = [self.target(name, image)]
        if self._overlays:
            places.append(self._overlay(name, image))
        return all(map(urls.exists, places))

    def write(
        self,
        name: str,
        image: Union[str, np.ndarray],
        saliency_map: Union[np.ndarray, striped.Striped],
    ) -> None:
        """Write a map, and its overlay where they are wanted.

        Parameters
        ----------
        name, image
            As in `target`. An image file is read once more for the overlay:
            holding pictures until their maps are there would make memory
            grow with their size.
        saliency_map : float array, H x W, or striped.Striped
            Values in [0, 1].

        Raises
        ------
        BadFile
            As `target`.
        """
        map_files.write(self.target(name, image), saliency_map, self._form)
        if self._overlays:
            picture = (
                image if isinstance(image, np.ndarray) else read_rgb(image, most=OVERLAY_PIXELS)
            )
            map_files.write_overlay(self._overlay(name, image), picture, saliency_map)

    def _overlay(self, name, image):
        return _inside(os.path.join(self.path, OVERLAYS), name, '.jpg', image)


def _inside(folder, name, extension, image):
    parts = os.path.normpath(name).split(os.sep)
    doing = f'predicting {name}'
    if os.path.isabs(name) or parts[0] == os.pardir:
        raise BadFile(doing, 'its name leaves the output folder', 'a name inside ' + folder)
    path = os.path.join(folder, *parts) + extension
    if not isinstance(image, np.ndarray) and _is_same(urls.plain(path), urls.plain(image)):
        raise BadFile(doing, 'its map would replace the image ' + path, 'another output folder')
    return path


def _is_same(path, image):
    if urls.is_url(path):
        return urls.is_inside(path, image)
    return os.path.exists(path) and os.path.exists(image) and os.path.samefile(path, image)
