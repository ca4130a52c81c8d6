"""From the network's 48 x 48 grid to a map of the stimulus' size.

The only file that knows both sizes; `prediction` stands above, `enlarging`
does the arithmetic.

>>> import numpy as np
>>> round(float(postprocess(np.full((48, 48), .5), (60, 80))[30, 40]), 6)
0.5
"""
import numpy as np

from juntingnet_theano.enlarging import enlarge
from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.saliency_maps import blur, resize, stretch

SIGMA = 3.0
"""Deviation of the last Gaussian filter, in pixels of the array that it is
applied to (section 3.1, step 7)."""

POSTS = ('paper', 'released')
SCALES = ('clip', 'stretch')


def check(post, scale):
    """Refuse what `postprocess` does not know, before long work begins.

    Raises
    ------
    BadSetting
        With the nearest of `POSTS` or `SCALES`.
    """
    for value, known in ((post, POSTS), (scale, SCALES)):
        if value not in known:
            raise BadSetting('post-processing maps', repr(value),
                             did_you_mean(str(value), known))


def postprocess(grid, size, post='paper', scale='clip'):
    """Bring the network's map to the stimulus' size.

    Parameters
    ----------
    grid : float32 array, 48 x 48
        The network's output.
    size : (int, int)
        Height and width of the stimulus in pixels.
    post : {'paper', 'released'}
        ``'paper'``: resize, then a Gaussian of sigma 3 pixels of the
        stimulus (section 3.1, step 7). ``'released'``: the Gaussian on the
        48 x 48 grid, then resize, then stretch, as the authors' published
        code did (protocol F.3); much smoother.
    scale : {'clip', 'stretch'}
        The network's output is a regression and may leave [0, 1] a little.
        ``'clip'`` cuts what does, and keeps the values as they were learnt;
        ``'stretch'`` maps each map's own minimum and maximum to 0 and 1,
        which uses all greys of an 8-bit file. Released post-processing
        always stretches.

    Returns
    -------
    float32 array, H x W
        In [0, 1].

    Raises
    ------
    BadSetting
        For another `post` or `scale`.
    """
    check(post, scale)
    if post == 'released':
        return stretch(resize(blur(grid, SIGMA), size))
    full = enlarge(grid, size, SIGMA)
    return stretch(full) if scale == 'stretch' else np.clip(full, 0, 1, full)
