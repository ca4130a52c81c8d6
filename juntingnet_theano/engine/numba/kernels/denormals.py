"""Numbers below 1.2e-38 count as 0 while an update runs, on x86.

A velocity whose gradient stays 0, as that of a dead unit does, shrinks by the
momentum at each step. After some hundred steps it is denormal, where rounding
keeps it, and each product with it takes an Intel processor a hundred cycles: a run
of the released recipe, 58 % of whose velocities in the first dense layer were
denormal after 70 epochs, took 0.49 s a step instead of 0.28 s. The setting is the
thread's, so that each part takes it back when it has finished.

Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1,
10.2.3, has the control register (MXCSR). Other architectures leave theirs as it is.

>>> import numba
>>> @numba.njit
... def half(x):
...     before = flush_denormals()
...     x[0] *= x[1]
...     take_back(before)
...     x[2] *= x[1]
>>> import numpy as np
>>> x = np.float32([1.5e-38, 0.5, 1.5e-38])
>>> half(x)
>>> bool(x[0] == 0) or not ON_X86, float(x[2]) > 0
(True, True)
"""

from typing import Any, Tuple

from numba import types
from numba.extending import intrinsic

from juntingnet_theano.engine.compat import cgutils, ir
from juntingnet_theano.engine.numba.kernels.machine import TARGET

ON_X86 = TARGET[0].startswith(('x86_64', 'i686'))
FLUSH = 0x8040
"""Bits 15 (results that are denormal are 0) and 6 (arguments that are, too)."""
WORD = ir.IntType(32)


def _through_memory(builder, instruction, place):
    """Call ``stmxcsr`` or ``ldmxcsr`` with the address of a word."""
    byte = ir.IntType(8).as_pointer()
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(ir.VoidType(), [byte]), 'llvm.x86.sse.' + instruction
    )
    builder.call(function, [builder.bitcast(place, byte)])


@intrinsic
def flush_denormals(context: Any) -> Tuple[Any, Any]:
    """Let denormal numbers be 0 in this thread; what to `take_back`."""

    def generate(context, builder, signature, values):
        if not ON_X86:
            return WORD(0)
        place = cgutils.alloca_once(builder, WORD)
        _through_memory(builder, 'stmxcsr', place)
        before = builder.load(place)
        builder.store(builder.or_(before, WORD(FLUSH)), place)
        _through_memory(builder, 'ldmxcsr', place)
        return before

    return types.uint32(), generate


@intrinsic
def take_back(context: Any, before: Any) -> Tuple[Any, Any]:
    """Set this thread as it was `before`."""

    def generate(context, builder, signature, values):
        if ON_X86:
            _through_memory(builder, 'ldmxcsr', cgutils.alloca_once_value(builder, values[0]))
        return context.get_dummy_value()

    return types.void(types.uint32), generate
