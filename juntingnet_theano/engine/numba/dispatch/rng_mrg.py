"""MRG streams for the numba linker: substreams shared out among the threads.

A thread takes its rows of the states through all rounds. The arithmetic is
`mrg31k3p`'s in 64-bit integers, where nothing wraps around and the same
reductions give the same numbers.
"""

from typing import Any, Tuple

import numba
import numpy as np
from numba import types
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import (
    compile_numba_function_src,
    numba_njit,
    register_funcify_and_cache_key,
)
from juntingnet_theano.engine.names.sandbox.rng_mrg import MrgUniform
from juntingnet_theano.engine.numba.runtime import threads
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_calls import (
    as_contiguous,
    entry,
    graph_key,
    kernel,
)
from juntingnet_theano.engine.ops.mrg31k3p import M1, M2, TOO_MANY, scale

STATES = types.Array(types.int32, 2, 'C')


@piece
def _reduced(value, modulus):
    # uint32 in mrg31k3p: what exceeds 32 bits is dropped there.
    value &= 0xFFFFFFFF
    return value - modulus if value >= modulus else value


@piece
def _times_32768(value):
    return _reduced(((value & 65535) << 15) + 21069 * (value >> 16), M2)


@piece
def _advance(state):
    """One step of a row of six; the newest entries' difference."""
    x2, x3 = np.int64(state[1]), np.int64(state[2])
    y1, y3 = np.int64(state[3]), np.int64(state[5])
    x = _reduced(((x2 & 511) << 22) + (x2 >> 9) + ((x3 & 16777215) << 7) + (x3 >> 24), M1)
    x = _reduced(x + x3, M1)
    y = _reduced(_times_32768(y3) + y3, M2)
    y = _reduced(y + _times_32768(y1), M2)
    state[2], state[1], state[0] = state[1], state[0], x
    state[5], state[4], state[3] = state[4], state[3], y
    return x - y if x > y else x - y + M1


@piece
def _draw(states, first, last, unit, numbers):
    """The numbers of rows `first` to `last` of the states."""
    for start in range(0, numbers.size, states.shape[0]):
        for row in range(first, min(last, numbers.size - start)):
            # First to the dtype, then times 2^-31: as Theano rounds.
            numbers[start + row] = _advance(states[row])
            numbers[start + row] *= unit[0]


@kernel
def uniform(states: np.ndarray, count: int, unit: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """New states and `count` numbers; see `mrg31k3p.uniform`."""
    if count > M1:
        raise ValueError(TOO_MANY)
    rows = states.shape[0]
    new_states = states.copy()
    numbers = np.empty(count, unit.dtype)
    workers = max(1, min(threads.current_threads(), rows))
    bounds = threads.shares(rows, workers)
    if workers == 1:
        _draw(new_states, 0, rows, unit, numbers)
    else:
        for worker in numba.prange(workers):
            _draw(new_states, bounds[worker], bounds[worker + 1], unit, numbers)
    return new_states, numbers


@register_funcify_and_cache_key(MrgUniform)
def numba_mrg_uniform(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel `uniform`."""
    # In an array, and not a constant of its own: numba would take a float32
    # for a float64.
    unit = np.array([scale(op.dtype)], op.dtype)
    unit_type = types.Array(numba.typeof(unit).dtype, 1, 'C', readonly=True)
    call = entry(
        uniform,
        STATES,
        types.int64,
        unit_type,
        returns=types.Tuple((STATES, unit_type.copy(readonly=False))),
    )
    # Written out for the number of sizes: numba cannot make a tuple of what
    # a loop collects.
    names = [f'size{i}' for i in range(len(node.inputs) - 1)]
    sizes = [f'{name}.item()' for name in names]
    source = (
        'def mrg_uniform(states, {names}):\n'
        '    states, numbers = call((as_contiguous(states), {count}, unit))\n'
        '    return states, numbers.reshape(({shape}))\n'
    ).format(
        names=', '.join(names),
        count=' * '.join(sizes) or '1',
        shape=''.join(f'{size}, ' for size in sizes),
    )
    mrg_uniform = compile_numba_function_src(
        source,
        'mrg_uniform',
        global_env={'call': call, 'as_contiguous': as_contiguous, 'unit': unit},
    )
    key = graph_key(op, f'{len(names)} sizes')
    return numba_njit(mrg_uniform), key
