"""Ranges of floats for the numba linker: NumPy's numbers, and as many.

What PyTensor has for numba rounds otherwise, and counts in float32 where the
bounds are float32. Ranges of integers are left to it.
"""

from typing import Any, Tuple

import numpy as np
from numba import types
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.basic import ARange

from juntingnet_theano.engine.compat import numba_funcify_and_cache_key, numba_njit
from juntingnet_theano.engine.numba.runtime.kernel_calls import entry, graph_key, part, tensor_of
from juntingnet_theano.engine.numba.runtime.translations import replaces

_engine_arange = numba_funcify_and_cache_key.dispatch(ARange)
MOST = 2.0**48
"""More numbers than any memory has."""


@part
def numbers(start: float, stop: float, step: float, like: np.ndarray) -> np.ndarray:
    """From `start` in steps of the difference to the second number, as both
    are in the dtype of `like`."""
    count = np.ceil((stop - start) / step)
    if not count < MOST:
        raise ValueError('arange: cannot compute how many numbers')
    kind = like.dtype.type
    result = np.empty(np.int64(max(count, 0.0)), like.dtype)
    first = kind(start)
    distance = kind(start + step) - first
    for place in range(result.size):
        result[place] = first + kind(place) * distance
    return result


@replaces(ARange)
def numba_arange(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `numbers`."""
    dtype = node.outputs[0].type.dtype
    if dtype not in ('float32', 'float64'):
        return _engine_arange(op, node=node, **kwargs)
    vector = tensor_of(dtype, 1)
    call = entry(numbers, *[types.float64] * 3, vector, returns=vector)
    kind = np.dtype(dtype).type

    @numba_njit
    def arange(start, stop, step):
        bounds = np.float64(start.item()), np.float64(stop.item()), np.float64(step.item())
        return call(bounds + (np.empty(0, kind),))

    return arange, graph_key(op, dtype)
