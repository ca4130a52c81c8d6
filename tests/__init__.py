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


os.environ['TMPDIR'] = tempfile.tempdir = tempfile.mkdtemp(prefix='juntingnet-tests-')
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
