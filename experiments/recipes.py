"""Validation loss over minibatches of all recipes, and where each leaves the plateau.

    python experiments/recipes.py experiments/results --out experiments/results/recipes

Each folder below with a history.csv, a settings.toml and a mean-map.json, as
``juntingnet report`` and ``make results`` leave them, is a curve in
``recipes.png`` and a row of ``recipes.rst``. Losses differ in their units, so
each is drawn as a multiple of what the mean training map has. A recipe has left
the plateau with the first of `IN_A_ROW` epochs whose validation losses are `LEFT`
below that: at a high rate a single one may jump up later.
"""

import argparse
import json
import os
from typing import NamedTuple, Optional

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tabulate import tabulate

from juntingnet_theano.cli.output import say
from juntingnet_theano.errors import BadFile, JuntingNetError, MissingFiles
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.report.run_figures import MEAN_MAP
from juntingnet_theano.settings.training import load
from juntingnet_theano.training import history

LEFT, IN_A_ROW = 0.02, 10
COLUMNS = ('run', 'minibatches', 'left after', 'rate x minibatches', 'best', 'last', 'mean map')
NOTE = (
    "Validation loss as a multiple of the mean training map's (dashed).\nDots: the minibatch "
    'after which ten epochs in a row are 2 % below (dotted). Crosses: a layer has died.'
)
INK, BASELINE = '#2b2b2b', '#7a7a7a'
TOP = 1.3


class Curve(NamedTuple):
    """A run as this study sees it, a number an epoch.

    Attributes
    ----------
    name : str
    minibatches, losses, budgets : float arrays
        After each epoch: minibatches done, the validation loss, and the sum of
        the rates of all minibatches.
    mean_map : float
        Validation loss of the mean training map.
    died : bool
        Whether a layer gives 0 for every image at the end.
    """

    name: str
    minibatches: np.ndarray
    losses: np.ndarray
    budgets: np.ndarray
    mean_map: float
    died: bool

    @property
    def left(self) -> Optional[int]:
        """Index of the epoch after which the plateau is left, or None."""
        return leaving(self.losses, self.mean_map)


def leaving(losses, mean_map, share=LEFT):
    """Index of the first of `IN_A_ROW` epochs whose losses are below the mean map's.

    Parameters
    ----------
    losses : list of float
    mean_map : float
    share : float
        Of the mean map's loss, by which they are below it.

    Returns
    -------
    int or None
        At the end of the list fewer are enough, if they reach to it.

    >>> leaving([1.0, 0.97, 0.99, 0.98, 0.9], 1)
    3
    >>> leaving([1.0] + 10 * [0.9] + [2.0], 1)
    1
    """
    below = np.asarray(losses) <= (1 - share) * mean_map
    return next((k for k in range(len(below)) if below[k : k + IN_A_ROW].all()), None)


def read(folder):
    """The curve of a folder of results.

    Returns
    -------
    Curve

    Raises
    ------
    MissingFiles, BadFile, BadSetting
        A file is not there, or not as it should be.
    """
    doing = f'reading results of {folder}'
    settings = load(os.path.join(folder, 'settings.toml'))
    rows = history.read(os.path.join(folder, 'history.csv'))
    path = os.path.join(folder, MEAN_MAP)
    if not rows or not os.path.exists(path):
        raise MissingFiles(
            doing, 'no epoch' if not rows else 'no ' + path, None, 'juntingnet report --run RUN'
        )
    try:
        mean_map = float(json.loads(outside.text(path, doing))['validation_loss'])
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(doing, f'{path}: {error!r:.100}', 'the number validation_loss') from None
    # Whole numbers, but for what seconds lost in the CSV file.
    images = np.rint([row['seconds'] * row['images_per_second'] for row in rows])
    minibatches = np.ceil(images / settings.batch_size)
    rates = np.array([row['learning_rate'] for row in rows])
    return Curve(
        os.path.basename(os.path.normpath(folder)),
        np.cumsum(minibatches),
        np.array([row['validation_loss'] for row in rows]),
        np.cumsum(minibatches * rates),
        mean_map,
        any(rows[-1].get(name) == 1 for name in history.ACTIVITY[:4]),
    )


def find(folders):
    """Curves of all folders below some that hold a history.

    Returns
    -------
    (list of Curve, list of str)
        And why each of the others was left out.
    """
    curves, left_out = [], []
    for folder in sorted(
        where for top in folders for where, _, names in os.walk(top) if 'history.csv' in names
    ):
        try:
            curves.append(read(folder))
        except MissingFiles as error:
            left_out.append(f'{folder}: {error.got}')
    return curves, left_out


def table(curves):
    """The curves as a table in RST; losses are in each run's own units."""
    rows = []
    for curve in curves:
        at = curve.left
        rows.append(
            [
                curve.name + (', dead' if curve.died else ''),
                f'{curve.minibatches[-1]:,.0f}',
                'not left' if at is None else f'{curve.minibatches[at]:,.0f}',
                '-' if at is None else f'{curve.budgets[at]:,.0f}',
                f'{min(curve.losses):.5f}',
                f'{curve.losses[-1]:.5f}',
                f'{curve.mean_map:.5f}',
            ]
        )
    return tabulate(rows, COLUMNS, tablefmt='rst', disable_numparse=True) + '\n'


def draw(curves, path):
    """Draw the curves, a dot where each leaves the plateau."""
    figure = Figure((9, 5), layout='constrained', facecolor='white')
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for place, curve in enumerate(curves):
        ratios, colour, at = curve.losses / curve.mean_map, f'C{place % 10}', curve.left
        style = ('-', '--', ':')[place // 10 % 3]
        label = curve.name + (' (dead)' if curve.died else '')
        if at is not None:
            label += f': {curve.minibatches[at]:,.0f}'
            axes.plot(curve.minibatches[at], ratios[at], 'o', color=colour, ms=7, zorder=4)
        if curve.died:
            axes.plot(curve.minibatches[-1], ratios[-1], 'X', color=colour, ms=7, zorder=4)
        axes.plot(curve.minibatches, ratios, style, color=colour, lw=1.3, label=label)
    axes.axhline(1, color=BASELINE, lw=1, ls=(0, (5, 3)))
    axes.axhline(1 - LEFT, color=BASELINE, lw=1, ls=':')
    axes.set_xscale('log')
    axes.set_ylim(top=TOP)
    axes.set_xlabel('minibatches', color=INK)
    axes.set_title(NOTE, fontsize=9, color=INK)
    axes.legend(
        frameon=False, fontsize=8, labelcolor=INK, loc='center left', bbox_to_anchor=(1, 0.5)
    )
    for side in ('top', 'right'):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    with atomic_path(path) as part:
        figure.savefig(part, format='png', dpi=150, bbox_inches='tight')


def main(argv=None):
    """Draw, write the table, and say what was left out."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folders', nargs='+', help='where results of runs lie')
    parser.add_argument('--out', default='recipes', help='name of the files, without ending')
    args = parser.parse_args(argv)
    try:
        curves, left_out = find(args.folders)
        if not curves:
            raise MissingFiles(
                'comparing recipes', '; '.join(left_out) or 'no history.csv', 'results of a run'
            )
    except JuntingNetError as error:
        parser.exit(2, f'{error}\n')
    for line in left_out:
        say('left out ' + line)
    draw(curves, args.out + '.png')
    text = table(curves)
    with atomic_path(args.out + '.rst') as part, open(part, 'w', encoding='utf-8') as file:
        file.write(text)
    say(text + f'wrote {args.out}.png and {args.out}.rst')


if __name__ == '__main__':
    main()
