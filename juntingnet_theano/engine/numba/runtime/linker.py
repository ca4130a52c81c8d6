"""PyTensor's numba linker, which says so when compiling takes a while.

Kernels are compiled when a function is made and when it is first called, and
kept on disk. Only the first run on a machine waits, and without a word a user
would think that it hangs.

>>> import io
>>> said = io.StringIO()
>>> with announce(said, after=0) as listener:
...     listener.on_start(None)     # numba begins to compile something
>>> said.getvalue()
'compiling kernels, first run only ... 0 s\\n'
"""

import contextlib
import sys
import threading
import time
from typing import Any, Callable, Iterator, Optional, TextIO

from pytensor.configdefaults import config
from pytensor.graph.fg import FunctionGraph

from juntingnet_theano.engine.compat import NumbaLinker, event
from juntingnet_theano.engine.numba.runtime import (
    graphs,
    helper_process,
    kernel_addresses,
    signals,
    threads,
    translations,
)
from juntingnet_theano.engine.ops import REWRITES, TRUE_DIV

PATIENCE = 1.5
"""Seconds of compiling without a word."""


class _Announcer(event.Listener):
    """Speaks once, when numba has been compiling for a while.

    What comes from the disk is no event, however long a busy machine takes.
    """

    def __init__(self, stream, after):
        self._stream, self._after = stream, after
        self._began: Optional[float] = None
        self._spoken, self._over = False, False
        self._lock = threading.Lock()
        self._timer = threading.Timer(after, self._speak)
        self._timer.daemon = True

    def on_start(self, event):
        if self._began is None:
            self._began = time.time()
            if self._after:
                self._timer.start()
            else:
                self._speak()

    def on_end(self, event):
        pass

    def _speak(self):
        with self._lock, contextlib.suppress(OSError, ValueError):
            if self._over:
                return
            self._spoken = True
            self._stream.write('compiling kernels, first run only ...')
            self._stream.flush()

    def stop(self):
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()  # a guest leaves no thread
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._over = True
            if self._spoken and self._began is not None:
                self._stream.write(f' {time.time() - self._began:.0f} s\n')
                self._stream.flush()


@contextlib.contextmanager
def announce(stream: Optional[TextIO] = None, after: float = PATIENCE) -> Iterator[Any]:
    """Tell on `stream`, standard error by default, if compiling takes long."""
    announcer = _Announcer(stream or sys.stderr, after)
    try:
        with event.install_listener('numba:compile', announcer):
            yield announcer
    finally:
        announcer.stop()


class KernelLinker(NumbaLinker):
    """Compiles as PyTensor's linker does, but each graph once, and speaks.

    Only with this linker are our rewrites and translations in force.
    """

    required_rewrites = (*NumbaLinker.required_rewrites, REWRITES, TRUE_DIV)

    def fgraph_convert(self, fgraph: FunctionGraph, **kwargs: Any) -> Any:
        """Make numba functions of the nodes, and one that calls them."""
        if config.numba__cache:
            helper_process.expect(fgraph)
            with kernel_addresses.later(), translations.in_force():
                return graphs.graph_function(fgraph, **kwargs)
        with announce(), translations.in_force():
            return super().fgraph_convert(fgraph, **kwargs)

    def jit_compile(self, fn_and_cache: Any) -> Callable[..., Any]:
        """The graph; it and its kernels are compiled in its first call."""
        with translations.in_force():
            if config.numba__cache:
                compiled = graphs.compile_graph(*fn_and_cache)
            else:
                compiled = super().jit_compile(fn_and_cache)
        return _CompiledGraph(compiled)


class _CompiledGraph:
    """Called by one Python thread at a time; the first call is announced."""

    def __init__(self, compiled):
        self._compiled, self._complete = compiled, False

    def __call__(self, *inputs):
        with threads.one_at_a_time():
            if not self._complete:
                with announce(), helper_process.helped():
                    self._compiled.compile(
                        tuple(self._compiled.typeof_pyval(each) for each in inputs)
                    )
                self._complete = True
            with signals.deferred():
                return self._compiled(*inputs)

    def __getattr__(self, name):
        return getattr(self._compiled, name)
