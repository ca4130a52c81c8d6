"""Checks of shapes for the numba linker, without text made at run time.

PyTensor's check names the shape that it met, for which numba compiles string
formatting: seven seconds, in every graph with a convolution.
"""
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch.basic import (
    numba_njit, register_funcify_and_cache_key)
from pytensor.tensor.shape import SpecifyShape
from pytensor.tensor.type_other import NoneTypeT

from juntingnet_theano.theano_facade.link.numba.entry import graph_key


@register_funcify_and_cache_key(SpecifyShape)
def numba_specify_shape(op, node=None, **kwargs):
    """Compare each axis whose size is given."""
    names = ['size{}'.format(axis) for axis in range(len(node.inputs) - 1)]
    given = [(axis, name) for axis, (name, size) in enumerate(
        zip(names, node.inputs[1:])) if not isinstance(size.type, NoneTypeT)]
    lines = ['def specify_shape(x, {}):'.format(', '.join(names))]
    for axis, name in given:
        lines += [
            '    if x.shape[{}] != {}.item():'.format(axis, name),
            '        raise AssertionError("SpecifyShape: axis {} has another '
            'size than was said")'.format(axis)]
    lines.append('    return x')
    function = compile_numba_function_src('\n'.join(lines), 'specify_shape')
    return numba_njit(function), graph_key(
        op, '{} of {}'.format(given, len(names)))
