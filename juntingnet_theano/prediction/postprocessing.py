"""From the network's 48 x 48 grid to a map of the stimulus' size.

The last part of section 3.1, step 7: resize, then a Gaussian. The only module
that knows both sizes.

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
    grid: np.ndarray, size: Tuple[int, int], post: PostProcessing = PostProcessing()
) -> np.ndarray:
    """Bring the network's map to the stimulus' size.

    Parameters
    ----------
    grid : float32 array, 48 x 48
        The network's output, or what `views.merge` made of it.
    size : (int, int)
        Height and width of the stimulus in pixels.
    post : PostProcessing

    Returns
    -------
    float32 array, H x W
        In [0, 1].

    Raises
    ------
    BadSetting
        As `PostProcessing.check`.
    """
    post.check()
    if post.order == 'released':
        full = stretch(resize(blur(grid, post.sigma), size))
    else:
        full = enlarge(grid, size, post.sigma)
        full = stretch(full) if post.scale == 'stretch' else np.clip(full, 0, 1, full)
    return full if post.power == 1 else _raised(full, post.power)


def _raised(values, power):
    """Values from 0 to 1 to a power, in their place and in a third of the
    time that NumPy's own takes for float32."""
    with np.errstate(divide='ignore'):  # 0 goes by minus infinity to 0
        np.log(values, values)
    values *= np.float32(power)
    return np.exp(values, values)
