"""What the processor has: how wide its vectors are and how many it holds.

Read from the features that numba compiles for, so that
``NUMBA_CPU_NAME=haswell`` or ``NUMBA_CPU_FEATURES`` choose the tiles too. Any
width is right on any processor (LLVM splits or joins vectors); these are the
fast ones.

>>> LANES in (4, 8, 16) and REGISTERS in (16, 32)
True
"""
from numba.core.registry import cpu_target

_TRIPLE, _NAME, _FEATURES = cpu_target.target_context.codegen().magic_tuple()


def vector_shape(triple, features):
    """(floats a vector, vectors that the processor's registers hold).

    Parameters
    ----------
    triple : str
        LLVM's name of the architecture, ``x86_64-unknown-linux-gnu``.
    features : str
        LLVM's names, ``+avx2,-avx512f``.

    >>> vector_shape('x86_64-unknown-linux-gnu', '+avx,+avx2,-avx512f')
    (8, 16)
    """
    has = set(features.split(','))
    if '+avx512f' in has:
        return 16, 32
    if '+avx' in has:
        return 8, 16
    if triple.startswith(('aarch64', 'arm64')):
        return 4, 32
    return 4, 16


LANES, REGISTERS = vector_shape(_TRIPLE, _FEATURES)
