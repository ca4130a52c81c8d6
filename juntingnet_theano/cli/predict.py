"""``juntingnet predict``: saliency maps of pictures."""

import argparse
import os
from typing import Any, Optional, Tuple

from juntingnet_theano.baselines import BASELINES
from juntingnet_theano.cli import options, postprocessing
from juntingnet_theano.cli.output import say

NAME = 'predict'
HELP = 'predict where people will look in pictures'
EXAMPLE = 'juntingnet predict photo.jpg folder/ --overlay'
READERS = 8
"""Threads for pictures of a store."""
SHARD = 3000
"""Maps of a shard: some 100 MB of PNG files."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which model, which pictures, which files to write."""
    options.add_model(parser, 'predict', tuple(BASELINES))
    parser.add_argument(
        'images', nargs='*', help='pictures and folders, or their addresses in a store (s3://...)'
    )
    options.add_dataset(
        parser, help='predict a data set instead of pictures; or pysaliency:STIMULI.hdf5'
    )
    parser.add_argument('--split', default='testing', help='split of the data set')
    parser.add_argument(
        '--out',
        default='predictions',
        help='folder or .zip file to write; for pysaliency, an .hdf5 file',
    )
    parser.add_argument(
        '--form',
        default='png8',
        help='png8, png16, npy, mat; or one HDF5 file: pysaliency (maps) or log-density',
    )
    postprocessing.add_arguments(
        parser.add_argument_group('how the maps of a network are finished')
    )
    parser.add_argument(
        '--cache', help='for --model mean-map: the cache whose training maps are averaged'
    )
    parser.add_argument(
        '--workers',
        type=options.WORKERS,
        help='threads around a network, processes of another model (default: one per core)',
    )
    parser.add_argument(
        '--overlay', action='store_true', help='also write the map as heat on the picture'
    )
    parser.add_argument(
        '--skip-bad', action='store_true', help='continue after a picture that cannot be read'
    )
    options.add_scheduler(parser)
    parser.add_argument(
        '--shards',
        nargs='?',
        type=options.whole(1),
        const=SHARD,
        metavar='N',
        help='write files of N maps each (.zip; .hdf5 for pysaliency) instead of one file per map; '
        'as with --scheduler, maps that exist are kept',
    )


def run(args: argparse.Namespace) -> None:
    """Predict and say where the maps are."""
    from juntingnet_theano.errors import BadFile
    from juntingnet_theano.pictures import images
    from juntingnet_theano.pictures.folders import counted
    from juntingnet_theano.saliency_maps import map_hdf5

    _check_fit(args)
    chosen, total, left_out = _stimuli(args)
    common = {
        'out': args.out,
        'form': args.form,
        'overlays': args.overlay,
        'workers': args.workers,
        'skip_bad': args.skip_bad,
        'total': total,
    }
    predict = _with_baseline if args.model else _with_network
    summary, there = predict(args, chosen, common)
    for error in summary.skipped:
        say(f'skipped: {error}')
    if left_out:
        say('left out: ' + counted(left_out))
        if set(left_out) & set(images.HEIF_EXTENSIONS):
            say('to read HEIC: ' + images.HEIF_HINT)
    if summary.animated:
        say(f'animated pictures, of which only the first frame was predicted: {summary.animated:,}')
    if there:
        say(f'maps that were there already: {there:,}')
    if summary.skipped and not summary.written + there:
        raise BadFile('predicting', f'none of {len(summary.skipped):,} pictures could be read')
    place = args.out
    if args.form in map_hdf5.FORMS and not args.shards:
        place = map_hdf5.file_path(args.out, args.form)
    say(f'wrote {summary.written} maps to {place}')


def _waiting(images):
    """How many threads read pictures that are waited for, or None."""
    from juntingnet_theano import workers
    from juntingnet_theano.files import urls

    return max(READERS, workers.cores()) if any(map(urls.is_url, images)) else None


def _check_fit(args):
    """Refuse what the chosen kind of model does not take."""
    from juntingnet_theano.errors import BadSetting

    given = (
        postprocessing.options(args)
        if args.model
        else (['--cache'] if args.cache is not None else [])
    )
    if given:
        raise BadSetting(
            'choosing a model',
            '{} with {}'.format(' and '.join(given), '--model' if args.model else 'weights'),
            'options of that kind of model',
            'juntingnet predict --help',
        )


def _with_network(args, chosen, common):
    from juntingnet_theano.network.pretrained import DEFAULT
    from juntingnet_theano.prediction import Model, predict
    from juntingnet_theano.settings import density

    named = args.weights or args.run and os.path.join(args.run, 'weights-best.hdf5')
    model = Model(named or DEFAULT)
    if args.form == 'log-density':
        common['density'] = density.read(model.path)
    post = model.post._replace(**postprocessing.given(args))
    say('predicting with ' + (named or f'the weights that come with the package, {model.name}'))
    common['workers'] = args.workers or _waiting(args.images)
    how = {'post': post, 'fit': model.fit, 'density': common.pop('density', None)}
    if _is_batched(args):
        return _in_batches(args, model, how, chosen, common)
    _take_over(args)
    return predict(model, chosen, **how, **common), 0


def _with_baseline(args, chosen, common):
    from juntingnet_theano import baselines
    from juntingnet_theano.errors import BadSetting
    from juntingnet_theano.prediction import Baseline, predict_pictures

    if args.form == 'log-density':
        raise BadSetting(
            'choosing a form of map files',
            f'log-density with --model {args.model}',
            'a network with weights, or --form pysaliency',
        )
    if _is_batched(args):
        return _in_batches(args, Baseline(args.model, args.cache), {}, chosen, common)
    _take_over(args)
    return predict_pictures(baselines.load(args.model, args.cache), chosen, **common), 0


def _is_batched(args):
    return args.scheduler is not None or args.shards is not None


def _take_over(args):
    """This command makes all maps anew, whatever began the folder."""
    from juntingnet_theano.prediction import batches

    batches.forget(args.out)


def _in_batches(args, model, how, chosen, common):
    from juntingnet_theano.prediction import batches

    total = common.pop('total')
    if args.scheduler is not None and args.model:
        common['workers'] = 1  # a worker of dask may start no processes
    work = batches.Work(model, options=how, shards=args.shards, **common)
    with options.cluster(args) as ordered_map:
        return batches.predict_batches(work, chosen, ordered_map or map, total, args.skip_bad)


def _stimuli(args: argparse.Namespace) -> Tuple[Any, Optional[int], Any]:
    """The pictures, how many there are, and kinds of files that are none."""
    from juntingnet_theano.errors import BadSetting
    from juntingnet_theano.pictures import stimuli

    if bool(args.images) == bool(args.dataset):
        raise BadSetting(
            'choosing pictures', 'images and --dataset both, or neither', 'one of the two', EXAMPLE
        )
    if args.images:
        found = stimuli.from_paths(args.images, args.out)
        return found, found.count, found.left_out
    records = options.read_records(args, args.split)
    return stimuli.from_records(records), len(records), _left_out(args, records)


def _left_out(args, records):
    """Kinds of the files that no split speaks of. Nothing is known of that
    where another split is not complete."""
    from juntingnet_theano import datasets
    from juntingnet_theano.datasets import layout
    from juntingnet_theano.errors import JuntingNetError

    if not records.left_out:
        return ()
    name, raw = options.locate(args)
    reader = datasets.reader(name)
    try:
        return layout.left_out(
            records if split == args.split else reader.read(raw, split) for split in reader.SPLITS
        )
    except JuntingNetError:
        return ()
