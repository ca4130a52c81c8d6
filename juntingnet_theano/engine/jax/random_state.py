"""NumPy's random numbers for the JAX linker: the host draws them."""

from typing import Any

import jax
import numpy as np
from jax import dtypes

from juntingnet_theano.engine.compat import jax_funcify
from juntingnet_theano.engine.jax.rng_mrg import concrete_sizes
from juntingnet_theano.engine.ops import random_state
from juntingnet_theano.engine.ops.random_function import ROWS, RandomFunction


@jax_funcify.register(RandomFunction)
def jax_random_function(op: Any, node: Any, **kwargs: Any) -> Any:
    """State and numbers; sizes are known when XLA compiles."""
    dtype = dtypes.canonicalize_dtype(op.dtype)

    def random_function(state, *inputs):
        shape = concrete_sizes(inputs[: op.ndim], node.outputs[1].type.shape)
        if op.method == ROWS[0]:
            shape.append(inputs[-1].shape[-1])
        elif op.method == ROWS[1]:
            shape += concrete_sizes(inputs[-1:], node.outputs[1].type.shape[-1:])
        results = (
            jax.ShapeDtypeStruct((random_state.WORDS,), np.uint32),
            jax.ShapeDtypeStruct(tuple(shape), dtype),
        )
        return jax.pure_callback(
            lambda state, *parameters: random_state.draw(
                op.method, state, shape[: op.ndim], dtype, *parameters
            ),
            results,
            state,
            *inputs[op.ndim :],
        )

    return random_function
