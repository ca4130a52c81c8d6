"""What can go wrong in the engine through no fault of the program.

Every message answers four questions: what we were doing, what we got, what we
expected, and what to type next. A command line turns these errors, and only
these, into a message.

>>> print(BadSetting('choosing kernels', 'LANES=3', '4, 8 or 16', 'unset LANES'))
While choosing kernels: LANES=3.
  expected: 4, 8 or 16
  next: unset LANES
"""

import difflib
from typing import Iterable, Optional


class EngineError(Exception):
    """A situation that the user can mend.

    Parameters
    ----------
    doing : str
        What the engine was doing ("reading THEANO_FLAGS").
    got : str
        What it met: the value or path.
    expected : str, optional
        What it needed instead.
    hint : str, optional
        The next command to type or thing to do.
    """

    def __init__(
        self, doing: str, got: str, expected: Optional[str] = None, hint: Optional[str] = None
    ) -> None:
        # All four go to args, so that the error survives pickling.
        super().__init__(doing, got, expected, hint)
        self.doing, self.got, self.expected, self.hint = doing, got, expected, hint

    def __str__(self):
        lines = [f'While {self.doing}: {self.got.rstrip(".")}.']
        if self.expected:
            lines.append(f'  expected: {self.expected}')
        if self.hint:
            lines.append(f'  next: {self.hint}')
        return ''.join(map(_shown, '\n'.join(lines)))


def _shown(mark):
    """A character as any terminal can take it: no escape sequence."""
    return mark if mark == '\n' or mark.isprintable() else ascii(mark)[1:-1]


class BadSetting(EngineError):
    """A flag or an environment variable has a value that it cannot have."""


class BadFile(EngineError):
    """A file of settings cannot be read."""


class CannotWrite(EngineError):
    """There is no folder for compiled kernels."""


class MissingDependency(EngineError):
    """A library or a device that the chosen engine needs is not there."""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Sentence part that offers the nearest of `names`, or all of them.

    Parameters
    ----------
    name : str
        What was typed.
    names : iterable of str
        What would have been understood.

    Returns
    -------
    str

    >>> did_you_mean('floatx', ['floatX', 'device'])
    "did you mean 'floatX'?"
    """
    names = sorted(names)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{near[0]}'?" if near else 'one of: {}'.format(', '.join(names))
