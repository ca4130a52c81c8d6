"""``juntingnet predict``: saliency maps of pictures."""
import os

NAME = 'predict'
HELP = 'predict where people will look in pictures'
EXAMPLE = 'juntingnet predict --run runs/isun photo.jpg folder/ --overlay'


def add_arguments(parser):
    """Which weights, which pictures, which files to write."""
    weights = parser.add_mutually_exclusive_group(required=True)
    weights.add_argument('--run', help='folder of a run; its best weights')
    weights.add_argument('--weights', help='a weights file')
    parser.add_argument('images', nargs='*', help='pictures and folders')
    parser.add_argument('--dataset', help='a data set instead of pictures')
    parser.add_argument('--raw', help='its raw files (data/raw/<dataset> if '
                        'not given)')
    parser.add_argument('--split', default='testing', help='its split')
    parser.add_argument('--out', default='predictions', help='folder to write')
    parser.add_argument('--form', default='png8', help='png8, png16, npy, mat')
    parser.add_argument('--post', choices=('paper', 'released'),
                        default='paper', help='resize and then blur, or blur '
                        'the 48x48 grid as the authors\' code did')
    parser.add_argument('--scale', choices=('clip', 'stretch'),
                        default='clip', help='how values come into [0, 1]')
    parser.add_argument('--overlay', action='store_true',
                        help='also the map as heat on the picture')
    parser.add_argument('--skip-bad', action='store_true',
                        help='go on after a picture that cannot be read')


def run(args):
    """Predict and say where the maps are."""
    from juntingnet_theano.prediction import load_model, predict
    chosen, total = _stimuli(args)
    weights = args.weights or os.path.join(args.run, 'weights-best.hdf5')
    model = load_model(weights)
    summary = predict(model, chosen, args.out, args.form, args.post,
                      args.scale, _fit(weights), overlays=args.overlay,
                      skip_bad=args.skip_bad, total=total)
    for error in summary.skipped:
        print('skipped: {}'.format(error))
    print('wrote {} maps to {}'.format(summary.written, args.out))


def _fit(path):
    """How the images that the weights were trained on became squares; the
    default where the weights do not say."""
    from juntingnet_theano import weights
    from juntingnet_theano.cache import PreprocessingSettings
    text = weights.attributes(path).get('preprocessing')
    settings = (PreprocessingSettings.from_json(text) if text
                else PreprocessingSettings())
    return settings.fit


def _stimuli(args):
    """The pictures, and how many there are where that is known."""
    from juntingnet_theano import datasets, stimuli
    from juntingnet_theano.errors import BadSetting
    if bool(args.images) == bool(args.dataset):
        raise BadSetting('choosing pictures', 'images and --dataset both, or '
                         'neither', 'one of the two', EXAMPLE)
    if args.images:
        return stimuli.from_paths(args.images, args.out), None
    raw = args.raw or os.path.join('data', 'raw', args.dataset)
    datasets.check(args.dataset, raw, [args.split])
    records = list(datasets.reader(args.dataset).read(raw, args.split))
    return stimuli.from_records(records), len(records)
