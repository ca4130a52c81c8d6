"""``juntingnet evaluate``: scores of predicted maps where gaze is known."""

import argparse
import os

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say
from juntingnet_theano.names import printable

NAME = 'evaluate'
HELP = "score predicted maps against the gaze of a data set's split"
EXAMPLE = 'juntingnet evaluate predictions --dataset isun --split validation'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which maps, against which gaze, in which way."""
    parser.add_argument(
        'predictions',
        help='folder of maps, results.mat, results.zip, maps.hdf5 of pysaliency, or a run with '
        'predictions/',
    )
    options.add_dataset(
        parser, required=True, help='isun, salicon, ..., or pysaliency:STIMULI.hdf5'
    )
    parser.add_argument('--split', default='validation', help='split of the data set')
    parser.add_argument('--protocol', default='lsun2015', help='lsun2015, mit, salicon, pysaliency')
    parser.add_argument(
        '--set',
        action='append',
        default=[],
        metavar='CHOICE=VALUE',
        dest='changes',
        help='change one choice of the protocol, such as truth=maps or metrics=cc,nss; repeatable',
    )
    parser.add_argument(
        '--seed', type=options.SEED, default=0, help='seed of what is drawn at random'
    )
    parser.add_argument(
        '--name', help='name of the model in tables (default: that of the folder or file)'
    )
    parser.add_argument(
        '--out', help='folder to write (default: evaluation/ in the run, or beside the maps)'
    )
    parser.add_argument(
        '--resize', action='store_true', help="resize maps whose size is not their image's"
    )
    parser.add_argument(
        '--partial',
        action='store_true',
        help='score the maps that fit, and list missing and extra ones',
    )
    parser.add_argument(
        '--workers',
        type=options.WORKERS,
        help='processes (default: up to one per core, one for each 300 maps)',
    )
    options.add_scheduler(parser)


def run(args: argparse.Namespace) -> None:
    """Score, write both files, print the table."""
    from juntingnet_theano.evaluation import evaluate, score_files
    from juntingnet_theano.metrics import protocols

    protocol = protocols.with_changes(protocols.find_protocol(args.protocol), args.changes)
    args.dataset, raw = options.locate(args)
    with options.cluster(args) as ordered_map:
        found = evaluate(
            # A worker of a cluster has another folder.
            args.predictions if ordered_map is None else os.path.abspath(args.predictions),
            args.dataset,
            raw if ordered_map is None else os.path.abspath(raw),
            args.split,
            protocol,
            args.seed,
            args.resize,
            args.partial,
            args.workers,
            ordered_map=ordered_map,
        )
    content = _content(args, found, protocol)
    out = args.out or os.path.join(_beside(args.predictions), f'{args.dataset}-{args.split}')
    score_files.write_csv(os.path.join(out, 'scores.csv'), found.rows)
    score_files.write_json(os.path.join(out, 'scores.json'), content)
    _print(content, found)
    say(f'wrote {out}{os.sep}scores.csv and {out}{os.sep}scores.json')


def _stem(path):
    name = os.path.basename(os.path.abspath(path))
    return name if os.path.isdir(path) else os.path.splitext(name)[0]


def _beside(path):
    """In a run, but never among maps: their folder holds nothing else."""
    if os.path.exists(os.path.join(path, 'settings.toml')):
        return os.path.join(path, 'evaluation')
    return os.path.join(os.path.dirname(path.rstrip(os.sep)), 'evaluation', _stem(path))


def _content(args, found, protocol):
    import datetime

    from juntingnet_theano.evaluation import score_files

    return {
        'model': printable(args.name or _stem(args.predictions)),
        'dataset': args.dataset,
        'split': args.split,
        'protocol': protocol._asdict(),
        'changes': list(map(printable, args.changes)),
        'seed': args.seed,
        'date': datetime.date.today().isoformat(),
        'images': {
            'split': found.images,
            'scored': len(found.rows),
            'without_gaze': found.without_gaze,
            'resized': found.resized,
            **{
                name: list(map(printable, getattr(found, name)))
                for name in ('missing', 'extra', 'unfit')
            },
        },
        'metrics': score_files.summarise(found.rows, args.seed),
    }


def _print(content, found):
    from juntingnet_theano.evaluation import leaderboard, tables

    for line in tables.plain(content, leaderboard.boards().get(content['dataset'])):
        say(line)
    for what, names in (
        ('without a map', found.missing),
        ('not in the split', found.extra),
        ('unfit', found.unfit),
    ):
        if names:
            more = ', ...' if len(names) > 10 else ''
            say(f'{len(names)} {what}: ' + ', '.join(names[:10]) + more)
    if found.without_gaze:
        say(f'{found.without_gaze} images of the split have no gaze and are left out')
