"""Figures 2 to 5 of the paper, from runs of this project.

    python experiments/paper_figures.py --raw data/raw --out runs/figures

``figure-2.png``: the network, with the sizes that it really has.
``figure-3.png``, ``figure-4.png``: learning curves of the runs on iSUN and on
SALICON. ``figure-5.png``: image, prediction and ground truth, three rows from
iSUN and three from SALICON, each predicted by the run on that set; by the
weights that ship where it was not trained. What is not there is said. Figure 1
is ``juntingnet figure1``.
"""

import argparse
import os

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say
from juntingnet_theano.errors import JuntingNetError, MissingFiles
from juntingnet_theano.network.layers import HEADS, MAP_SIZE, build_juntingnet, no_weights
from juntingnet_theano.prediction import load
from juntingnet_theano.report import plots, run_figures

from lasagne.layers import get_all_layers, get_output_shape

SETS = ('isun', 'salicon')
MADE_BY = {
    'conv': 'convolution {0}x{0},\nReLU, pooling 2x2',
    'dense1': 'fully connected,\nReLU',
    'dense2': 'fully connected',
    'maxout': 'maxout of pairs',
}


def volumes(head):
    """Shape of what each stage gives, and how it was made, as `plots.draw_network`
    takes them: a convolution and its pooling are a stage, and so are in the
    paper a dense layer and its maxout."""
    found = [((3, 96, 96), '')]
    layers = get_all_layers(build_juntingnet(head=head, initial_weights=no_weights))
    for layer in layers[1:]:
        kind = layer.name.rstrip('123') if layer.name.startswith(('conv', 'pool')) else layer.name
        shape = tuple(get_output_shape(layer)[1:])
        if kind == 'conv':
            made = MADE_BY['conv'].format(layer.filter_size[0])
            continue
        if kind != 'pool':
            made = MADE_BY[kind]
        if head == 'paper' and kind == 'dense2':
            continue
        found.append((shape, made))
    return found + [((1, MAP_SIZE, MAP_SIZE), 'reshaped')]


def panel(sets, rows):
    """Rows of figure 5: image, truth, prediction, some of each set.

    Parameters
    ----------
    sets : list of (str, str, str)
        Name of a data set, folder of its raw files, folder of its run.
    rows : int
        Of each set.
    """
    for dataset, raw, run in sets:
        weights = os.path.join(run, 'weights-best.hdf5')
        trained = os.path.exists(weights)
        if not trained:
            say(f'no {weights}: the weights that ship predict in figure 5')
        model = load(weights) if trained else load()
        yield from run_figures.panel_rows(model, dataset, raw, rows)


def draw(sets, out, head='paper', rows=3):
    """Draw what can be drawn.

    Yields
    ------
    str
        What was written, or why not.
    """
    path = os.path.join(out, 'figure-2.png')
    plots.draw_network(volumes(head), path)
    yield 'wrote ' + path
    for number, (_, _, run) in zip((3, 4), sets):
        path = os.path.join(out, f'figure-{number}.png')
        try:
            run_figures.draw_curve(run, path)
            yield 'wrote ' + path
        except MissingFiles as error:
            yield f'no figure {number}: {error.got}'
    path = os.path.join(out, 'figure-5.png')
    try:
        plots.draw_panel(list(panel(sets, rows)), path)
        yield 'wrote ' + path
    except MissingFiles as error:
        yield f'no figure 5: {error}'


def main(argv=None):
    """Draw the figures of the command line's runs."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--raw', default='data/raw', help='where a folder for each set lies')
    for name in SETS:
        parser.add_argument('--' + name, help=f'raw files of {name}, where they lie elsewhere')
        parser.add_argument(f'--run-{name}', default='runs/' + name)
    parser.add_argument('--head', default='paper', choices=HEADS)
    parser.add_argument(
        '--rows', type=options.whole(1, 100), default=3, help='of each set in figure 5'
    )
    parser.add_argument('--out', default='runs/figures')
    args = vars(parser.parse_args(argv))
    sets = [
        (name, args[name] or os.path.join(args['raw'], name), args['run_' + name]) for name in SETS
    ]
    try:
        for line in draw(sets, args['out'], args['head'], args['rows']):
            say(line)
    except JuntingNetError as error:
        parser.exit(2, f'{error}\n')


if __name__ == '__main__':
    main()
