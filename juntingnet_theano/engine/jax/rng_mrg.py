"""MRG streams for the JAX linker: one scan over the rounds of all substreams.

All in uint32, so that JAX needs no 64-bit mode.
"""

from typing import Any, Callable, List, Tuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import jax_funcify
from juntingnet_theano.engine.ops import mrg31k3p
from juntingnet_theano.engine.ops.mrg_uniform import MrgUniform


def uniform(states: Any, count: int, dtype: str) -> Tuple[Any, Any]:
    """New states and `count` numbers; see `mrg31k3p.uniform`."""
    if count > mrg31k3p.M1:
        raise ValueError(mrg31k3p.TOO_MANY)
    rows = states.shape[0]
    steps = -(-count // rows)
    left = count - (steps - 1) * rows  # rows that the last round needs

    def draw(columns, _):
        new = mrg31k3p.advance(*columns, where=jnp.where)
        return new, (mrg31k3p.to_unit(new[0], new[3], dtype, jnp.where))

    columns, numbers = lax.scan(draw, tuple(states.astype(np.uint32).T), None, length=steps - 1)
    new, last = draw(columns, None)
    drawn = np.arange(rows) < left
    columns = [jnp.where(drawn, after, before) for after, before in zip(new, columns)]
    numbers = jnp.concatenate([numbers.ravel(), last])[:count]
    return jnp.stack(columns, 1).astype(np.int32), numbers


def concrete_sizes(size: Any, known: Any) -> List[int]:
    """The sizes as ints, from the type where it knows them."""
    if any(told is None and isinstance(each, jax.core.Tracer) for told, each in zip(known, size)):
        raise NotImplementedError(
            'the size of a random tensor must be known when XLA compiles: '
            'give integers, or the shape of an input'
        )
    return [int(each) if told is None else told for told, each in zip(known, size)]


@jax_funcify.register(MrgUniform)
def jax_mrg_uniform(op: Op, node: Apply, **kwargs: Any) -> Callable[..., Any]:
    """Numbers and new states; sizes are known when XLA compiles."""

    def mrg_uniform(states, *size):
        size = concrete_sizes(size, node.outputs[1].type.shape)
        new_states, numbers = uniform(states, int(np.prod(size)), op.dtype)
        return new_states, numbers.reshape(size)

    return mrg_uniform
