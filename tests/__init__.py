"""The tests; whatever they leave in the temporary folder goes with them.

Both nosetests and pytest import this package before any of its modules. The
processes that tests start have the folder from the environment.
"""

import atexit
import os
import shutil
import signal
import tempfile

_OWNER = os.getpid()


def _remove(folder):
    if os.getpid() == _OWNER:  # not a fork
        shutil.rmtree(folder, ignore_errors=True)


def _memory():
    """A file system in memory, where nobody asked for another and much is free:
    the trainings write a hundred checkpoints of 300 MB, on a disk for a quarter
    of their time."""
    shared = '/dev/shm'
    if 'TMPDIR' in os.environ or not os.access(shared, os.W_OK | os.X_OK):
        return None
    found = os.statvfs(shared)
    is_roomy = found.f_bavail * found.f_frsize >= ROOMY
    return shared if is_roomy and not found.f_flag & os.ST_NOEXEC else None


ROOMY = 8 << 30
os.environ['TMPDIR'] = tempfile.tempdir = tempfile.mkdtemp('', 'juntingnet-tests-', _memory())
atexit.register(_remove, tempfile.tempdir)

# A shell starts what it puts in the background with the interrupt ignored,
# nohup with SIGHUP ignored. The tests are about what these do.
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGTERM, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)
