"""``juntingnet preprocess``: raw files of a data set to its HDF5 cache."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say
from juntingnet_theano.settings.preprocessing import FITS

NAME = 'preprocess'
HELP = 'turn the raw files of a data set into its HDF5 cache'
EXAMPLE = 'juntingnet preprocess isun --raw data/raw/isun'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which set, from where, to where, how."""
    parser.add_argument(
        'dataset',
        help='isun, salicon, mit1003, osie, cat2000, toronto, sample, ..., or folder (your own)',
    )
    options.add_raw(parser)
    parser.add_argument('--cache', help='file to write (default: data/cache/<dataset>.hdf5)')
    parser.add_argument(
        '--fit',
        choices=FITS,
        default='squash',
        help="how images become squares; the authors' code cropped them",
    )
    parser.add_argument(
        '--map-sigma',
        metavar='SIGMA',
        help='width of the Gaussian where maps are made from fixations: in pixels (19) or, with '
        '--pixels-per-degree, in degrees (1deg)',
    )
    parser.add_argument(
        '--pixels-per-degree',
        type=options.real(0.01, 1e5),
        metavar='PIXELS',
        help='pixels to a degree of visual angle, in the experiment',
    )
    parser.add_argument('--workers', type=options.WORKERS, help='processes (default: one per core)')
    parser.add_argument(
        '--skip-bad', action='store_true', help='leave out files that cannot be read'
    )
    parser.add_argument(
        '--allow-empty', action='store_true', help='keep splits that have no images'
    )


def run(args: argparse.Namespace) -> None:
    """Preprocess and print what the cache holds."""
    from juntingnet_theano.cache import PreprocessingSettings, open_cache
    from juntingnet_theano.cache.preprocessing import preprocess
    from juntingnet_theano.pictures.folders import counted

    path = args.cache or f'data/cache/{args.dataset}.hdf5'
    summary = preprocess(
        args.dataset,
        options.raw_folder(args),
        path,
        PreprocessingSettings(fit=args.fit, map_sigma=_sigma(args)),
        workers=args.workers,
        skip_bad=args.skip_bad,
        allow_empty=args.allow_empty,
    )
    if summary.made:
        say('maps made from fixations, where none are shipped: ' + ', '.join(summary.made))
    for split, count in summary.dropped.items():
        if count:
            say(f'{count:,} fixations of {split} lay outside their image')
    if summary.left_out:
        say('left out: ' + counted(summary.left_out))
    for split, name, cause in summary.skipped:
        say(f'skipped {split} {name}: {cause}')
    with open_cache(path) as cache:
        counts = ', '.join(f'{cache.count(split)} {split}' for split in cache.splits)
    say(f'wrote {path}: {counts}')


def _sigma(args):
    """The Gaussian of made maps in pixels; 0 leaves it to the data set."""
    from juntingnet_theano.errors import BadSetting

    text = '0' if args.map_sigma is None else args.map_sigma
    number = text[: -len('deg')] if text.endswith('deg') else text
    scale = args.pixels_per_degree if text.endswith('deg') else 1.0
    try:
        return float(number) * scale
    except (TypeError, ValueError) as error:
        raise BadSetting(
            'reading --map-sigma',
            repr(text),
            'pixels (19), or degrees (1deg) with --pixels-per-degree',
            EXAMPLE,
        ) from error
