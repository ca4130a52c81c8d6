"""``juntingnet weights``: weights that need no training."""

import argparse
from typing import Optional

from juntingnet_theano.cli import options, postprocessing
from juntingnet_theano.cli.output import say
from juntingnet_theano.names import printable

NAME = 'weights'
HELP = 'list, fetch, describe, import and pack weights, and fit densities'
EXAMPLE = 'juntingnet weights list'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A sub-parser for each command."""
    commands = parser.add_subparsers(dest='command', metavar='COMMAND')
    commands.required = True
    _command(commands, 'list', 'list weights, their places and their licences', _list)
    fetching = _command(commands, 'fetch', 'download weights', _fetch)
    fetching.add_argument('name', help='its name in the list')
    fetching.add_argument('--out', help='file to write (default: NAME.pickle)')
    fetching.add_argument('--proxy', help="address of a proxy (default: the environment's)")
    describing = _command(commands, 'info', 'describe a weights file', _info)
    describing.add_argument(
        'file', nargs='?', help='a weights file (default: the one that comes with the package)'
    )
    packing = _command(commands, 'pack', 'make a small weights file', _pack)
    packing.add_argument('file', help='a weights file')
    packing.add_argument('--out', required=True, help='file to write')
    packing.add_argument(
        '--bits',
        type=options.real(2, 7),
        default=4.5,
        help='bits for each weight of a dense layer, from 2 to 7',
    )
    postprocessing.add_arguments(
        packing.add_argument_group('how maps of these weights are finished')
    )
    importing = _command(
        commands, 'import', "turn a pickle of the authors' network into weights", _import
    )
    importing.add_argument(
        'file',
        help="a pickle of nolearn's network, of "
        'its parameters, or of a list of arrays; or an '
        '.npz archive of such a list',
    )
    importing.add_argument('--out', default='weights.hdf5', help='weights file to write')
    importing.add_argument(
        '--maps',
        choices=('symmetric', 'unit'),
        help='what maps were scaled to in training: '
        '[-1, 1] or [0, 1] (default: what the file '
        "says, or else the authors' choice for its head)",
    )

    fitting = _command(
        commands,
        'density',
        'fit the numbers that turn maps into densities, on images with gaze',
        _density,
    )
    fitting.add_argument('file', help='a weights file or a name of the list')
    options.add_dataset(
        fitting, required=True, help='isun, salicon, ..., or pysaliency:STIMULI.hdf5'
    )
    fitting.add_argument('--split', default='validation', help='its split')
    fitting.add_argument(
        '--images',
        type=options.whole(2),
        help='images of the split, evenly spread (default: all); every second one is held out',
    )
    fitting.add_argument('--out', help='file to write (default: FILE.density.toml)')


def _command(commands, name, help, run_command):
    parser = commands.add_parser(name, help=help, description=help, formatter_class=options.Help)
    parser.set_defaults(run_command=run_command)
    return parser


def run(args: argparse.Namespace) -> Optional[int]:
    """Run one command."""
    return args.run_command(args)


def _list(args):
    """A line and what one types, for each."""
    import os

    from juntingnet_theano.network import pretrained

    for each in pretrained.entries():
        say(f'{each.name}: {each.title}')
        say(f'    licence: {each.licence}')
        if each.place:
            say(
                f'    comes with the package, {os.path.getsize(each.place) / 1e6:.1f} MB; '
                'next: juntingnet predict photo.jpg'
            )
        else:
            say(
                f'    {each.url}, {(each.bytes or 0) / 1e9:.1f} GB; '
                f'next: juntingnet weights fetch {each.name}'
            )


def _fetch(args):
    """Download, and say how to go on."""
    from juntingnet_theano.network import pretrained

    chosen = pretrained.entry(args.name)
    if chosen.place:
        say(f'{args.name} comes with the package: {chosen.place}')
        return
    path = args.out or args.name + '.pickle'
    pretrained.fetch(args.name, path, args.proxy)
    say(f'{path} is there; next: juntingnet weights import {path}')


def _info(args):
    """As `juntingnet info` of that file."""
    from juntingnet_theano import prediction
    from juntingnet_theano.network import pretrained
    from juntingnet_theano.report import describe

    say('\n'.join(describe(args.file or prediction.weights_path(pretrained.DEFAULT))))


def _pack(args):
    """Write the same weights in fewer bits."""
    import os

    from juntingnet_theano import prediction
    from juntingnet_theano.network import weights
    from juntingnet_theano.network.layers import build_juntingnet, no_weights

    model = prediction.Model(args.file)
    post = model.post._replace(**postprocessing.given(args))
    layer = build_juntingnet(head=model.attributes['head'], initial_weights=no_weights)
    weights.pack(args.file, layer, args.out, args.bits, {'postprocessing': post.check().to_json()})
    say(f'wrote {args.out}, {os.path.getsize(args.out) / 1e6:.1f} MB')


def _import(args):
    """Import, and say what was found and how to go on."""
    from juntingnet_theano.network.published_weights import RANGES, import_weights

    found = import_weights(args.file, args.out, args.maps)
    names = ', '.join(f'{ours} from {ascii(theirs)[1:-1]}' for ours, theirs in found.names.items())
    say(f'{args.file}: the {found.head} head; {names}')
    known = found.is_measured or args.maps
    doubt = '' if known else ", if the authors' custom was kept (--maps)"
    say(f'its training maps were in {RANGES[found.maps]}{doubt}; maps are in [0, 1] now')
    say(f'wrote {args.out}; try: juntingnet predict --weights {args.out} photo.jpg')


def _density(args):
    """Fit on every second image, score on the others, write the numbers."""
    import tomli_w

    from juntingnet_theano.evaluation import score_files
    from juntingnet_theano.files.writing import atomic_path
    from juntingnet_theano.prediction import densities, models
    from juntingnet_theano.settings import density

    model = models.load(args.file)
    if not isinstance(model, models.Model):
        from juntingnet_theano.errors import BadSetting

        raise BadSetting('fitting a density', model.name, 'weights', 'juntingnet weights list')
    out = args.out or density.beside(model.path)
    records, parts = _with_gaze(args), ([], [])
    maps = model.predict_iter([record.image for record in records])
    for index, pair in enumerate(zip(records, maps)):
        parts[index % 2].append(pair)
    fitting, others = parts
    numbers = densities.fit(
        [found for _, found in fitting], [_shares(record) for record, _ in fitting]
    )
    rows = [(record.name, _gains(record, found, numbers)) for record, found in others]
    summary = score_files.summarise(rows, 0)
    comments = [
        f'Fitted on {len(fitting)} images of {printable(args.dataset)} {args.split}. '
        f'Of {len(rows)} others, '
        'in bits per fixation:'
    ] + [
        '{}: {mean:.3f} ({low:.3f} to {high:.3f})'.format(name.replace('_', ' '), **each)
        for name, each in summary.items()
    ]
    with atomic_path(out) as part, open(part, 'w', encoding='utf-8') as file:
        file.writelines(f'# {line}\n' for line in comments)
        file.write(tomli_w.dumps(numbers._asdict()))
    say('\n'.join(comments))
    say(f'wrote {out}')


def _with_gaze(args):
    """Records of images that people looked at."""
    from juntingnet_theano import datasets
    from juntingnet_theano.datasets.records import evenly
    from juntingnet_theano.errors import BadSetting

    name, _ = options.locate(args)
    records = options.read_records(args, args.split)
    records = evenly(records, args.images or len(records))
    records = [datasets.with_gaze(name, record) for record in records]
    found = [each for each in records if each.fixations is not None and len(each.fixations.x)]
    if len(found) < 2:
        raise BadSetting(
            'fitting a density',
            f'{len(found)} images with gaze',
            'two or more',
            '--split validation',
        )
    return found


def _shares(record):
    import numpy as np

    height, width = record.size
    return np.column_stack(
        [(record.fixations.x + 0.5) / width, (record.fixations.y + 0.5) / height]
    )


def _gains(record, found, numbers):
    import numpy as np

    from juntingnet_theano.metrics.ground_truth import fixation_map
    from juntingnet_theano.prediction import densities

    there = fixation_map(record.fixations.x, record.fixations.y, record.size)
    log_p = densities.log_density(found, numbers)
    centre = densities.centre_log_density(record.size, numbers)
    return {
        'information_gain_over_the_fitted_centre': densities.gain(log_p, centre, there),
        'information_gain_over_a_uniform_density': densities.gain(
            log_p, np.full(record.size, -np.log(there.size)), there
        ),
    }
