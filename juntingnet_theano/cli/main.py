"""The command ``juntingnet``: reads arguments, calls a stage, reports errors.

Each verb is a module beside this one with `NAME`, `HELP`, `EXAMPLE`,
``add_arguments(parser)`` and ``run(args)``. Heavy imports wait inside
``run``, so that ``--help`` answers at once.

>>> main(['train', '--set', 'epoch=3', '--run', 'nowhere/at-all'])
2
"""

import argparse
import contextlib
import gc
import os
import signal
import sys

from juntingnet_theano import interrupts
from juntingnet_theano.cli import (
    download,
    evaluate,
    figure1,
    info,
    options,
    predict,
    preprocess,
    report,
    sample,
    serve,
    submit,
    train,
    weights,
)
from juntingnet_theano.errors import CannotWrite, JuntingNetError, MissingFiles
from juntingnet_theano.version import __version__

VERBS = (
    sample,
    download,
    preprocess,
    train,
    predict,
    evaluate,
    serve,
    submit,
    report,
    info,
    weights,
    figure1,
)


def parser():
    """The argument parser with a sub-parser for each verb."""
    top = options.Parser(
        prog='juntingnet',
        description='JuntingNet: train the saliency '
        'network of Pan and Giro-i-Nieto (2015) and predict where people '
        'look.',
    )
    top.add_argument('--version', action='version', version=__version__)
    verbs = top.add_subparsers(dest='verb', metavar='VERB')
    verbs.required = True
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.NAME,
            help=verb.HELP,
            description=verb.HELP,
            epilog='example: ' + verb.EXAMPLE,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        verb.add_arguments(sub)
        sub.set_defaults(run_verb=verb.run)
    return top


def main(argv=None):
    """Run one verb.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit code: 0, 2 for what the user can mend, 130 after Ctrl-C, 143
        after SIGTERM, 129 after SIGHUP.
    """
    came = []

    def end(number, frame):
        came.append(number)
        interrupts.interrupt(number, frame)

    try:
        with interrupts.handled(end):
            code = _run(argv)
    except JuntingNetError as error:
        _tell(f'juntingnet: {error}')
        code = 2
    except KeyboardInterrupt:
        came = came or [signal.SIGINT]
    except Exception:
        # A library that was interrupted in the middle of its import may call
        # it an ImportError.
        if not came:
            raise
    if came:
        _tell('juntingnet: interrupted')
        return interrupts.code(came[0])
    return code


def _run(argv):
    """Run the verb that is asked for; exit code."""
    try:
        try:
            args = parser().parse_args(argv)
            _check_folder()
            return args.run_verb(args) or 0
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone
        _drop(sys.stdout)
        return 1


def _check_folder():
    """Refuse to work in a folder that is gone."""
    try:
        os.getcwd()
    except OSError:
        raise MissingFiles(
            'starting', 'the folder that you are in was removed', None, 'cd to another'
        )


class _Output:
    """Standard output whose faults are told from those of other files."""

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        with self._told():
            return self._stream.write(text)

    def flush(self):
        with self._told():
            self._stream.flush()

    @contextlib.contextmanager
    def _told(self):
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            _drop(self._stream)
            raise CannotWrite('writing to standard output', error.strerror, 'a place with room')


def _tell(text):
    """A line to standard error, if anybody reads it."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


def _drop(stream):
    """Give what a stream could not write to nobody: Python would try again
    at its end, and fail."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def command():
    """The process: `main` with its arguments.

    Returns
    -------
    int
        Its exit code.
    """
    _open_streams()
    sys.stdout = _Output(sys.stdout)
    code = main()
    # What an engine leaves behind ends with the process. Looking it through
    # for garbage first would take Python 0.4 s.
    gc.freeze()
    return code


def _open_streams():
    """Give standard streams that were closed (``2>&-``) to nobody: the next
    files to be opened would get their numbers, and whatever a library says
    on them."""
    number = -1
    while number <= 2:
        number = os.open(os.devnull, os.O_RDWR)
        if number <= 2:
            os.set_inheritable(number, True)
    os.close(number)
    for name in ('stdout', 'stderr'):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, 'w'))
