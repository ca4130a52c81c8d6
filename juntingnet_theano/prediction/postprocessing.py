"""From the network's 48 x 48 grid to a map of the stimulus' size.

The only file that knows both sizes; `prediction` stands above, `enlarging`
does the arithmetic.

>>> import numpy as np
>>> round(float(postprocess(np.full((48, 48), .5), (60, 80))[30, 40]), 6)
0.5
"""

import numpy as np

from juntingnet_theano.prediction.enlarging import enlarged_strips
from juntingnet_theano.saliency_maps.maps import blur, resized_strips
from juntingnet_theano.saliency_maps.striped import Striped, whole
from juntingnet_theano.settings.postprocessing import PostProcessing


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
    return whole(postprocess_in_strips(grid, size, how))


def postprocess_in_strips(grid, size, how=PostProcessing()):
    """As `postprocess`, with little memory whatever the size.

    Returns
    -------
    striped.Striped
    """
    how.check()
    if how.order == 'released':
        blurred = blur(grid, how.sigma)
        full = Striped(size, lambda: resized_strips(blurred, size))
    else:
        full = Striped(size, lambda: enlarged_strips(grid, size, how.sigma))
    if how.order == 'released' or how.scale == 'stretch':
        full = full.stretch()
    else:
        full = full.map(lambda strip: np.clip(strip, 0, 1, strip))
    if how.power == 1:
        return full
    return full.map(lambda strip: np.power(strip, np.float32(how.power), out=strip))
