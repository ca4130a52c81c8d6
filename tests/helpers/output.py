"""What a command says, and the files that it leaves."""

import contextlib
import io
import os

from juntingnet_theano.cli.main import main


def captured(words):
    """Exit code of a command, and what it wrote to standard output and error."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse's own way to leave
            code = stop.code
    return code, out.getvalue(), error.getvalue()


def said(call):
    """The result of a call, and what it wrote to standard output."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        return call(), text.getvalue()


def names_left(root):
    """What lies beside a root, where caches and parts are written."""
    return sorted(os.listdir(os.path.dirname(root)))


def left(folder):
    """Name -> bytes of each file of a folder that is not hidden."""
    found = {}
    for name in os.listdir(folder):
        if not name.startswith('.'):
            with open(os.path.join(folder, name), 'rb') as file:
                found[name] = file.read()
    return found


def tracebacks(errors):
    """How many exceptions nobody caught, in what programs wrote: one that came while
    another was handled, as import does, is one with it."""
    return errors.count('Traceback') - errors.count('During handling of the above exception')
