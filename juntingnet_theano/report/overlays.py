"""Overlays: a map as heat on its picture, or beside it.

>>> picture, saliency_map = np.zeros((6, 8, 3), 'uint8'), np.eye(6, 8)
>>> overlay(picture, saliency_map).size
(8, 6)
>>> figure(picture, saliency_map).axes[1].get_title()
'Prediction'
"""

from typing import Any, Optional

import numpy as np
from PIL import Image

from juntingnet_theano.errors import BadFile, BadSetting
from juntingnet_theano.pictures import carriers
from juntingnet_theano.report import plots
from juntingnet_theano.saliency_maps import map_files
from juntingnet_theano.saliency_maps.map_files import INFERNO

TITLES = ('Picture', 'Prediction', 'Overlay')


def overlay(
    picture: Any, saliency_map: np.ndarray, opacity: float = 0.5, colours: str = INFERNO
) -> Image.Image:
    """A picture, in colours where it is salient.

    Parameters
    ----------
    picture : str, path, bytes, file object, PIL.Image.Image or array
        Whatever `models.Model.predict` takes.
    saliency_map : float array
        H x W; stretched to its own range, and resized to the picture where
        its size differs.
    opacity : float
        Of the colours at the map's maximum, in [0, 1]; a third of it at its
        minimum.
    colours : str
        Name of one of matplotlib's colour maps.

    Returns
    -------
    PIL.Image.Image
        RGB, of the picture's size. Notebooks show it; `save` writes it, and
        `numpy.asarray` gives its pixels.

    Raises
    ------
    BadFile
        What is no picture, or no map.
    BadSetting
        An opacity out of range, or unknown colours.
    """
    if not 0 <= opacity <= 1:
        raise BadSetting('drawing an overlay', f'opacity={opacity!r}', 'a number from 0 to 1')
    return Image.fromarray(
        map_files.overlay(carriers.rgb(picture), _checked(saliency_map), opacity, colours)
    )


def figure(
    picture: Any, saliency_map: Any, path: Optional[str] = None, colours: str = INFERNO
) -> Any:
    """Pictures, each beside its map and its overlay.

    Parameters
    ----------
    picture, saliency_map
        As for `overlay`; or as many pictures as maps, in lists: a row each.
    path : str, optional
        PNG file to write besides.
    colours : str
        As for `overlay`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    BadFile, BadSetting
        As `overlay`; also where there are not as many maps as pictures.
    """
    if carriers.is_one(picture):
        picture, saliency_map = [picture], [saliency_map]
    picture, saliency_map = list(picture), list(saliency_map)
    if not picture or len(picture) != len(saliency_map):
        raise BadSetting(
            'drawing a figure',
            f'{len(picture)} pictures and {len(saliency_map)} maps',
            'a map for each picture',
        )
    rows = [
        (each, values, np.asarray(overlay(each, values, colours=colours)))
        for each, values in zip(map(carriers.rgb, picture), map(_checked, saliency_map))
    ]
    if path is not None:
        plots.draw_side_by_side(rows, TITLES, path)
    return plots.draw_grid(rows, TITLES)


def _checked(saliency_map):
    values = np.asarray(saliency_map)
    if (
        values.dtype.kind not in 'buif'
        or values.ndim != 2
        or (not values.size or not np.isfinite(values).all())
    ):
        raise BadFile(
            'reading a map', carriers.described(saliency_map), 'an array H x W of finite numbers'
        )
    return values.astype('float32')
