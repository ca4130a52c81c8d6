"""Small pictures in a terminal, for a first look.

>>> import io
>>> render([[1., 1., 0., 0.]] * 4, io.StringIO(), 4)
['@@  ', '@@  ']
"""

from typing import Any, List

import numpy as np

from juntingnet_theano.saliency_maps import maps

SHADES = ' ░▒▓█'
LETTERS = ' .:-=+*#%@'


def render(values: np.ndarray, file: Any, width: int = 48) -> List[str]:
    """A map as lines of text, about as high as it would be on a screen.

    Parameters
    ----------
    values : float array
        H x W, in [0, 1].
    file : text file object
        Where it will be written: shaded blocks where its encoding has them,
        letters elsewhere.
    width : int
        Letters in a line.

    Returns
    -------
    list of str
    """
    values = np.asarray(values, 'float32')
    # A letter is twice as high as wide.
    height = max(1, round(width * values.shape[0] / values.shape[1] / 2))
    small = np.clip(maps.resize(values, (height, width)), 0, 1)
    signs = SHADES if _takes(file, SHADES) else LETTERS
    steps = np.rint(small * (len(signs) - 1)).astype(int)
    return [''.join(signs[step] for step in line) for line in steps]


def _takes(file, signs):
    try:
        signs.encode(getattr(file, 'encoding', None) or 'ascii')
    except (LookupError, UnicodeEncodeError):
        return False
    return True
