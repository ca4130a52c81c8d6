"""``juntingnet figure1``: the data sets, as in the paper's figure 1."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say

NAME = 'figure1'
HELP = "draw images and maps of both data sets, as in the paper's figure 1"
EXAMPLE = 'juntingnet figure1 --isun data/raw/isun --out figure1.png'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data sets lie, and the file to write."""
    parser.add_argument('--isun', default='data/raw/isun', help="folder of iSUN's raw files")
    parser.add_argument(
        '--salicon', default='data/raw/salicon', help="folder of SALICON's raw files"
    )
    parser.add_argument('--rows', type=options.whole(1, 100), default=4, help='images of each set')
    parser.add_argument('--out', default='figure1.png', help='PNG to write')


def run(args: argparse.Namespace) -> None:
    """Draw it and say where it is."""
    from juntingnet_theano.report.figure1 import draw

    draw([('isun', args.isun), ('salicon', args.salicon)], args.out, args.rows)
    say(f'wrote {args.out}')
