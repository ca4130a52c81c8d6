"""From the network's 48 x 48 grid to a map of the stimulus' size.

The only file that knows both sizes; `prediction` stands above, `enlarging`
does the arithmetic.

>>> import numpy as np
>>> round(float(postprocess(np.full((48, 48), .5), (60, 80))[30, 40]), 6)
0.5
"""
import json
from typing import NamedTuple

import numpy as np

from juntingnet_theano.enlarging import enlarge
from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.saliency_maps import blur, resize, stretch
from juntingnet_theano.views import COUNTS

SIGMA = 3.0
"""Deviation of the last Gaussian filter, in pixels of the array that it is
applied to (section 3.1, step 7)."""

LARGEST_SIGMA, LARGEST_POWER = 100, 10

ORDERS = ('paper', 'released')
SCALES = ('clip', 'stretch')


class PostProcessing(NamedTuple):
    """How the network's maps are finished; may travel with its weights.

    Attributes
    ----------
    order : {'paper', 'released'}
        ``'paper'``: resize, then a Gaussian in pixels of the stimulus
        (section 3.1, step 7). ``'released'``: the Gaussian on the 48 x 48
        grid, then resize, then stretch, as the authors' published code did
        (protocol F.3); much smoother.
    scale : {'clip', 'stretch'}
        The network's output is a regression and may leave [0, 1].
        ``'clip'`` cuts what does, and keeps the values as they were learnt;
        ``'stretch'`` maps each map's own minimum and maximum to 0 and 1,
        which uses all greys of an 8-bit file, and is the only way where
        values were not learnt (`losses.correlation`). Released
        post-processing always stretches.
    sigma : float
        Deviation of the Gaussian in pixels of what it is applied to, above
        0.
    power : float
        What values in [0, 1] are raised to in the end, above 0. Not in the
        paper: a power above 1 darkens what is half salient, and the metrics
        that only ask for the order do not see it.
    views : int
        How many views of a picture are averaged before, one of
        `views.COUNTS`.
    """

    order: str = 'paper'
    scale: str = 'clip'
    sigma: float = SIGMA
    power: float = 1.
    views: int = 1

    def to_json(self):
        """The fields as JSON, as weights carry them."""
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text):
        """Fields of a JSON object; what it lacks has the default.

        Raises
        ------
        BadSetting
            For values that `check` refuses.
        ValueError, TypeError
            Where `text` is no such object.
        """
        return cls(**json.loads(text)).check()

    def check(self):
        """Refuse what `postprocess` does not know, before long work begins.

        Returns
        -------
        PostProcessing
            Itself.

        Raises
        ------
        BadSetting
            With the nearest of `ORDERS` or `SCALES`.
        """
        doing = 'post-processing maps'
        for value, known in ((self.order, ORDERS), (self.scale, SCALES)):
            if value not in known:
                raise BadSetting(doing, repr(value),
                                 did_you_mean(str(value), known))
        for name, largest in (('sigma', LARGEST_SIGMA),
                              ('power', LARGEST_POWER)):
            value = getattr(self, name)
            if not 0 < value <= largest:
                raise BadSetting(doing, '{} {!r}'.format(name, value),
                                 'above 0, up to {}'.format(largest))
        if self.views not in COUNTS:
            raise BadSetting(doing, 'views {!r}'.format(self.views),
                             'one of: ' + ', '.join(map(str, COUNTS)))
        return self


def postprocess(grid, size, how=PostProcessing()):
    """Bring the network's map to the stimulus' size.

    Parameters
    ----------
    grid : float32 array, 48 x 48
        The network's output, or what `views.merged` made of it.
    size : (int, int)
        Height and width of the stimulus in pixels.
    how : PostProcessing

    Returns
    -------
    float32 array, H x W
        In [0, 1].

    Raises
    ------
    BadSetting
        As `PostProcessing.check`.
    """
    how.check()
    if how.order == 'released':
        full = stretch(resize(blur(grid, how.sigma), size))
    else:
        full = enlarge(grid, size, how.sigma)
        full = (stretch(full) if how.scale == 'stretch'
                else np.clip(full, 0, 1, full))
    return full if how.power == 1 else _raised(full, how.power)


def _raised(values, power):
    """Values from 0 to 1 to a power, in their place and in a third of the
    time that NumPy's own takes for float32."""
    with np.errstate(divide='ignore'):      # 0 goes by minus infinity to 0
        np.log(values, values)
    values *= np.float32(power)
    return np.exp(values, values)
