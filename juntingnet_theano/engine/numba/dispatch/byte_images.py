"""Minibatches of bytes for the numba linker: see `kernels`."""

from typing import Any, Tuple

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import (
    compile_numba_function_src,
    numba_njit,
    register_funcify_and_cache_key,
)
from juntingnet_theano.engine.numba.kernels import byte_images
from juntingnet_theano.engine.numba.kernels.lanes import channels_first, shaped
from juntingnet_theano.engine.numba.runtime.kernel_calls import as_contiguous, graph_key
from juntingnet_theano.engine.ops import byte_images_rewrite  # noqa: F401
from juntingnet_theano.engine.ops.byte_images import ByteImages

CALL = """
def byte_images(data{arguments}):
    data = as_contiguous(data)
    size = data.shape
    values = call(({planes}, {rows}, {marks}, {options}, np.float32(scale)))
    count = {count}
    return {result}
"""
IMAGES = {
    'planes': 'data',
    'result': 'channels_first(shaped(values, (count, size[2], size[3], size[1])))',
}
MAPS = {
    'planes': 'shaped(data, (size[0], 1, size[1], size[2]))',
    'result': 'shaped(values, (count, size[1], size[2]))',
}


@register_funcify_and_cache_key(ByteImages)
def numba_byte_images(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """Call of `byte_images.images`; images are a view of channels-last
    memory, which the convolution takes as it is."""
    given = ['rows'] * op.gathered + ['marks'] * op.mirrored
    dtypes = dict(zip(given, [each.type.dtype for each in node.inputs[1:]]))
    call = byte_images.images(dtypes.get('rows', 'int32'), dtypes.get('marks', 'int32'))
    fields = dict(IMAGES if node.inputs[0].type.ndim == 4 else MAPS)
    for name in ('rows', 'marks'):
        fields[name] = f'as_contiguous({name})' if name in given else 'np.empty(0, np.int32)'
    source = CALL.format(
        arguments=''.join(', ' + each for each in given),
        options=(int(op.gathered), int(op.mirrored)),
        count='rows.size' if op.gathered else 'size[0]',
        **fields,
    )
    function = compile_numba_function_src(
        source,
        'byte_images',
        global_env={
            'np': np,
            'call': call,
            'as_contiguous': as_contiguous,
            'shaped': shaped,
            'channels_first': channels_first,
            'scale': op.scale,
        },
    )
    return numba_njit(function), graph_key(op, (source, sorted(dtypes.items())))
