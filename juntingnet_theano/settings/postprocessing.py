"""How the network's maps are finished: the settings of post-processing.

They travel with weights as JSON; `prediction.postprocessing` follows them.

>>> PostProcessing.from_json(PostProcessing(sigma=2.).to_json()).sigma
2.0
"""

import json
from typing import NamedTuple

from juntingnet_theano.errors import BadSetting, did_you_mean

SIGMA = 3.0
"""Deviation of the last Gaussian filter, in pixels of the array that it is
applied to (section 3.1, step 7)."""

LARGEST_SIGMA, LARGEST_POWER = 100, 10

ORDERS = ('paper', 'released')
SCALES = ('clip', 'stretch')
VIEWS = (1, 2, 12)
"""The picture; and mirrored; and five parts of it, as they are and mirrored
(`prediction.views`)."""


class PostProcessing(NamedTuple):
    """How the network's maps are finished; may travel with its weights.

    Attributes
    ----------
    order : {'paper', 'released'}
        ``'paper'``: resize, then a Gaussian in pixels of the stimulus
        (section 3.1, step 7). ``'released'``: the Gaussian on the 48 x 48
        grid, then resize, then stretch, as the authors' published code did
        (its prediction.py); much smoother.
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
        `VIEWS`.
    """

    order: str = 'paper'
    scale: str = 'clip'
    sigma: float = SIGMA
    power: float = 1.0
    views: int = 1

    def to_json(self) -> str:
        """The fields as JSON, as weights carry them."""
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text: str) -> 'PostProcessing':
        """Fields of a JSON object; what it lacks has the default.

        Raises
        ------
        BadSetting
            For values that `check` refuses.
        ValueError, TypeError
            Where `text` is no such object.
        """
        return cls(**json.loads(text)).check()

    def check(self) -> 'PostProcessing':
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
                raise BadSetting(doing, repr(value), did_you_mean(str(value), known))
        for name, largest in (('sigma', LARGEST_SIGMA), ('power', LARGEST_POWER)):
            value = getattr(self, name)
            if not 0 < value <= largest:
                raise BadSetting(doing, f'{name} {value!r}', f'above 0, up to {largest}')
        if self.views not in VIEWS:
            raise BadSetting(
                doing, f'views {self.views!r}', 'one of: ' + ', '.join(map(str, VIEWS))
            )
        return self
