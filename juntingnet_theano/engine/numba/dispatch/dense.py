"""Dense layers for the numba linker: see `kernels`.

Takes PyTensor's matrix product of float32 over: on NumPy's or SciPy's BLAS of
one thread (see `threads`) it would leave the other cores idle.
"""

from typing import Any, Tuple

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.scalar.basic import get_scalar_type
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import Dot

from juntingnet_theano.engine.compat import (
    compile_numba_function_src,
    numba_funcify_and_cache_key,
    numba_njit,
    register_funcify_and_cache_key,
)
from juntingnet_theano.engine.numba.kernels import dense_update, few_rows, gemm
from juntingnet_theano.engine.numba.kernels.lanes import aligned_matrix
from juntingnet_theano.engine.numba.runtime.compilers import piece
from juntingnet_theano.engine.numba.runtime.kernel_calls import as_contiguous, graph_key
from juntingnet_theano.engine.numba.runtime.translations import replaces
from juntingnet_theano.engine.ops import dense_update_rewrite  # noqa: F401
from juntingnet_theano.engine.ops.dense_update import DenseUpdate

_engine_dot = numba_funcify_and_cache_key.dispatch(Dot)


def _is_turned(variable):
    """Whether a matrix is the transpose of another in the graph."""
    node = variable.owner
    return (
        node is not None and isinstance(node.op, DimShuffle) and tuple(node.op.new_order) == (1, 0)
    )


@replaces(Dot)
def numba_dot(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of the kernel for the kind of product: see `gemm`."""
    if any(each.type.dtype != 'float32' for each in node.inputs):
        return _engine_dot(op, node=node, **kwargs)
    if _is_turned(node.inputs[1]):
        return _by_turned(gemm.times_panels()), graph_key(op, 'x . w turned')
    if _is_turned(node.inputs[0]):
        return _turned_by(gemm.times_panels()), graph_key(op, 'turned x . w')
    return (_plain(gemm.product(), few_rows.product()), graph_key(op, 'x . w'))


def _plain(product, product_of_few):
    few = few_rows.FEW

    @numba_njit
    def dot(x, w):
        check(x, w)
        result = aligned_matrix(x.shape[0], w.shape[1])
        if x.shape[0] <= few:
            return product_of_few((as_contiguous(x), as_contiguous(w), result))
        return product((as_contiguous(x), as_contiguous(w), result))

    return dot


def _by_turned(times_panels):
    @numba_njit
    def dot(x, w):
        check(x, w)
        result = aligned_matrix(w.shape[1], x.shape[0])
        panels = gemm.all_panels(gemm.turned(x))
        return gemm.turned(times_panels((as_contiguous(w.T), panels, result)))

    return dot


def _turned_by(times_panels):
    @numba_njit
    def dot(x, w):
        check(x, w)
        result = aligned_matrix(x.shape[0], w.shape[1])
        panels = gemm.all_panels(as_contiguous(w))
        return times_panels((gemm.turned(as_contiguous(x.T)), panels, result))

    return dot


@piece
def check(x: np.ndarray, w: np.ndarray) -> None:
    """Raise where matrices cannot be multiplied."""
    if x.shape[1] != w.shape[0]:
        raise ValueError(
            'dot: the columns of the first matrix are not as many as the rows of the second'
        )


@register_funcify_and_cache_key(DenseUpdate)
def numba_dense_update(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of `dense_update.update`, with a function written out for the
    number of matrices and scalars."""
    arithmetic, key = _scalar_function(op.scalar_op, len(op.kinds), kwargs)
    factor = None
    if op.scale:
        factor, factor_key = _scalar_function(op.scale[2], 1, kwargs)
        key = f'{key} {factor_key}'
    call, plan = dense_update.update(op, arithmetic, factor, key)
    lines = ['def update(x, g, {}):'.format(', '.join(plan.given))]
    lines += [f'    {name} = np.float32({name}[0, 0])' for name in plan.scalars]
    lines += [f'    {name} = as_contiguous({name})' for name in plan.matrices]
    lines += [
        '    if x.shape[0] != g.shape[0]{}:'.format(
            ''.join(f' or {name}.shape != (x.shape[1], g.shape[1])' for name in plan.matrices)
        ),
        '        raise ValueError("update of dense weights: the gradient has '
        'another shape than the weights or what goes with them")',
    ]
    lines += [
        '    {} = np.empty({}, np.float32)'.format(
            name,
            'g.shape[1]' if plan.sums[plan.results.index(name)] else '(x.shape[1], g.shape[1])',
        )
        for name in plan.fresh
    ]
    lines += [
        '    call((as_contiguous(x), as_contiguous(g), {}))'.format(
            ', '.join(plan.scalars + plan.matrices + plan.fresh)
        ),
        '    return {}'.format(', '.join(plan.results)),
    ]
    update = compile_numba_function_src(
        '\n'.join(lines),
        'update',
        global_env={'np': np, 'call': call, 'as_contiguous': as_contiguous},
    )
    return numba_njit(update), graph_key(op, 'float32 ' + key)


def _scalar_function(scalar_op, inputs, kwargs):
    """numba's function of float32 scalars, and its key in the disk cache."""
    scalar = get_scalar_type('float32')
    function, key = numba_funcify_and_cache_key(
        scalar_op, node=scalar_op.make_node(*[scalar() for _ in range(inputs)]), **kwargs
    )
    return function, str(key)
