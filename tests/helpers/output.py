"""What a command says, and the files that it leaves."""

import contextlib
import io
import os


def said(call):
    """The result of a call, and what it wrote to standard output."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        return call(), text.getvalue()


def left(folder):
    """Name -> bytes of each file of a folder that is not hidden."""
    found = {}
    for name in os.listdir(folder):
        if not name.startswith('.'):
            with open(os.path.join(folder, name), 'rb') as file:
                found[name] = file.read()
    return found
