"""NumPy's random numbers for the numba linker: drawn in Python.

What numba knows of random numbers has no state that can be given to it.
"""

from typing import Any

import numba
import numpy as np
from numba import types

from juntingnet_theano.engine.compat import numba_njit, register_funcify_and_cache_key
from juntingnet_theano.engine.names.tensor.shared_randomstreams import RandomFunction
from juntingnet_theano.engine.numba.runtime.kernel_calls import graph_key
from juntingnet_theano.engine.ops import random_state


@register_funcify_and_cache_key(RandomFunction)
def numba_random_function(op: Any, node: Any = None, **kwargs: Any) -> Any:
    """Call of `random_state.draw`, which imports nothing of the graph: numba
    keeps it on disk."""
    method, dtype, ndim = op.method, op.dtype, op.ndim
    kind = types.Tuple(
        [
            types.Array(numba.from_dtype(np.dtype(each.type.dtype)), each.type.ndim, 'C')
            for each in node.outputs
        ]
    )
    draw = random_state.draw

    @numba_njit
    def random_function(state, *inputs):
        with numba.objmode(drawn=kind):
            drawn = draw(method, state, inputs[:ndim], dtype, *inputs[ndim:])
        return drawn

    return random_function, graph_key(op, (len(node.inputs), str(kind)))
