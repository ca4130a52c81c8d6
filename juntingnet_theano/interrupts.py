"""Signals that ask a program to end: Ctrl-C, SIGTERM and SIGHUP alike.

>>> came = []
>>> with handled(lambda number, frame: came.append(number)):
...     signal.raise_signal(signal.SIGTERM)
>>> came == [signal.SIGTERM]
True
"""

import contextlib
import signal
import sys
import threading
from types import FrameType
from typing import Callable, Iterator, NoReturn, Optional

ENDING = tuple(
    getattr(signal, name) for name in ('SIGINT', 'SIGTERM', 'SIGHUP') if hasattr(signal, name)
)
"""The terminal's Ctrl-C, a scheduler's end, and a terminal that closes."""


SECONDS_LATER = 0.02


class Interrupted(KeyboardInterrupt):
    """One of `ENDING` arrived. Code that tidies up after Ctrl-C handles it too.

    Attributes
    ----------
    number : int
        The signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def code(number: int) -> int:
    """Exit code that shells give a program which a signal ended."""
    return 128 + number


def interrupt(number: int, frame: Optional[FrameType]) -> NoReturn:
    """Signal handler: raise `Interrupted`."""
    raise Interrupted(number)


def _send(number):
    """Raise a signal in the main thread, which may be waiting."""
    main = threading.main_thread().ident
    if hasattr(signal, 'pthread_kill') and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)


@contextlib.contextmanager
def handled(handler: Callable[[int, Optional[FrameType]], object]) -> Iterator[None]:
    """Let a function handle `ENDING` while the block runs.

    Ignored signals stay ignored: ``nohup`` ignores SIGHUP for a program, and
    a shell ignores Ctrl-C for a job in the background. Outside the main
    thread Python sets no handlers, and the block runs without one.

    Parameters
    ----------
    handler : callable
        As `signal.signal` takes it. Python ignores exceptions in some places,
        such as callbacks of weak references. A handler that raises
        `Interrupted` there is called again.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in ENDING}
    # None: set by something other than Python, which cannot restore it.
    before = {number: old for number, old in before.items() if old not in (signal.SIG_IGN, None)}
    report = sys.unraisablehook

    def again(ignored):
        if isinstance(ignored.exc_value, Interrupted):
            # Later: here it would be ignored too.
            threading.Timer(SECONDS_LATER, _send, [ignored.exc_value.number]).start()
        else:
            report(ignored)

    try:
        for number in before:
            signal.signal(number, handler)
        if before:
            sys.unraisablehook = again
        yield
    finally:
        if before:
            sys.unraisablehook = report
        for number, old in before.items():
            signal.signal(number, old)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold `ENDING` back while the block starts processes.

    They inherit this thread's mask. A signal from the terminal reaches the
    whole process group; the new processes hold it back, and this process ends
    them. In this process the mask is not enough: another thread (of BLAS) may
    take the signal, and Python then calls the handler in the main thread.
    """
    came = []
    with handled(lambda number, frame: came.append(number)):
        if hasattr(signal, 'pthread_sigmask'):
            # When it starts, the tracker lifts the mask.
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()
            before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            yield
        finally:
            if hasattr(signal, 'pthread_sigmask'):
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
    for number in came[:1]:
        signal.raise_signal(number)
