"""Reductions for the numba linker: maxima of maxout's pieces, sums of rows.

PyTensor's reduction serves any axes and takes five seconds to compile, for
each kind of input; other axes and dtypes are left to it.
"""

from typing import Any, Tuple

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.math import Max, Sum

from juntingnet_theano.engine.compat import numba_funcify_and_cache_key, numba_njit
from juntingnet_theano.engine.numba.runtime.kernel_calls import as_contiguous, graph_key
from juntingnet_theano.engine.numba.runtime.translations import replaces
from juntingnet_theano.engine.ops import empty_axes  # noqa: F401

_engine_max = numba_funcify_and_cache_key.dispatch(Max)
_engine_sum = numba_funcify_and_cache_key.dispatch(Sum)


def _reduces(op, node, ndim, axis):
    """Whether float32 of so many axes is reduced to float32 along one."""
    given, result = node.inputs[0].type, node.outputs[0].type
    return (given.ndim, given.dtype, result.dtype, tuple(op.axis or ())) == (
        ndim,
        'float32',
        'float32',
        (axis,),
    )


@replaces(Max)
def numba_max(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Maxima of rows of pieces; NaN where a piece is NaN."""
    if not _reduces(op, node, 3, 2):
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


@replaces(Sum)
def numba_sum(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Sum of the rows of a matrix: the gradient of a dense layer's bias."""
    if not _reduces(op, node, 2, 0) or op.acc_dtype not in ('float32', 'float64'):
        return _engine_sum(op, node=node, **kwargs)
    exact = np.dtype(op.acc_dtype).type

    @numba_njit
    def sum_of_rows(matrix):
        rows, columns = matrix.shape
        totals = np.zeros(columns, exact)
        for row in range(rows):
            for column in range(columns):
                totals[column] += matrix[row, column]
        result = np.empty(columns, np.float32)
        for column in range(columns):
            result[column] = totals[column]
        return result

    return sum_of_rows, graph_key(op, '2 float32 in ' + op.acc_dtype)
