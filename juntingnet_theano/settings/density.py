"""How a map becomes a density: a few fitted numbers, in a TOML beside weights.

``weights.hdf5`` has them in ``weights.density.toml``; `prediction.densities`
fits and follows them.

>>> beside('runs/isun/weights-best.hdf5')
'runs/isun/weights-best.density.toml'
>>> Density(power=2.0).check().power
2.0
"""

import os
import sys
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.files import outside

_DOING = 'reading the numbers of a density'


class Density(NamedTuple):
    """``log p = power * log(map + floor) + centre * log(c) + constant``.

    c is a Gaussian around the place that people look at first, whatever the
    picture shows, with a uniform part.

    Attributes
    ----------
    power, floor : float
        Of the map, above 0.
    centre : float
        Weight of the centre.
    x, y : float
        Its middle, as shares of width and height.
    sigma_x, sigma_y : float
        Its deviations, likewise.
    uniform : float
        Share of the uniform part, in (0, 1).
    """

    power: float = 1.0
    floor: float = 0.1
    centre: float = 0.0
    x: float = 0.5
    y: float = 0.5
    sigma_x: float = 0.25
    sigma_y: float = 0.25
    uniform: float = 0.1

    def check(self) -> 'Density':
        """Itself; ValueError for numbers that make no density."""
        for name, value in self._asdict().items():
            positive = name in ('power', 'floor', 'sigma_x', 'sigma_y', 'uniform')
            low = 1e-9 if positive else -10.0
            if type(value) not in (int, float) or not low <= value <= 100:
                raise ValueError(f'{name} = {value!r}; expected a number from {low:g} to 100')
        if self.uniform >= 1:
            raise ValueError(f'uniform = {self.uniform!r}; expected less than 1')
        return self


def beside(path: str) -> str:
    """Where the numbers of a weights file lie."""
    return os.path.splitext(path)[0] + '.density.toml'


def read(path: str) -> Density:
    """The `Density` of a weights file.

    Parameters
    ----------
    path : str
        Of the weights.

    Raises
    ------
    MissingFiles
        None was fitted yet.
    BadFile
        The file holds something else.
    """
    place = beside(path)
    if not os.path.lexists(place):
        raise MissingFiles(
            _DOING,
            f'there is no {place}',
            'numbers that were fitted on images with gaze',
            f'juntingnet weights density {path} --dataset isun --split validation',
        )
    try:
        return Density(**tomllib.loads(outside.text(place, _DOING))).check()
    except (ValueError, TypeError) as error:
        raise BadFile(
            _DOING, f'{place}: {error}', 'lines such as power = 1.0: ' + ', '.join(Density._fields)
        ) from None
