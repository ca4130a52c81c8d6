"""Compiled functions on disk: one checked file each, a folder a processor.

numba keeps an index and numbered data files a function. An index that was cut
off stops every later run, and two computers that share a home folder can
write different code under one number. Here the file's name is a digest of all
that the code depends on, and the file begins with a digest of its content:
what is damaged, or was kept for something else, is compiled and kept again.

What is made `in_files_of_ours` goes this way, all other functions numba's.

>>> os.path.basename(FOLDER) == machine.name()
True
"""

import contextlib
import hashlib
import os
import pickle
import re
import sys
import tempfile
import time
from typing import Any, Callable, ContextManager

import llvmlite
import numba

from juntingnet_theano.engine.compat import (
    CACHED_SRC_FUNCTIONS,
    NUMBA_CACHE_PATH,
    Dispatcher,
    FunctionCache,
    dumps,
    rtsys,
)
from juntingnet_theano.engine.numba.kernels import machine
from juntingnet_theano.engine.numba.runtime import signals
from juntingnet_theano.engine.numba.runtime.replaced_methods import replaced
from juntingnet_theano.engine.regular_files import open_regular

FOLDER = os.path.join(str(NUMBA_CACHE_PATH), machine.name())
"""Of this processor: wide or narrow vectors are no part of numba's key."""
ABANDONED = 3600
"""Seconds after which a file that nobody has completed is removed."""
_VERSIONS = sys.version, numba.__version__, llvmlite.__version__
_DIGEST = hashlib.sha256().digest_size


class _Files:
    """What numba's `Cache` keeps its entries in.

    Parameters
    ----------
    name : str
        Tells the function from others.
    """

    refused = False  # whether the folder was found not to be writable

    def __init__(self, name):
        self._name = name

    def _path(self, key):
        text = repr((_VERSIONS, machine.name(), self._name, key))
        start = re.sub(r'\W', '_', self._name)[:40]
        return os.path.join(FOLDER, f'{start}-{hashlib.sha256(text.encode()).hexdigest()}.kernel')

    def load(self, key):
        """The data kept under a key; None where there is none, or is none
        that can be trusted."""
        with contextlib.suppress(OSError):
            with open_regular(self._path(key)) as file:
                digest, content = file.read(_DIGEST), file.read()
            if hashlib.sha256(content).digest() == digest:
                kept_under, data = pickle.loads(content)
                return data if kept_under == key else None
        return None

    def save(self, key, data):
        """Keep data, complete or not at all. Where that fails it is said
        once, and the process goes on with what it has compiled."""
        if _Files.refused:
            return
        content = dumps((key, data))
        try:
            _write(self._path(key), hashlib.sha256(content).digest() + content)
        except OSError as error:
            _Files.refused = True
            sys.stderr.write(
                f'compiled kernels are not kept in {FOLDER}: {error.strerror}; the next run '
                'compiles them again\n'
            )

    def flush(self):
        """numba's way to forget a function; nothing here ever grows old."""


def _write(path, content):
    os.makedirs(FOLDER, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=FOLDER, suffix='.part', delete=False) as file:
        try:
            file.write(content)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.remove(file.name)
            raise


class KernelCache(FunctionCache):
    """numba's cache of one function, with files of ours."""

    def __init__(self, py_func: Callable[..., Any]) -> None:
        super().__init__(py_func)
        self._cache_file = _Files(self._impl.filename_base)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """As numba's, which makes the target ready to compile before. That
        takes a third of a second, and machine code from the disk needs no
        more of it than the allocator."""
        with signals.deferred_by_llvm():
            rtsys.initialize(target_context)
            return self._load_overload(sig, target_context)


def in_files_of_ours() -> ContextManager[None]:
    """Functions with a key of their own that numba is asked to keep, by this
    thread and while the block runs, go to files of ours."""
    return replaced(Dispatcher, 'enable_caching', _keep)


def _keep(enable_caching, dispatcher):
    if dispatcher.py_func in CACHED_SRC_FUNCTIONS:
        dispatcher._cache = KernelCache(dispatcher.py_func)
    else:
        enable_caching(dispatcher)


def _remove_abandoned():
    """Remove what processes that were killed had begun to write."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(FOLDER):
            if entry.name.endswith('.part') and time.time() - entry.stat().st_mtime > ABANDONED:
                os.remove(entry.path)


_remove_abandoned()
