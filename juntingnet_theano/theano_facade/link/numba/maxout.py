"""Maxima over the last axis for the numba linker: what maxout layers take.

PyTensor's reduction serves any axes and takes five seconds to compile; other
axes and dtypes are left to it.
"""
import numpy as np
from pytensor.link.numba.dispatch.basic import (
    numba_funcify_and_cache_key, numba_njit, register_funcify_and_cache_key)
from pytensor.tensor.math import Max

from juntingnet_theano.theano_facade.link.numba.entry import (
    as_contiguous, graph_key)

_engine_max = numba_funcify_and_cache_key.dispatch(Max)


@register_funcify_and_cache_key(Max)
def numba_max(op, node=None, **kwargs):
    """Maxima of rows of pieces; NaN where a piece is NaN."""
    pieces = node.inputs[0].type
    if (pieces.ndim, pieces.dtype, tuple(op.axis or ())) != (
            3, 'float32', (2,)):
        return _engine_max(op, node=node, **kwargs)

    @numba_njit
    def maxout(pieces):
        pieces = as_contiguous(pieces)
        rows, units, count = pieces.shape
        if count == 0:
            raise ValueError('maximum of no pieces')
        result = np.empty((rows, units), np.float32)
        for row in range(rows):
            for unit in range(units):
                best = pieces[row, unit, 0]
                for piece in range(1, count):
                    value = pieces[row, unit, piece]
                    # The second test lets NaN in, the first keeps it.
                    if value > best or value != value:
                        best = value
                result[row, unit] = best
        return result

    return maxout, graph_key(op, '3 float32')
