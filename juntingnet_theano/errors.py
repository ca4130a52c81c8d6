"""What can go wrong through no fault of the program, one class per situation.

Everything may import this module. The command line turns these errors, and only
these, into a message and exit code 2; any other exception is a bug and keeps its
traceback.

Every message answers four questions: what we were doing, what we got, what we
expected, and what to type next.

>>> print(BadFile('reading an image', 'a.jpg: 0 bytes', 'a JPEG or PNG file',
...               'copy the file again'))
While reading an image: a.jpg: 0 bytes.
  expected: a JPEG or PNG file
  next: copy the file again
"""

import difflib
from typing import Iterable, Optional

from juntingnet_theano.names import printable, shortened

LONGEST = 1000
"""Characters that a line of a message shows."""

LINES = 40
"""Lines that one part of a message shows: no more than a screen."""


class JuntingNetError(Exception):
    """A situation that the user can mend.

    Parameters
    ----------
    doing : str
        What the program was doing ("reading an image").
    got : str
        What it met: the value, shape or path.
    expected : str, optional
        What it needed instead.
    hint : str, optional
        The next command to type or thing to do.
    """

    def __init__(
        self, doing: str, got: str, expected: Optional[str] = None, hint: Optional[str] = None
    ) -> None:
        # All four go to args, so that the error survives pickling when a
        # worker process raises it.
        super().__init__(doing, got, expected, hint)
        self.doing, self.got, self.expected, self.hint = (doing, got, expected, hint)

    def __str__(self):
        lines = ['While {}: {}.'.format(_shown(self.doing), _shown(self.got.rstrip('.')))]
        if self.expected:
            lines.append(f'  expected: {_shown(self.expected)}')
        if self.hint:
            lines.append(f'  next: {_shown(self.hint)}')
        return '\n'.join(lines)


def _shown(text):
    """A part of a message: no escape sequence, no more than a screen."""
    lines = text.split('\n')
    shown = [shortened(printable(line), LONGEST) for line in lines[:LINES]]
    if len(lines) > LINES:
        shown.append(f'... {len(lines) - LINES:,} lines left out')
    return '\n'.join(shown)


class BadFile(JuntingNetError):
    """A file exists but does not hold what its reader needs."""


class MissingFiles(JuntingNetError):
    """Files that an earlier step, or a person, must put in place."""


class MissingFile(MissingFiles, BadFile):
    """A file that a list or a person names does not exist. Code that skips
    bad files skips it too."""


class CannotWrite(JuntingNetError):
    """A file or folder cannot be made where it was asked for."""


class StaleCache(JuntingNetError):
    """A cache was made with settings other than those asked for."""


class BadSetting(JuntingNetError):
    """A setting or argument is unknown, of the wrong type or out of range."""


class WeightsMismatch(JuntingNetError):
    """Weights do not fit the network: a name, a shape or the head differs."""


class Diverged(JuntingNetError):
    """Training met a loss that is not finite."""


class DeadLayer(JuntingNetError):
    """A layer now gives 0 for every image."""


class BadSubmission(JuntingNetError):
    """Saliency maps do not form the archive that a challenge accepts."""


class DownloadFailed(JuntingNetError):
    """None of the addresses of a file delivered it."""


class NotEnoughSpace(JuntingNetError):
    """The disk has no room for what is to be written."""


class Busy(JuntingNetError):
    """Another process is at work on the same file."""


class MissingDependency(JuntingNetError):
    """A library or a device that the chosen engine needs is not there."""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Sentence part that offers the nearest of `names`, for error messages.

    Parameters
    ----------
    name : str
        What was typed.
    names : iterable of str
        What would have been understood.

    Returns
    -------
    str
        ``"did you mean 'epochs'?"``, or the sorted list of all names where
        none is near.

    >>> did_you_mean('epoch', ['epochs', 'seed'])
    "did you mean 'epochs'?"
    >>> did_you_mean('zzz', ['epochs', 'seed'])
    'one of: epochs, seed'
    """
    names = sorted(names)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    return 'one of: {}'.format(', '.join(names))
