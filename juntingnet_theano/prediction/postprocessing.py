"""From the network's 48 x 48 grid to a map of the stimulus' size.

The only file that knows both sizes; `prediction` stands above, `enlarging`
does the arithmetic.

>>> import numpy as np
>>> round(float(postprocess(np.full((48, 48), .5), (60, 80))[30, 40]), 6)
0.5
"""

from typing import Tuple

import numpy as np

from juntingnet_theano.prediction.enlarging import enlarge
from juntingnet_theano.saliency_maps.maps import blur, resize, stretch
from juntingnet_theano.settings.postprocessing import PostProcessing


def postprocess(
    grid: np.ndarray, size: Tuple[int, int], how: PostProcessing = PostProcessing()
) -> np.ndarray:
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
        full = stretch(full) if how.scale == 'stretch' else np.clip(full, 0, 1, full)
    return full if how.power == 1 else _raised(full, how.power)


def _raised(values, power):
    """Values from 0 to 1 to a power, in their place and in a third of the
    time that NumPy's own takes for float32."""
    with np.errstate(divide='ignore'):  # 0 goes by minus infinity to 0
        np.log(values, values)
    values *= np.float32(power)
    return np.exp(values, values)
