"""``juntingnet report``: learning curve and panel of a run, as pictures."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say

NAME = 'report'
HELP = 'draw the learning curve of a run and a panel of its predictions'
EXAMPLE = 'juntingnet report --run runs/isun --dataset isun'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run, and whose pictures the panel shows."""
    parser.add_argument('--run', required=True, help='folder of the run')
    options.add_dataset(parser, required=True, help='isun, salicon, ...')
    parser.add_argument(
        '--rows', type=options.whole(1, 100), default=6, help='pictures in the panel'
    )


def run(args: argparse.Namespace) -> None:
    """Write the pictures and say where they are."""
    from juntingnet_theano.report import write_report

    for path in write_report(args.run, args.dataset, options.raw_folder(args), args.rows):
        say(f'wrote {path}')
