"""Where compiled code is kept: PyTensor's folder, or one of this process.

PyTensor makes its ``base_compiledir``, ``~/.pytensor`` by default, when its
linker is imported, and fails if it cannot. A home folder that is read-only, full
or missing must stop nobody: such a process compiles for itself.

>>> environment() is None     # the folder serves, a child finds it by itself
True
"""

import atexit
import os
import pathlib
import shutil
import sys
import tempfile
from typing import Any, Dict, Optional

from juntingnet_theano.engine.compat import flags_of
from juntingnet_theano.engine.errors import CannotWrite

PROBE = 1 << 16
"""Bytes that a folder must have room for."""
_own = []


def settle(config: Any) -> None:
    """Give PyTensor a folder that can be written, before it is used.

    Parameters
    ----------
    config : pytensor.config

    Raises
    ------
    CannotWrite
        If there is no temporary folder either.
    """
    folder = str(config.base_compiledir)
    try:
        os.makedirs(os.path.join(folder, 'numba'), exist_ok=True)
        with tempfile.TemporaryFile(dir=os.path.join(folder, 'numba')) as file:
            file.write(bytes(PROBE))
        return
    except OSError as error:
        reason = error.strerror
    try:
        own = tempfile.mkdtemp(prefix='juntingnet-')
    except OSError as error:
        raise CannotWrite(
            'choosing a folder for compiled kernels',
            f'{folder}: {reason}; and {error.strerror}',
            'one that can be written, with room',
            'set TMPDIR, or THEANO_FLAGS=base_compiledir=FOLDER',
        ) from None
    atexit.register(_remove, own, os.getpid())
    _own.append(own)
    # A setting that is not meant to change; nothing has read it yet.
    flags_of(config)['base_compiledir'].val = pathlib.Path(own)
    sys.stderr.write(
        f'compiled kernels cannot be kept in {folder}: {reason}; this process compiles for itself\n'
    )


def _remove(folder, process):
    """Remove the folder when its own process ends, not when a forked child does."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def environment() -> Optional[Dict[str, str]]:
    """The environment for a child that is to share the folder.

    Returns
    -------
    dict or None
        None where it is this process's own.
    """
    if not _own:
        return None
    flags = os.environ.get('THEANO_FLAGS')
    return dict(
        os.environ,
        THEANO_FLAGS='{}base_compiledir="{}"'.format(flags + ',' if flags else '', _own[0]),
    )
