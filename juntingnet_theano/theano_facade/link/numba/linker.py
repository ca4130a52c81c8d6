"""PyTensor's numba linker, which says so when compiling takes a while.

Kernels are compiled when a function is made and when it is first called, and
kept on disk. Only the first run on a machine waits; who waits without a word
takes the program for dead.

>>> import io
>>> said = io.StringIO()
>>> with announced(said, after=0):
...     import time; time.sleep(0.05)
>>> said.getvalue().startswith('compiling kernels, first run only ...')
True
"""
import contextlib
import sys
import threading
import time

from pytensor.configdefaults import config
from pytensor.link.numba.linker import NumbaLinker

from juntingnet_theano.theano_facade.link.numba import (
    ahead, graphs, ready, threads)

PATIENCE = 1.5
"""Seconds without a word; what comes from the disk takes less."""


@contextlib.contextmanager
def announced(stream=None, after=PATIENCE):
    """Tell on `stream`, standard error by default, if the body takes long."""
    stream = stream or sys.stderr
    start, spoken = time.time(), threading.Event()

    def speak():
        spoken.set()
        stream.write('compiling kernels, first run only ...')
        stream.flush()

    timer = threading.Timer(after, speak)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if spoken.is_set():
            stream.write(' {:.0f} s\n'.format(time.time() - start))
            stream.flush()


class KernelLinker(NumbaLinker):
    """Compiles as PyTensor's linker does, but each graph once, and speaks."""

    def fgraph_convert(self, fgraph, **kwargs):
        """Make numba functions of the nodes, and one that calls them."""
        if config.numba__cache:
            ahead.expect(fgraph)
            with ready.later():
                return graphs.graph_function(fgraph, **kwargs)
        with announced():
            return super(KernelLinker, self).fgraph_convert(fgraph, **kwargs)

    def jit_compile(self, fn_and_cache):
        """The graph; it and its kernels are compiled in its first call."""
        if config.numba__cache:
            compiled = graphs.compiled(*fn_and_cache)
        else:
            compiled = super(KernelLinker, self).jit_compile(fn_and_cache)
        return _CompiledGraph(compiled)


class _CompiledGraph(object):
    """Called by one Python thread at a time; the first call is announced."""

    def __init__(self, compiled):
        self._compiled, self._complete = compiled, False

    def __call__(self, *inputs):
        with threads.one_at_a_time():
            if not self._complete:
                with announced(), ahead.helped():
                    self._compiled.compile(tuple(
                        self._compiled.typeof_pyval(each)
                        for each in inputs))
                self._complete = True
            return self._compiled(*inputs)

    def __getattr__(self, name):
        return getattr(self._compiled, name)
