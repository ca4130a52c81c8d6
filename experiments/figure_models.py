"""The maps of all models side by side: stimulus, truth, each model.

    python experiments/figure_models.py --dataset isun --out models.png

Pictures are spread evenly over the validation split. With --cache the mean
training map is among the models, with --run a trained network is.
"""

import argparse
import os
import sys

from juntingnet_theano import baselines, datasets
from juntingnet_theano.errors import JuntingNetError
from juntingnet_theano.pictures.images import read_rgb
from juntingnet_theano.progress import progress
from juntingnet_theano.report import plots
from juntingnet_theano.report.run_figures import evenly
from juntingnet_theano.saliency_maps import maps

LEFT_OUT = ('itti1998', 'chance')  # a second Itti, and noise
WIDTH = 1.5  # inches of a column


def models(cache, run):
    """Titles and models: uint8 H x W x 3 -> map."""
    found = []
    if run is not None:
        found.append(('JuntingNet', network(run)))
    for name, baseline in baselines.BASELINES.items():
        needs = name == 'mean-map'
        if name not in LEFT_OUT and (cache or not needs):
            found.append((baseline.title, baselines.load(name, cache if needs else None)))
    return found


def network(run):
    """The best weights of a run, as a model of whole pictures."""
    # Here: importing and compiling take seconds that baselines do not need.
    from juntingnet_theano.prediction.models import load

    model = load(os.path.join(run, 'weights-best.hdf5'))
    return lambda image: model.predict([image])[0]


def draw(args):
    """Predict the pictures and write the figure."""
    raw = args.raw or os.path.join('data', 'raw', args.dataset)
    datasets.check(args.dataset, raw, [args.split])
    records = list(datasets.reader(args.dataset).read(raw, args.split))
    chosen = models(args.cache, args.run)
    rows = []
    for record in progress(evenly(records, args.rows), 'predicting', 'pictures'):
        image = read_rgb(record.image)
        truth = record.saliency_map and maps.read(record.saliency_map)
        rows.append([image, truth] + [model(image) for _, model in chosen])
    titles = ['Stimulus', 'Ground truth'] + [title for title, _ in chosen]
    plots.draw_side_by_side(rows, titles, args.out, WIDTH)
    print(f'wrote {args.out}')


def main():
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--dataset', default='isun')
    parser.add_argument('--raw', help='data/raw/<dataset> if not given')
    parser.add_argument('--split', default='validation')
    parser.add_argument('--cache', help='for the mean training map')
    parser.add_argument('--run', help='a trained network besides')
    parser.add_argument('--rows', type=int, default=6)
    parser.add_argument('--out', default='predictions/models.png')
    try:
        draw(parser.parse_args())
    except JuntingNetError as error:
        sys.exit(f'figure_models: {error}')


if __name__ == '__main__':
    main()
