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
from typing import Any, Optional, Sequence

from juntingnet_theano import interrupts
from juntingnet_theano.cli import (
    download,
    evaluate,
    export,
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
    video,
    weights,
)
from juntingnet_theano.engine.errors import EngineError
from juntingnet_theano.errors import CannotWrite, JuntingNetError, MissingFiles
from juntingnet_theano.version import __version__

VERBS = (
    sample,
    download,
    preprocess,
    train,
    predict,
    video,
    evaluate,
    serve,
    submit,
    export,
    report,
    info,
    weights,
    figure1,
)


def parser() -> argparse.ArgumentParser:
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
            formatter_class=options.Help,
        )
        verb.add_arguments(sub)
        sub.set_defaults(run_verb=verb.run)
    return top


def main(argv: Optional[Sequence[str]] = None) -> int:
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
    except (JuntingNetError, EngineError) as error:
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
    except OSError as error:
        raise MissingFiles(
            'starting', 'the folder that you are in was removed', None, 'cd to another'
        ) from error


class _Output:
    """Standard output; its errors are told apart from those of other files."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
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
            raise CannotWrite(
                'writing to standard output', error.strerror or str(error), 'a place with room'
            ) from error


def _tell(text):
    """A line to standard error, if anybody reads it."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr)


def _drop(stream):
    """Discard what a stream could not write: Python would try to write it
    again when it exits, and fail."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def command() -> int:
    """The process: `main` with its arguments.

    Returns
    -------
    int
        Its exit code.
    """
    _open_streams()
    sys.stdout = _Output(sys.stdout)
    code = main()
    # The process ends here. Collecting what the engine leaves behind would
    # take 0.4 s.
    gc.freeze()
    return code


def _open_streams():
    """Open closed standard streams (``2>&-``) on the null device.

    Otherwise the next file to be opened would get a stream's number, and
    what a library prints would be written into it.
    """
    number = -1
    while number <= 2:
        number = os.open(os.devnull, os.O_RDWR)
        if number <= 2:
            os.set_inheritable(number, True)
    os.close(number)
    for name in ('stdout', 'stderr'):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, 'w'))  # noqa: SIM115 - until the program ends
