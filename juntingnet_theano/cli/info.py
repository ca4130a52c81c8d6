"""``juntingnet info``: what a cache, run, weights file or folder is."""

import argparse

from juntingnet_theano.cli.output import say

NAME = 'info'
HELP = 'say what a cache, a run, weights or raw files are'
EXAMPLE = 'juntingnet info data/cache/isun.hdf5'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at."""
    parser.add_argument(
        'path', help='a cache, a weights file, or the folder of a run or of raw files'
    )
    parser.add_argument(
        '--dataset', help='the data set that raw files belong to (default: what they look like)'
    )


def run(args: argparse.Namespace) -> None:
    """Print the description."""
    from juntingnet_theano.report import describe

    say('\n'.join(describe(args.path, args.dataset)))
