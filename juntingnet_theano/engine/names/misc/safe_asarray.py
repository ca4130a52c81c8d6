"""``theano.misc.safe_asarray``: an array of exactly the dtype asked for.

>>> _asarray([1, 2], dtype='float32').dtype
dtype('float32')
"""

import numpy as np
from pytensor.configdefaults import config


def _asarray(a, dtype, order=None):
    """``numpy.asarray`` that understands ``'floatX'``."""
    return np.asarray(a, config.floatX if str(dtype) == 'floatX' else dtype, order)
