"""Signals that arrive while code runs which Python's handlers must not interrupt.

>>> with deferred():
...     pass    # Ctrl-C raises KeyboardInterrupt after the block
"""

import contextlib
import signal
import threading
from typing import ContextManager, Iterator

from juntingnet_theano.engine.compat import JITCodeLibrary
from juntingnet_theano.engine.numba.runtime.replaced_methods import replaced

_HANDLED = [
    getattr(signal, name)
    for name in (
        'SIGINT',
        'SIGTERM',
        'SIGHUP',
        'SIGQUIT',
        'SIGBREAK',
        'SIGALRM',
        'SIGVTALRM',
        'SIGPROF',
        'SIGUSR1',
        'SIGUSR2',
    )
    if hasattr(signal, name)
]
"""Signals for which programs have handlers that raise."""


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let Python's signal handlers wait for the end of the block.

    Compiled code and LLVM call Python, and Python takes the opportunity to call
    a handler. What that raises, as Ctrl-C's does, nobody expects there:

    - numba's wrappers make an array of a result so. The result is lost, and what
      comes out is a SystemError.
    - LLVM hands machine code to numba so. The handler's error is printed and
      lost, and numba says that there is no compiled object.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler is ever called here
        return
    came = []
    with contextlib.ExitStack() as after:
        for number in _HANDLED:
            handler = signal.getsignal(number)
            if callable(handler):
                after.callback(_hand_on, came, number, handler)
                signal.signal(number, lambda *call: came.append(call))
        yield


def deferred_by_llvm() -> ContextManager[None]:
    """`deferred` whenever LLVM makes or links machine code in the block."""
    return replaced(JITCodeLibrary, '_finalize_specific', _undisturbed)


def _undisturbed(finalize, library):
    with deferred():
        finalize(library)


def _hand_on(came, number, handler):
    """Give a signal its handler again, and the handler what came."""
    signal.signal(number, handler)
    for call in came:
        if call[0] == number:
            handler(*call)
            break
