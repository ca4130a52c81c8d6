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
from types import FrameType, FunctionType
from typing import Any, Callable, Dict, Iterable, Iterator, NoReturn, Optional

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


def _send_later(number):
    threading.Timer(SECONDS_LATER, _send, [number]).start()


def _handlers() -> Dict[int, Any]:
    """What handles those of `ENDING` that can be handled otherwise for a
    while and are not ignored; nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers = {number: signal.getsignal(number) for number in ENDING}
    # None: set by something other than Python, which cannot restore it.
    return {number: old for number, old in handlers.items() if old not in (signal.SIG_IGN, None)}


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
    before = _handlers()
    report = sys.unraisablehook

    def again(ignored):
        if isinstance(ignored.exc_value, Interrupted):
            _send_later(ignored.exc_value.number)  # here it would be ignored too
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
def kept_out_of(functions: Iterable[FunctionType]) -> Iterator[None]:
    """Let handlers in Python wait while one of these functions runs.

    A library in C calls the functions and cannot pass on what a handler
    raises: it ignores that, or takes it for a failure of theirs.

    Parameters
    ----------
    functions : iterable of function
        Written in Python.
    """
    codes = {function.__code__ for function in functions}
    before = {number: old for number, old in _handlers().items() if callable(old)}

    def handle(number, frame):
        inside = frame
        while inside is not None and inside.f_code not in codes:
            inside = inside.f_back
        if inside is None:
            before[number](number, frame)
        else:
            _send_later(number)

    try:
        for number in before:
            signal.signal(number, handle)
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let `ENDING` wait for the end of the block, which must be short."""
    came = []
    with handled(lambda number, frame: came.append(number)):
        yield
    for number in came[:1]:
        signal.raise_signal(number)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold `ENDING` back while the block starts processes.

    They inherit this thread's mask. A signal from the terminal reaches the
    whole process group; the new processes hold it back, and this process ends
    them. In this process the mask is not enough: another thread (of BLAS) may
    take the signal, and Python then calls the handler in the main thread.
    """
    with deferred():
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
