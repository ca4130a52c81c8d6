"""Indices that are compared with their axis, for the numba linker."""

from typing import Any, Tuple

import numpy as np
from pytensor.graph.basic import Apply

from juntingnet_theano.engine.compat import numba_njit, register_funcify_and_cache_key
from juntingnet_theano.engine.numba.runtime.kernel_calls import graph_key
from juntingnet_theano.engine.ops.checked_index import CheckedIndex, refusal


@register_funcify_and_cache_key(CheckedIndex)
def numba_checked_index(op: CheckedIndex, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """The index itself, after a look at each of it."""
    dtype = node.inputs[0].type.dtype
    said = refusal(op.axis, dtype)

    @numba_njit
    def checked_index(index, size):
        length = np.int64(size.item())
        for each in index.flat:
            if np.int64(each) < -length or np.int64(each) >= length:
                raise IndexError(said)
        return index

    @numba_njit
    def checked_mask(mask, size):
        for axis in range(mask.ndim):
            if mask.shape[axis] != size[axis]:
                raise IndexError(said)
        return mask

    return checked_mask if dtype == 'bool' else checked_index, graph_key(op, dtype)
