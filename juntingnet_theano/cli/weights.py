"""``juntingnet weights``: weights files. One command so far: import."""
import argparse

NAME = 'weights'
HELP = 'import the weights that the authors published'
EXAMPLE = 'juntingnet weights import JuntingNet_iSUN.pickle'


def add_arguments(parser):
    """A sub-parser for each command."""
    commands = parser.add_subparsers(dest='command', metavar='COMMAND')
    commands.required = True
    help = 'turn a pickle of the authors\' network into weights'
    importing = commands.add_parser(
        'import', help=help, description=help, epilog='example: ' + EXAMPLE,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    importing.add_argument('file', help='a pickle of nolearn\'s network, of '
                           'its parameters, or a list of arrays')
    importing.add_argument('--out', default='weights.hdf5',
                           help='weights file to write')
    importing.add_argument('--maps', choices=('symmetric', 'unit'),
                           help='what maps were scaled to in training: '
                           '[-1, 1] or [0, 1] (if not given: what the file '
                           'tells; else the authors\' choice for its head)')
    importing.set_defaults(run_command=_import)


def run(args):
    """Run one command."""
    return args.run_command(args)


def _import(args):
    """Import, and say what was found and how to go on."""
    from juntingnet_theano.published_weights import RANGES, import_weights
    found = import_weights(args.file, args.out, args.maps)
    print('{}: the {} head; {}'.format(args.file, found.head, ', '.join(
        '{} from {}'.format(ours, ascii(theirs)[1:-1])
        for ours, theirs in found.names.items())))
    print('its training maps were in {}{}; maps are in [0, 1] now'.format(
        RANGES[found.maps], '' if found.is_measured or args.maps
        else ', if the authors\' custom was kept (--maps)'))
    print('wrote {}; try: juntingnet predict --weights {} --post released '
          'photo.jpg'.format(args.out, args.out))
