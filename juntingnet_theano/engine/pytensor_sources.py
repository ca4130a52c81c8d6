"""PyTensor's generated sources in memory instead of in files.

PyTensor writes the source of each function that it makes up to a file in the
temporary folder, for tracebacks, and leaves it there. Python's `linecache`,
which tracebacks and `inspect` read sources from, can hold them as well.

>>> name = remember('answer = 42')
>>> linecache.getline(name, 1)
'answer = 42'
"""

import hashlib
import linecache
import sys
from typing import Any

WRITES = 'write_generated_src'
"""PyTensor's function; older releases have none."""


def remember(source: str) -> Any:
    """Keep a source for tracebacks.

    Parameters
    ----------
    source : str

    Returns
    -------
    str
        A file name, of no file, to compile it with.
    """
    name = f'<pytensor {hashlib.sha256(source.encode()).hexdigest()[:16]}>'
    # No time of change: `linecache` never looks for the file.
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    return name


def install() -> None:
    """Have PyTensor's linkers keep their sources here."""
    for name in ('pytensor.link.utils', 'pytensor.link.numba.cache'):
        module = sys.modules.get(name)
        if hasattr(module, WRITES):
            setattr(module, WRITES, remember)
