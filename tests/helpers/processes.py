"""Programs that tests start as a terminal would."""

import signal
import subprocess

from juntingnet_theano import interrupts


def start(command, **streams):
    """Start a program in a process group of its own that signals reach.

    A shell starts what it puts in the background with the interrupt ignored,
    nohup with SIGHUP ignored, and their children inherit that; a test run may
    be such a child.
    """

    def heed():
        for number in interrupts.ENDING:
            signal.signal(number, signal.SIG_DFL)

    return subprocess.Popen(command, start_new_session=True, preexec_fn=heed, **streams)
