"""What a command says."""

import contextlib
import io


def said(call):
    """The result of a call, and what it wrote to standard output."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        return call(), text.getvalue()
