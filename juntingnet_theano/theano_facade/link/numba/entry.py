"""One compiled copy of each kernel, which graphs call by symbol.

numba links a function into everything that calls it and runs LLVM over all
of it again; PyTensor wraps a kernel in four layers. Compiled that way, a
graph of three convolutions takes a minute. Here a kernel is compiled once for
each dtype, kept in PyTensor's disk cache, and its machine code is given to
LLVM under a name of our own. A graph contains only a call of that name.

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

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload
from pytensor.configdefaults import config
from pytensor.link.numba.cache import CACHED_SRC_FUNCTIONS

from juntingnet_theano.theano_facade.link.numba import threads

NOT_PARALLEL = ('comprehension', 'reduction', 'inplace_binop', 'setitem',
                'numpy', 'stencil', 'fusion')
VECTOR_OF_INTS = types.Array(types.int64, 1, 'C', readonly=True)


def tensor_of(dtype, ndim):
    """numba's type of a C-contiguous array."""
    return types.Array(numba.from_dtype(np.dtype(dtype)), ndim, 'C')


@functools.lru_cache(maxsize=None)
def source_digest():
    """SHA-256 of the source files of this package, in hexadecimal.

    numba's index of the disk cache tells apart processors, numba versions
    and argument types, but trusts the key for the rest: with the digest in
    it, no kernel compiled from other source is ever served. The number of
    threads is in no key: kernels ask for it when they run.
    """
    digest = hashlib.sha256()
    folder = os.path.dirname(os.path.abspath(__file__))
    for path in sorted(glob.glob(os.path.join(folder, '**', '*.py'),
                                 recursive=True)):
        with open(path, 'rb') as file:
            digest.update(os.path.relpath(path, folder).encode() + b'\0'
                          + file.read())
    return digest.hexdigest()


def graph_key(op, dtype):
    """Key under which PyTensor keeps what calls the kernel of `op`."""
    properties = op._props() if hasattr(op, '_props') else repr(op)
    text = repr((type(op).__module__, type(op).__name__, properties, dtype,
                 source_digest()))
    return hashlib.sha256(text.encode()).hexdigest()


def kernel(function):
    """Decorator: a parallel numba function in PyTensor's disk cache.

    Only ``prange`` starts threads, and only where it is reached: numba would
    also share out each ``np.zeros`` and each assignment to a slice, which a
    forked process, whose threads are gone, does not survive.
    """
    return _cached(function, parallel=dict.fromkeys(NOT_PARALLEL, False))


def part(function):
    """Decorator: what one thread does of a kernel; in the disk cache too.

    Compiled apart from the kernel that starts the threads and called by
    symbol, so that several kernels, and the branch of a kernel that starts
    no thread, share one copy.
    """
    return _cached(function, error_model='numpy')


def _cached(function, **options):
    CACHED_SRC_FUNCTIONS[function] = '{}.{}.{}'.format(
        function.__module__, function.__name__, source_digest())
    return numba.njit(cache=config.numba__cache, **options)(function)


def with_names(function, suffix='', **names):
    """A copy of a function that finds `names` among its globals.

    numba's disk cache cannot tell functions in closures of one process from
    those of another, but does not look at globals. So copies that find
    different things under one name need a `suffix` to their own name.
    """
    return types_module.FunctionType(
        function.__code__, dict(function.__globals__, **names),
        function.__name__ + suffix, function.__defaults__)


def generated(source, name, module, **names):
    """The function `name` of a source text, with `names` as globals.

    The disk cache goes by the name: two texts need two.
    """
    names['__name__'] = module
    exec(compile(source, '<{}>'.format(name), 'exec'), names)
    return names[name]


@functools.lru_cache(maxsize=None)
def entry(kernel, *argument_types):
    """An intrinsic that calls `kernel`, compiled for `argument_types`.

    Parameters
    ----------
    kernel : numba dispatcher
        Made by the decorator `kernel`. Must not keep its arguments.
    *argument_types : numba types

    Returns
    -------
    numba intrinsic
        Takes the arguments as one tuple.
    """
    threads.start()
    kernel.compile(argument_types)
    compiled = kernel.overloads[argument_types]
    symbol = symbol_of(kernel, argument_types)
    llvmlite.binding.add_symbol(
        symbol, compiled.library.get_pointer_to_function(
            compiled.fndesc.llvm_func_name))
    signature = compiled.signature

    @intrinsic
    def call(typing_context, arguments):
        def generate(context, builder, _, values):
            values = cgutils.unpack_tuple(builder, values[0],
                                          len(argument_types))
            convention = context.call_conv
            function = cgutils.get_or_insert_function(
                builder.module, convention.get_function_type(
                    signature.return_type, signature.args), symbol)
            status, value = convention.call_function(
                builder, function, signature.return_type, signature.args,
                values)
            with cgutils.if_unlikely(builder, status.is_error):
                convention.return_status_propagate(builder, status)
            return value

        return signature.return_type(arguments), generate

    return call


@functools.lru_cache(maxsize=None)
def c_address(kernel, *argument_types):
    """An intrinsic that gives the address of `kernel` as a C function.

    For kernels that are told when they run which other to call: they are
    compiled once for all of those. Parameters are those of `entry`; takes
    nothing, `c_call` calls what it returns.
    """
    entry(kernel, *argument_types)
    compiled = kernel.overloads[argument_types]
    symbol = symbol_of(kernel, argument_types) + '_c'
    llvmlite.binding.add_symbol(
        symbol, compiled.library.get_pointer_to_function(
            compiled.fndesc.llvm_cfunc_wrapper_name))

    @intrinsic
    def address(typing_context):
        def generate(context, builder, signature, values):
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(ir.VoidType(), []), symbol)
            return builder.ptrtoint(function, ir.IntType(64))

        return types.int64(), generate

    return address


@intrinsic
def c_call(typing_context, address, arguments):
    """Call what `c_address` points at, a kernel that returns nothing, with
    a tuple of numbers and pointers."""
    def generate(context, builder, signature, values):
        given = cgutils.unpack_tuple(builder, values[1], len(arguments))
        kind = ir.FunctionType(ir.VoidType(), [each.type for each in given])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), given)
        return context.get_dummy_value()

    return types.void(address, arguments), generate


def symbol_of(kernel, argument_types):
    """Name under which LLVM knows the machine code of a kernel."""
    text = '{}.{}.{}'.format(CACHED_SRC_FUNCTIONS[kernel.py_func],
                             kernel.py_func.__name__, argument_types)
    return 'juntingnet_' + hashlib.sha256(text.encode()).hexdigest()


def as_contiguous(array):
    """`array` itself where its type says C-contiguous, else a copy."""
    return np.ascontiguousarray(array)


@overload(as_contiguous)
def _as_contiguous(array):
    if array.layout == 'C':
        return lambda array: array
    return lambda array: np.ascontiguousarray(array)
