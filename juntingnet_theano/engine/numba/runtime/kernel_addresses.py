"""Where the machine code of kernels is: addresses that are filled in late.

A graph calls a kernel through a cell, eight bytes that LLVM knows by a name
of ours and that hold the kernel's address once there is one. So graphs and
kernels can be compiled in any order, and by more than one process
(`helper_process`):
a kernel must be there when the graph runs, not when it is compiled.

>>> with later():
...     pass        # what asks for kernels here has them made ready later
>>> make_ready()
"""

import collections
import contextlib
import ctypes
import functools
import hashlib
import os
import threading
from typing import Any, Callable, Iterator, Optional

import filelock
from pytensor.configdefaults import config

from juntingnet_theano.engine.compat import CACHED_SRC_FUNCTIONS, binding, ir
from juntingnet_theano.engine.numba.runtime import disk_cache, threads

PATIENCE = 60
"""Seconds to wait for a kernel that another process compiles."""
_Promise = collections.namedtuple('_Promise', 'kernel argument_types returns symbol')
_cells, _pending, _here = {}, collections.deque(), threading.local()


def promise(kernel: Any, argument_types: Any, returns: Any) -> str:
    """Name under which LLVM knows the cell of a kernel.

    Parameters
    ----------
    kernel : numba dispatcher
    argument_types : tuple of numba types
    returns : numba type

    Returns
    -------
    str
    """
    text = f'{CACHED_SRC_FUNCTIONS[kernel.py_func]}.{kernel.py_func.__name__}.{argument_types}'
    symbol = 'juntingnet_' + hashlib.sha256(text.encode()).hexdigest()
    if symbol not in _cells:
        _cells[symbol] = cell = ctypes.c_int64()
        binding.add_symbol(symbol, ctypes.addressof(cell))
        _pending.append(_Promise(kernel, argument_types, returns, symbol))
    return symbol


def address_in(builder: Any, symbol: str) -> Any:
    """LLVM's integer: what the cell of that name holds when this runs."""
    cell = builder.module.globals.get(symbol)
    if cell is None:
        cell = ir.GlobalVariable(builder.module, ir.IntType(64), symbol)
    return builder.load(cell)


@contextlib.contextmanager
def later() -> Iterator[None]:
    """Only promise the kernels that this thread asks for in the body. The
    caller must `make_ready` before anything that calls them runs."""
    before, _here.later = getattr(_here, 'later', False), True
    try:
        yield
    finally:
        _here.later = before


def once(factory: Callable[..., Any]) -> Any:
    """Decorator: a function that asks for kernels, called once for each set
    of arguments. What it returns can be run, but `later`."""
    made = functools.lru_cache(maxsize=None)(factory)

    @functools.wraps(factory)
    def ready(*args, **kwargs):
        result = made(*args, **kwargs)
        if not getattr(_here, 'later', False):
            make_ready()
        return result

    return ready


def make_ready(enough: Optional[Callable[[], bool]] = None, last_first: bool = False) -> None:
    """Compile the kernels that were promised, or take them from the disk.

    Parameters
    ----------
    enough : callable, optional
        Asked before each kernel; no more are made ready if it says so.
    last_first : bool
        Begin with the one that was promised last.
    """
    with threads.one_at_a_time():
        while _pending and not (enough and enough()):
            take, put = (
                (_pending.pop, _pending.append)
                if last_first
                else (_pending.popleft, _pending.appendleft)
            )
            promised = take()
            try:
                _fill(promised)
            except BaseException:
                put(promised)  # Ctrl-C, and then the next attempt
                raise


def _fill(promised):
    kernel, argument_types, returns, symbol = promised
    threads.start()
    with _one_process(symbol):
        kernel.compile(argument_types)
    compiled = kernel.overloads[argument_types]
    if compiled.signature.return_type != returns:
        raise TypeError(
            f'{kernel.py_func.__name__} returns {compiled.signature.return_type}, '
            f'not {returns} as promised'
        )
    # One with a wrapper for C is only called through it: `kernel_calls.c_address`.
    name = (
        compiled.fndesc.llvm_func_name
        if kernel.targetoptions['no_cfunc_wrapper']
        else compiled.fndesc.llvm_cfunc_wrapper_name
    )
    _cells[symbol].value = compiled.library.get_pointer_to_function(name)


@contextlib.contextmanager
def _one_process(symbol):
    """Let another process that compiles the same kernel finish first: it is
    on disk then. One that is stuck is not waited for."""
    if not config.numba__cache:
        yield
        return
    lock = filelock.FileLock(os.path.join(disk_cache.FOLDER, symbol + '.lock'), timeout=PATIENCE)
    # OSError: a folder that cannot be written, of which `disk_cache` tells the user.
    with contextlib.suppress(filelock.Timeout, OSError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
