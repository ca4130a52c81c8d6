"""One compiled copy of each kernel, which graphs call by address.

numba links a function into everything that calls it and runs LLVM over all
of it again; PyTensor wraps a kernel in four layers. Compiled that way, a
graph of three convolutions takes a minute. Here a kernel is compiled once for
each dtype and kept in PyTensor's disk cache. A graph contains only a call of
what a cell holds (`kernel_addresses`), which LLVM knows by a name of our own.

A graph that comes from the disk cache finds the name because the dispatch of
its Ops, which runs in every process, has asked for `entry` before.

>>> tensor_of('float32', 4)
Array(float32, 4, 'C', False, aligned=True)
"""

import functools
import glob
import hashlib
import os
import types as types_module
from typing import Any, Callable

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic, overload
from pytensor.configdefaults import config
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import CACHED_SRC_FUNCTIONS, cgutils, ir
from juntingnet_theano.engine.numba.kernels import machine
from juntingnet_theano.engine.numba.runtime.compilers import WholeCompiler
from juntingnet_theano.engine.numba.runtime.disk_cache import in_files_of_ours
from juntingnet_theano.engine.numba.runtime.kernel_addresses import address_in, once, promise

NOT_PARALLEL = (
    'comprehension',
    'reduction',
    'inplace_binop',
    'setitem',
    'numpy',
    'stencil',
    'fusion',
)
VECTOR_OF_INTS = types.Array(types.int64, 1, 'C', readonly=True)


def tensor_of(dtype: str, ndim: int) -> Any:
    """numba's type of a C-contiguous array."""
    return types.Array(numba.from_dtype(np.dtype(dtype)), ndim, 'C')


@functools.lru_cache(maxsize=None)
def source_digest() -> str:
    """SHA-256 of the source files of this package and of what they are
    compiled for, in hexadecimal.

    The disk cache tells apart processors, versions and argument types
    (`disk_cache`), but trusts the key for the rest: with the digest in it, no
    kernel compiled from other source is ever served. PyTensor's own cache,
    where its own linker compiles our Ops, does not know of lanes. The number of threads
    is in no key: kernels ask for it when they run.
    """
    digest = hashlib.sha256(machine.name().encode())
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for path in sorted(glob.glob(os.path.join(folder, '**', '*.py'), recursive=True)):
        with open(path, 'rb') as file:
            digest.update(os.path.relpath(path, folder).encode() + b'\0' + file.read())
    return digest.hexdigest()


def graph_key(op: Op, dtype: Any) -> str:
    """Key under which PyTensor keeps what calls the kernel of `op`."""
    properties = op._props() if hasattr(op, '_props') else repr(op)
    text = repr((type(op).__module__, type(op).__name__, properties, dtype, source_digest()))
    return hashlib.sha256(text.encode()).hexdigest()


def kernel(function: Callable[..., Any]) -> Any:
    """Decorator: a parallel numba function in PyTensor's disk cache.

    Only ``prange`` starts threads, and only where it is reached: numba would
    also share out each ``np.zeros`` and each assignment to a slice, which a
    forked process, whose threads are gone, does not survive.
    """
    return _cached(function, parallel=dict.fromkeys(NOT_PARALLEL, False))


def part(function: Callable[..., Any]) -> Any:
    """Decorator: what one thread does of a kernel; in the disk cache too.

    Compiled apart from the kernel that starts the threads and called by
    address, so that several kernels, and the branch of a kernel that starts
    no thread, share one copy.
    """
    return _cached(function, error_model='numpy')


def c_part(function: Callable[..., Any]) -> Any:
    """Decorator: the same, for `c_address`."""
    return _cached(function, error_model='numpy', no_cfunc_wrapper=False)


def _cached(function, no_cfunc_wrapper=True, **options):
    # Without the wrappers for Python and C, which take longer to compile
    # than some of the kernels.
    options.update(
        no_cpython_wrapper=True, no_cfunc_wrapper=no_cfunc_wrapper, pipeline_class=WholeCompiler
    )
    CACHED_SRC_FUNCTIONS[function] = f'{function.__module__}.{function.__name__}.{source_digest()}'
    with in_files_of_ours():
        return numba.njit(cache=config.numba__cache, **options)(function)


def with_names(function: Callable[..., Any], suffix: str = '', **names: Any) -> Callable[..., Any]:
    """A copy of a function that finds `names` among its globals.

    numba's disk cache cannot tell functions in closures of one process from
    those of another, but does not look at globals. So copies that find
    different things under one name need a `suffix` to their own name.
    """
    return types_module.FunctionType(
        function.__code__,
        dict(function.__globals__, **names),
        function.__name__ + suffix,
        function.__defaults__,
    )


def generate(source: str, name: str, module: str, **names: Any) -> Callable[..., Any]:
    """The function `name` of a source text, with `names` as globals.

    The disk cache goes by the name: two texts need two.
    """
    names['__name__'] = module
    exec(compile(source, f'<{name}>', 'exec'), names)
    return names[name]


@once
def entry(kernel: Any, *argument_types: Any, returns: Any = types.none) -> Any:
    """An intrinsic that calls `kernel`, compiled for `argument_types`.

    Parameters
    ----------
    kernel : numba dispatcher
        Made by the decorators `kernel` or `part`. Must not keep its
        arguments.
    *argument_types : numba types
    returns : numba type
        Of what it returns.

    Returns
    -------
    numba intrinsic
        Takes the arguments as one tuple.
    """
    symbol = promise(kernel, argument_types, returns)

    @intrinsic
    def call(typing_context, arguments):
        def generate(context, builder, _, values):
            values = cgutils.unpack_tuple(builder, values[0], len(argument_types))
            status, value = call_by(context, builder, symbol, returns, argument_types, values)
            with cgutils.if_unlikely(builder, status.is_error):
                context.call_conv.return_status_propagate(builder, status)
            return value

        return returns(arguments), generate

    return call


def call_by(
    context: Any, builder: Any, symbol: str, returns: Any, argument_types: Any, values: Any
) -> Any:
    """(status, value) of a call of a compiled numba function by its cell."""
    convention = context.call_conv
    kind = convention.get_function_type(returns, argument_types)
    function = builder.inttoptr(address_in(builder, symbol), kind.as_pointer())
    return convention.call_function(builder, function, returns, argument_types, values)


@once
def c_address(kernel: Any, *argument_types: Any) -> Any:
    """An intrinsic that gives the address of `kernel` as a C function.

    For kernels that are told when they run which other to call: they are
    compiled once for all of those. Parameters are those of `entry`, but the
    kernel is made by `c_part`; takes nothing, `c_call` calls what it returns.
    """
    symbol = promise(kernel, argument_types, types.none)

    @intrinsic
    def address(typing_context):
        def generate(context, builder, signature, values):
            return address_in(builder, symbol)

        return types.int64(), generate

    return address


@intrinsic
def c_call(typing_context: Any, address: Any, arguments: Any) -> Any:
    """Call what `c_address` points at, a kernel that returns nothing, with
    a tuple of numbers and pointers."""

    def generate(context, builder, signature, values):
        given = cgutils.unpack_tuple(builder, values[1], len(arguments))
        kind = ir.FunctionType(ir.VoidType(), [each.type for each in given])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), given)
        return context.get_dummy_value()

    return types.void(address, arguments), generate


def as_contiguous(array: np.ndarray) -> np.ndarray:
    """`array` itself where its type says C-contiguous, else a copy."""
    return np.ascontiguousarray(array)


@overload(as_contiguous)
def _as_contiguous(array):
    if array.layout == 'C':
        return lambda array: array
    return lambda array: np.ascontiguousarray(array)
