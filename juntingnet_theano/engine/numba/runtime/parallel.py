"""Run a part of a kernel on all threads.

Compiling with ``parallel=True`` takes numba seconds, for each function. So
there is one parallel function for all kernels, which knows nothing but the
addresses of what to call and of its arguments::

    kernel, in any graph:   run((workers, a, b, ...))
        arguments a, b, ... -> a block on the stack
        launch(workers, address of part, address of block)
            thread 0: part(a, b, ...)
            thread 1: part(a, b, ...)

A part finds out by itself what is left to do (`lanes.next_ticket`). With one
worker it is called directly: no parallel region is entered, which is also
what makes kernels work in a forked process, where numba's threads are gone.
"""

import hashlib
from typing import Any

import numba
from numba import types
from numba.extending import intrinsic

from juntingnet_theano.engine.compat import cgutils, ir
from juntingnet_theano.engine.numba.runtime.kernel_addresses import once, promise
from juntingnet_theano.engine.numba.runtime.kernel_calls import call_by, kernel

BYTE = ir.IntType(8).as_pointer()
SIZE = ir.IntType(64)
THUNK = ir.FunctionType(ir.VoidType(), [BYTE])


@intrinsic
def _call(context, function, block):
    """Call the thunk at an address with the block at another."""

    def generate(context, builder, signature, values):
        builder.call(
            builder.inttoptr(values[0], THUNK.as_pointer()), [builder.inttoptr(values[1], BYTE)]
        )
        return context.get_dummy_value()

    return types.void(function, block), generate


@kernel
def launch(workers: int, function: Any, block: Any) -> None:
    """Call a thunk once on each of `workers` threads."""
    if workers == 1:
        _call(function, block)
    else:
        for _ in numba.prange(workers):
            _call(function, block)


@once
def on_threads(part: Any, *argument_types: Any) -> Any:
    """An intrinsic that runs `part` on several threads at once.

    Parameters
    ----------
    part : numba dispatcher
        Made by `kernel_calls.part`; returns nothing.
    *argument_types : numba types

    Returns
    -------
    numba intrinsic
        Takes one tuple: how many threads, then the arguments. Raises
        MemoryError if a thread could not do its part.
    """
    symbol = promise(part, argument_types, types.none)
    launch_types = (types.intp,) * 3
    launch_symbol = promise(launch, launch_types, types.none)
    thunk_name = 'thunk_' + hashlib.sha256(symbol.encode()).hexdigest()

    @intrinsic
    def run(typing_context, arguments):
        def generate(context, builder, _, values):
            values = cgutils.unpack_tuple(builder, values[0], 1 + len(argument_types))
            kind = ir.LiteralStructType([SIZE] + [each.type for each in values[1:]])
            block = cgutils.alloca_once(builder, kind)
            builder.store(SIZE(0), cgutils.gep_inbounds(builder, block, 0, 0))
            for number, value in enumerate(values[1:], 1):
                builder.store(value, cgutils.gep_inbounds(builder, block, 0, number))
            thunk = _thunk(context, builder.module, thunk_name, kind, symbol, argument_types)
            call_by(
                context,
                builder,
                launch_symbol,
                types.none,
                launch_types,
                [values[0], builder.ptrtoint(thunk, SIZE), builder.ptrtoint(block, SIZE)],
            )
            failed = builder.load(cgutils.gep_inbounds(builder, block, 0, 0))
            with cgutils.if_unlikely(builder, builder.icmp_unsigned('!=', failed, SIZE(0))):
                context.call_conv.return_user_exc(
                    builder,
                    MemoryError,
                    ('a thread of a kernel failed, most likely for want of memory',),
                )
            return context.get_dummy_value()

        return types.void(arguments), generate

    return run


def _thunk(context, module, name, kind, symbol, argument_types):
    """A C function that takes a block apart and calls the part with it.

    The block's first word is set if the part fails.
    """
    if name in module.globals:
        return module.globals[name]
    thunk = ir.Function(module, THUNK, name)
    thunk.linkage = 'internal'
    builder = ir.IRBuilder(thunk.append_basic_block())
    block = builder.bitcast(thunk.args[0], kind.as_pointer())
    values = [
        builder.load(cgutils.gep_inbounds(builder, block, 0, number))
        for number in range(1, len(kind.elements))
    ]
    status, _ = call_by(context, builder, symbol, types.none, argument_types, values)
    with builder.if_then(status.is_error):
        builder.store(SIZE(1), cgutils.gep_inbounds(builder, block, 0, 0))
    builder.ret_void()
    return thunk
