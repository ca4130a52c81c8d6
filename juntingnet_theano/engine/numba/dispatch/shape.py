"""Shapes for the numba linker: checked and changed, quick to compile.

PyTensor's check names the shape that it met, for which numba compiles string
formatting: seven seconds, in every graph with a convolution. Its change of
shape takes half a second for each kind of array.
"""

from typing import Any, Tuple

from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.shape import Reshape, SpecifyShape
from pytensor.tensor.type_other import NoneTypeT

from juntingnet_theano.engine.compat import (
    compile_numba_function_src,
    numba_funcify_and_cache_key,
    numba_njit,
    tuple_setitem,
)
from juntingnet_theano.engine.numba.kernels.lanes import shaped
from juntingnet_theano.engine.numba.runtime.kernel_calls import as_contiguous, graph_key
from juntingnet_theano.engine.numba.runtime.translations import replaces

_engine_reshape = numba_funcify_and_cache_key.dispatch(Reshape)


@replaces(SpecifyShape)
def numba_specify_shape(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Compare each axis whose size is given."""
    names = [f'size{axis}' for axis in range(len(node.inputs) - 1)]
    given = [
        (axis, name)
        for axis, (name, size) in enumerate(zip(names, node.inputs[1:]))
        if not isinstance(size.type, NoneTypeT)
    ]
    lines = ['def specify_shape(x, {}):'.format(', '.join(names))]
    for axis, name in given:
        lines += [
            f'    if x.shape[{axis}] != {name}.item():',
            f'        raise AssertionError("SpecifyShape: axis {axis} has another '
            'size than was said")',
        ]
    lines.append('    return x')
    function = compile_numba_function_src('\n'.join(lines), 'specify_shape')
    return numba_njit(function), graph_key(op, f'{given} of {len(names)}')


@replaces(Reshape)
def numba_reshape(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:  # noqa: C901  (three compiled forms)
    """The elements in another shape, one size of which may be -1."""
    if op.ndim == 0 or node.inputs[0].type.ndim == 0:
        return _engine_reshape(op, node=node, **kwargs)
    axes, empty = op.ndim, (0,) * op.ndim

    @numba_njit
    def reshape(x, shape):
        known, open_axis, sizes = 1, -1, empty
        if shape.size != axes:
            raise ValueError('reshape: not as many sizes as axes')
        for axis in range(axes):
            if shape[axis] >= 0:
                known *= shape[axis]
            elif shape[axis] == -1 and open_axis == -1:
                open_axis = axis
            else:
                raise ValueError('reshape: two sizes are open, or below -1')
        open_size = x.size // max(known, 1)
        if open_axis != -1:
            if known == 0:
                raise ValueError('reshape: any size could be the open one')
            known *= open_size
        if known != x.size:
            raise ValueError('reshape: another number of elements')
        for axis in range(axes):
            sizes = tuple_setitem(sizes, axis, open_size if axis == open_axis else shape[axis])
        return shaped(as_contiguous(x), sizes)

    return reshape, graph_key(op, 'any')
