"""``juntingnet sample``: make a data set that needs no download."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say

NAME = 'sample'
HELP = 'generate scenes with objects that pop out, and simulated gaze'
EXAMPLE = 'juntingnet sample data/raw/sample'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write it, how many images, which seed."""
    parser.add_argument('root', help='folder to make')
    parser.add_argument(
        '--counts',
        type=options.whole(0),
        nargs=3,
        default=(400, 100, 50),
        metavar=('TRAINING', 'VALIDATION', 'TESTING'),
        help='images of each split',
    )
    parser.add_argument('--seed', type=options.SEED, default=0, help='same seed, same bytes')


def run(args: argparse.Namespace) -> None:
    """Generate it."""
    from juntingnet_theano.datasets.readers import sample
    from juntingnet_theano.progress import progress

    sample.generate(
        args.root,
        tuple(args.counts),
        args.seed,
        watch=lambda numbers: progress(numbers, 'drawing', 'images'),
    )
    say(f'wrote {args.root}')
