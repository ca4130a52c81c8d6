"""One pool of threads: numba's. BLAS is held at one thread.

OpenBLAS keeps a pool of its own. Two pools fight for the cores: an idle
thread of either spins for a while waiting for work, on the core where the
other's thread has some. And a kernel that hands each of its threads an image
of its own must not have each start as many again inside BLAS. So the library
that numba's ``np.dot`` calls (SciPy's) gets one thread, for the whole
process, and our kernels do the sharing out. NumPy's own BLAS is another copy
and is left alone. ``NUMBA_NUM_THREADS`` says how many threads there are.

numba lets go of the interpreter's lock while its threads run, and the
workqueue layer ends a process that enters it twice at once. So of two Python
threads only one is in a compiled graph at any time (`one_at_a_time`); the
other would find no idle core anyway. A forked process
has none of numba's threads, and the omp layer ends one that asks for them:
there, kernels run on the thread that calls them.

>>> shares(5, 2).tolist()
[0, 2, 5]
"""

import ctypes
import functools
import os
import threading
from typing import Any, ContextManager

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic
from scipy.linalg import cython_blas  # pyright: ignore[reportAttributeAccessIssue]  (compiled)

from juntingnet_theano.engine.compat import binding, ir
from juntingnet_theano.engine.numba.kernels import machine
from juntingnet_theano.engine.numba.runtime.memory import keep_freed_blocks

SETTERS = (
    'scipy_openblas_set_num_threads',
    'openblas_set_num_threads',
    'MKL_Set_Num_Threads',
    'bli_thread_set_num_threads',
)
CORES = 'scipy_openblas_get_corename', 'openblas_get_corename'

_most = ctypes.c_int64(2**31)
_MOST = 'juntingnet_most_threads'
binding.add_symbol(_MOST, ctypes.addressof(_most))


_graph_lock = threading.RLock()  # a graph's Op may call another graph


def one_at_a_time() -> ContextManager[Any]:
    """The lock that a Python thread holds while it is in a compiled graph."""
    return _graph_lock


def _stay_alone():
    """In a forked child: numba's other threads exist only in the parent, and
    so does the one that may hold the lock."""
    global _graph_lock
    _most.value, _graph_lock = 1, threading.RLock()


@intrinsic
def _most_threads(context):
    """The value of `_most` when the kernel runs, read by its symbol."""

    def generate(context, builder, signature, values):
        variable = builder.module.globals.get(_MOST)
        if variable is None:
            variable = ir.GlobalVariable(builder.module, ir.IntType(64), _MOST)
        return builder.load(variable)

    return types.intp(), generate


# numba.get_num_threads() inside a kernel puts an address of this process
# into it, which forbids the disk cache. The same C function by its symbol
# does not. (intp: as numba itself declares it in every parallel kernel.)
_numbas_threads = types.ExternalFunction('get_num_threads', types.intp())


@numba.njit
def current_threads() -> Any:
    """How many threads a kernel may start; 1 in a forked process."""
    return min(_numbas_threads(), _most_threads())


def hold_blas_at_one_thread() -> None:
    """Tell the BLAS behind SciPy to use one thread, where it has a say."""
    for name in SETTERS:
        setter = getattr(_blas(), name, None)
        if setter is not None:
            setter(ctypes.c_int(1))
            return


def _blas():
    """The BLAS behind SciPy: a look-up through this handle also searches the
    libraries that SciPy's module is linked with."""
    return ctypes.CDLL(cython_blas.__file__)


def arithmetic() -> str:
    """Whose arithmetic computes: vectors, processor, numba and BLAS.

    >>> arithmetic().startswith('kernels of {} lanes'.format(machine.LANES))
    True
    """
    core = 'another'
    for name in CORES:
        get = getattr(_blas(), name, None)
        if get is not None:
            get.restype = ctypes.c_char_p
            core = get().decode()
            break
    return (
        f'kernels of {machine.LANES} lanes for {machine.TARGET[1]}, '
        f'numba {numba.__version__}, BLAS for {core}'
    )


@functools.lru_cache(maxsize=None)
def start() -> None:
    """Start numba's threads, hold BLAS at one, keep memory for them.

    A parallel kernel that comes from the disk cache finds its symbols only
    after numba's threads were started; asking for their number starts them.
    Processes that are forked from now on have none.
    """
    os.register_at_fork(after_in_child=_stay_alone)
    hold_blas_at_one_thread()
    keep_freed_blocks()
    numba.get_num_threads()


@numba.njit
def shares(count: int, threads: int) -> np.ndarray:
    """Bounds of `threads` even shares of ``range(count)``."""
    bounds = np.empty(threads + 1, np.int64)
    for thread in range(threads + 1):
        bounds[thread] = count * thread // threads
    return bounds
