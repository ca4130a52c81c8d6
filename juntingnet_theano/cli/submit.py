"""``juntingnet submit``: pack maps into the archive a challenge accepts."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say

NAME = 'submit'
HELP = "pack predicted maps into a challenge's archive, and check it"
EXAMPLE = 'juntingnet submit lsun --dataset isun --maps predictions --out results.mat'
FORMS = ('lsun', 'lsun-images', 'salicon')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which form, which maps, of which data set."""
    parser.add_argument(
        'form',
        choices=FORMS,
        help='lsun: one .mat with the '
        'cell array results; lsun-images: a .zip of .mat '
        'files with I; salicon: results.zip with JSON',
    )
    options.add_dataset(parser, required=True, help='isun, salicon, ...')
    parser.add_argument('--maps', required=True, help="folder of the testing split's maps")
    parser.add_argument('--validation-maps', help="SALICON: folder of the validation split's maps")
    parser.add_argument('--out', required=True, help='archive to write')


def run(args: argparse.Namespace) -> None:
    """Pack, check, and say where the archive is."""
    from juntingnet_theano import submission

    testing = options.read_records(args, 'testing')
    if args.form == 'salicon':
        submission.pack_salicon(
            {
                'val': (_validation_maps(args), options.read_records(args, 'validation')),
                'test': (args.maps, testing),
            },
            args.out,
        )
    elif args.form == 'lsun':
        submission.pack_lsun(args.maps, testing, args.out)
    else:
        submission.pack_lsun_images(args.maps, testing, args.out)
    say(f'wrote {args.out}: {len(testing)} maps, checked')


def _validation_maps(args):
    from juntingnet_theano.errors import BadSetting

    if args.validation_maps is None:
        raise BadSetting(
            'packing for SALICON',
            'no --validation-maps',
            'maps of both splits: the server scores both',
            'juntingnet predict --split validation --out FOLDER',
        )
    return args.validation_maps
