"""Translations of PyTensor's Ops that belong to our linker alone.

PyTensor has one registry of translations for everybody, and translations of
Ops that hold graphs (loops, branches) ask it too. So ours stand in it only
while our linker translates a graph, and only for the thread that does: a
function that PyTensor's own numba linker compiles, before, after or meanwhile,
gets what PyTensor would have given it.

>>> from pytensor.tensor.math import Dot
>>> before = numba_funcify_and_cache_key.dispatch(Dot)
>>> with in_force():
...     numba_funcify_and_cache_key.dispatch(Dot) is before
False
>>> numba_funcify_and_cache_key.dispatch(Dot) is before
True
"""

import contextlib
import functools
from threading import local
from typing import Any, Callable, Iterator

from juntingnet_theano.engine.compat import numba_funcify, numba_funcify_and_cache_key
from juntingnet_theano.engine.numba.runtime import disk_cache, threads

_swaps = []
"""(registry, Op, ours, PyTensor's)."""
_here = local()


def replaces(op: Any) -> Callable[[Any], Any]:
    """Decorator: a translation that takes the place of PyTensor's.

    Parameters
    ----------
    op : type
        The class of the Op.
    """

    def decorator(translate):
        def without_key(*args, **kwargs):
            return translate(*args, **kwargs)[0]

        _add(numba_funcify_and_cache_key, op, translate)
        _add(numba_funcify, op, without_key)
        return translate

    return decorator


def _add(registry, op, translate):
    theirs = registry.dispatch(op)

    @functools.wraps(translate)
    def ours(*args, **kwargs):
        chosen = translate if getattr(_here, 'depth', 0) else theirs
        return chosen(*args, **kwargs)

    _swaps.append((registry, op, ours, theirs))


@contextlib.contextmanager
def in_force() -> Iterator[None]:
    """Translate with ours while the block runs, in this thread, and let
    numba keep what is translated in files of ours."""
    with threads.one_at_a_time(), disk_cache.in_files_of_ours():
        _here.depth = getattr(_here, 'depth', 0) + 1
        try:
            for registry, op, ours, _ in _swaps:
                registry.register(op)(ours)
            yield
        finally:
            _here.depth -= 1
            if not _here.depth:
                for registry, op, _, theirs in _swaps:
                    registry.register(op)(theirs)
