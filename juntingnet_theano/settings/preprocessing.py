"""The settings that shape a cache's pixels; they travel inside the cache.

>>> PreprocessingSettings(fit='crop').to_json()
'{"fit": "crop", "image_size": 96, "map_sigma": 0.0, "map_size": 48, ...}'
>>> PreprocessingSettings.from_json('{"fit": "crop"}').fit
'crop'
"""

import json
from typing import NamedTuple

from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.names import described

IMAGE_SIZE = 96
"""Side of the network's input in pixels (section 3.1, step 1)."""
MAP_SIZE = 48
"""Side of its output: 2304 units (section 3.1, steps 6 and 7)."""
FITS = ('squash', 'crop')
_CHOICES = {'fit': FITS, 'resampling': ('lanczos', 'bicubic', 'bilinear', 'box')}
_LARGEST = 1024  # a cache holds thumbnails; 0 or millions are typing errors


class PreprocessingSettings(NamedTuple):
    """How images and maps become arrays of one size.

    Attributes
    ----------
    image_size : int
        Side of the square images in pixels (section 3.1: 96).
    map_size : int
        Side of the square maps (section 3.1: 48).
    fit : 'squash' or 'crop'
        How images become square. Maps are always squashed: with 'crop', the
        authors' way, the two do not cover the same part of the scene.
    resampling : str
        Filter for images: 'lanczos' (the authors'), 'bicubic', 'bilinear' or
        'box'.
    map_sigma : float
        Gaussian, in pixels of the image, for maps that are made from
        fixations because none are shipped; 0 takes the data set's own.
    """

    image_size: int = IMAGE_SIZE
    map_size: int = MAP_SIZE
    fit: str = 'squash'
    resampling: str = 'lanczos'
    map_sigma: float = 0.0

    def to_json(self) -> str:
        """The settings as JSON with sorted keys."""
        return json.dumps(self._asdict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> 'PreprocessingSettings':
        """Settings of a JSON object; what it lacks has the default.

        Raises
        ------
        BadSetting
            For an unknown key or a value out of range.
        ValueError
            Where `text` is no JSON.
        """
        try:
            values = json.loads(text)
        except RecursionError:
            raise ValueError('unclosed brackets') from None
        if not isinstance(values, dict):
            raise BadSetting(_DOING, described(values), 'an object')
        for key in values:
            if key not in cls._fields:
                raise BadSetting(_DOING, repr(key), did_you_mean(key, cls._fields))
        return cls(**values).check()

    def check(self) -> 'PreprocessingSettings':
        """Return the settings if each is in its range.

        Raises
        ------
        BadSetting
            Naming the first that is not.
        """
        for key in ('image_size', 'map_size'):
            value = getattr(self, key)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _LARGEST:
                raise BadSetting(
                    _DOING, f'{key} = {described(value)}', f'a whole number from 1 to {_LARGEST}'
                )
        sigma = self.map_sigma
        if (
            not isinstance(sigma, (int, float))
            or isinstance(sigma, bool)
            or not 0 <= sigma <= _LARGEST
        ):
            raise BadSetting(
                _DOING, 'map_sigma = ' + described(sigma), f'pixels from 0 to {_LARGEST}'
            )
        for key, choices in _CHOICES.items():
            value = getattr(self, key)
            if value not in choices:
                raise BadSetting(
                    _DOING, f'{key} = {described(value)}', 'one of: ' + ', '.join(choices)
                )
        return self


_DOING = 'reading settings of preprocessing'
