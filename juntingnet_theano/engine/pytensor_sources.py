"""PyTensor's generated sources in memory instead of in files.

PyTensor writes the source of each function that it makes up to a file in the
temporary folder, for tracebacks, and leaves it there. Python's `linecache`,
which tracebacks and `inspect` read sources from, can hold them as well.

>>> name = remember('answer = 42')
>>> linecache.getline(name, 1)
'answer = 42'
"""

import hashlib
import itertools
import linecache
import sys
from typing import Any, Optional

WRITES = 'write_generated_src'
"""PyTensor's function. Before 3.1 its linkers open a file themselves."""


def remember(source: str, name: Optional[str] = None) -> Any:
    """Keep a source for tracebacks.

    Parameters
    ----------
    source : str
    name : str, optional
        Of no file; a digest of the source by default.

    Returns
    -------
    str
        The name, to compile it with.
    """
    name = name or f'<pytensor {hashlib.sha256(source.encode()).hexdigest()[:16]}>'
    # No time of change: `linecache` never looks for the file.
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    return name


class _Source:
    """What PyTensor before 3.1 takes for a temporary file: it asks for the
    name, and then writes the source."""

    def __init__(self, delete=False):
        self.name = f'<pytensor {next(_numbers)}>'

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def write(self, content):
        remember(content.decode(), self.name)


_numbers = itertools.count()


def install() -> None:
    """Have PyTensor's linkers keep their sources here."""
    for name in ('pytensor.link.utils', 'pytensor.link.numba.cache'):
        module = sys.modules.get(name)
        if hasattr(module, WRITES):
            setattr(module, WRITES, remember)
        elif hasattr(module, 'NamedTemporaryFile'):
            setattr(module, 'NamedTemporaryFile', _Source)  # noqa: B010 - pyright knows none
