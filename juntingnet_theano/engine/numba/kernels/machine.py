"""What the processor has: how wide its vectors are and how many it holds.

Read from the features that numba compiles for, so that
``NUMBA_CPU_NAME=generic`` or ``NUMBA_CPU_FEATURES`` choose the tiles too. Any
width is right on any processor (LLVM splits or joins vectors); these are the
fast ones. ``JUNTINGNET_LANES=16`` asks for the kernels of a wider processor,
so that they can be tested on this one.

>>> LANES in (4, 8, 16) and REGISTERS in (16, 32)
True
"""

import hashlib
import os

from juntingnet_theano.engine.compat import cpu_target
from juntingnet_theano.engine.errors import BadSetting

TARGET = cpu_target.target_context.codegen().magic_tuple()
"""LLVM's names of the architecture, the processor and its features."""
ASKED = 'JUNTINGNET_LANES'


def vector_shape(triple, features, lanes=None):
    """(floats a vector, vectors that the processor's registers hold).

    Parameters
    ----------
    triple : str
        LLVM's name of the architecture, ``x86_64-unknown-linux-gnu``.
    features : str
        LLVM's names, ``+avx2,-avx512f``.
    lanes : str, optional
        The width that somebody asks for instead.

    Raises
    ------
    BadSetting
        For a width that no processor has.

    >>> vector_shape('x86_64-unknown-linux-gnu', '+avx,+avx2,-avx512f')
    (8, 16)
    >>> vector_shape('x86_64-unknown-linux-gnu', '+avx,+avx2', '16')
    (16, 32)
    """
    has = set(features.split(','))
    many = triple.startswith(('aarch64', 'arm64'))
    if lanes not in (None, '', '4', '8', '16'):
        raise BadSetting(
            'choosing kernels', f'{ASKED}={lanes}', '4, 8 or 16 floats a vector', 'unset ' + ASKED
        )
    width = int(lanes or (16 if '+avx512f' in has else 8 if '+avx' in has else 4))
    return width, 32 if many or width == 16 else 16


LANES, REGISTERS = vector_shape(TARGET[0], TARGET[2], os.environ.get(ASKED))
COMPRESSES = LANES == 16 and '+avx512f' in TARGET[2].split(',')
"""Whether an instruction puts chosen lanes of a vector side by side."""


def name():
    """What tells this processor, as kernels see it, from others.

    >>> name().split('-')[0] in ('4', '8', '16')
    True
    """
    digest = hashlib.sha256(repr(TARGET).encode()).hexdigest()
    return f'{LANES}-{TARGET[1]}-{digest[:16]}'
