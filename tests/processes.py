"""Programs that tests start as a terminal would."""
import signal
import subprocess


def start(command, **streams):
    """Start a program in a process group of its own that Ctrl-C reaches.

    A shell starts what it puts in the background with the interrupt ignored,
    and its children inherit that; a test run may be such a child.
    """
    return subprocess.Popen(
        command, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **streams)
