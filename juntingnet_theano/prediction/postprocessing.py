"""From the network's 48 x 48 grid to a map of the stimulus' size.

The last part of section 3.1, step 7: resize, then a Gaussian. The only module
that knows both sizes.

>>> import numpy as np
>>> round(float(postprocess(np.full((48, 48), .5), (60, 80))[30, 40]), 6)
0.5
"""

from typing import Tuple

import numpy as np

from juntingnet_theano.prediction.enlarging import enlarged_strips
from juntingnet_theano.saliency_maps.maps import blur, resized_strips
from juntingnet_theano.saliency_maps.striped import Striped, whole
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
    return whole(postprocess_in_strips(grid, size, post))


def postprocess_in_strips(
    grid: np.ndarray, size: Tuple[int, int], post: PostProcessing = PostProcessing()
) -> Striped:
    """As `postprocess`, with little memory whatever the size.

    Returns
    -------
    striped.Striped
    """
    post.check()
    if post.order == 'released':
        blurred = blur(grid, post.sigma)
        full = Striped(size, lambda: resized_strips(blurred, size))
    else:
        full = Striped(size, lambda: enlarged_strips(grid, size, post.sigma))
    if post.order == 'released' or post.scale == 'stretch':
        full = full.stretch()
    else:
        full = full.map(lambda strip: np.clip(strip, 0, 1, strip))
    if post.power == 1:
        return full
    return full.map(lambda strip: np.power(strip, np.float32(post.power), out=strip))
