"""``juntingnet info``: what a cache, run, weights file or folder is."""

import argparse
import sys

from juntingnet_theano.cli.output import say

NAME = 'info'
HELP = 'say what a cache, a run, weights or raw files are'
EXAMPLE = 'juntingnet info data/cache/isun.hdf5'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to look at."""
    parser.add_argument('path', help='a cache, weights, the folder of a run or of raw files')
    parser.add_argument(
        '--dataset', help='the set that raw files belong to (found out if not given)'
    )


def run(args: argparse.Namespace) -> None:
    """Print the description, and the mean map where there is one."""
    from juntingnet_theano.report import describe
    from juntingnet_theano.report.terminal import render

    found = describe(args.path, args.dataset)
    say('\n'.join(found.lines))
    if found.mean_map is not None:
        say('mean map:')
        say('\n'.join(render(found.mean_map, sys.stdout)))
