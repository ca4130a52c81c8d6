"""The command ``juntingnet``: reads arguments, calls a stage, reports errors.

Each verb is a module beside this one with `NAME`, `HELP`, `EXAMPLE`,
``add_arguments(parser)`` and ``run(args)``. Heavy imports wait inside
``run``, so that ``--help`` answers at once.

>>> main(['train', '--set', 'epoch=3', '--run', 'nowhere/at-all'])
2
"""
import argparse
import gc
import sys

from juntingnet_theano.cli import (download, evaluate, figure1, info, options,
                                   predict, preprocess, report, sample, submit,
                                   train, weights)
from juntingnet_theano.errors import JuntingNetError
from juntingnet_theano.version import __version__

VERBS = (sample, download, preprocess, train, predict, evaluate, submit,
         report, info, weights, figure1)
INTERRUPTED = 130       # what shells give a program that Ctrl-C ended


def parser():
    """The argument parser with a sub-parser for each verb."""
    top = options.Parser(
        prog='juntingnet', description='JuntingNet: train the saliency '
        'network of Pan and Giro-i-Nieto (2015) and predict where people '
        'look.')
    top.add_argument('--version', action='version', version=__version__)
    verbs = top.add_subparsers(dest='verb', metavar='VERB')
    verbs.required = True
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.NAME, help=verb.HELP, description=verb.HELP,
            epilog='example: ' + verb.EXAMPLE,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter)
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
        Exit code: 0, 2 for what the user can mend, 130 after Ctrl-C.
    """
    args = parser().parse_args(argv)
    try:
        return args.run_verb(args) or 0
    except JuntingNetError as error:
        print('juntingnet: {}'.format(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('juntingnet: interrupted', file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:     # the reader of our output has gone
        sys.stderr.close()
        return 1


def command():
    """The process: `main` with its arguments.

    Returns
    -------
    int
        Its exit code.
    """
    code = main()
    # What an engine leaves behind ends with the process. Looking it through
    # for garbage first would take Python 0.4 s.
    gc.freeze()
    return code
