"""Who leaves the plateau: one change at a time to the paper's recipe.

    python experiments/plateau.py --raw data/raw/isun

Each row of `ROWS` trains for some epochs on the training split and is looked
at on the validation split: the first epoch after which its squared error lies
`LEFT` below that of the mean training map, the sum of its rates over the
minibatches, the units that no picture moves any more, the lowest error, and CC
and AUC shuffled of its last maps. A row with a layer of dead units alone gives
one map for ever, so the table calls it dead. A row that is done lies in
``--out`` as JSON and is not trained again, so that the study may be stopped and
go on; the table and the curves are made of these files.
"""

import argparse
import itertools
import json
import os
import tempfile
import time
from typing import NamedTuple

import numpy as np
import plateau_chart

import juntingnet_theano  # noqa: F401  (serves theano)
from juntingnet_theano.cache import open_cache
from juntingnet_theano.errors import BadFile, JuntingNetError
from juntingnet_theano.evaluation import scoring
from juntingnet_theano.files import outside
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.metrics import protocols
from juntingnet_theano.network.functions import DataSlice, Trainer
from juntingnet_theano.network.layers import MAP_SIZE, PIXEL_MEAN
from juntingnet_theano.prediction.postprocessing import postprocess
from juntingnet_theano.progress import progress
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import minibatches
from juntingnet_theano.training.data import TrainingData
from juntingnet_theano.training.history import LAYERS, activity_columns, describe_activity
from juntingnet_theano.training.loop import first_network
from juntingnet_theano.training.schedules import linear

import theano
import theano.tensor as T
from lasagne.layers import get_output

LEFT = 0.02
COLUMNS = (
    'setting',
    'seeds',
    'left after rates of',
    'dead units in %',
    'best squared error',
    'CC',
    'AUC shuffled',
)
PAPERS_EPOCHS = 1000
SCORED = protocols.with_changes(
    protocols.find_protocol('lsun2015'), ['truth=maps', 'metrics=cc,auc_shuffled']
)


class PlainSlice(DataSlice):
    """As the paper's."""

    @staticmethod
    def unit(maps):
        """Maps in [0, 1] of those that were learnt."""
        return maps


class CentredPixels(PlainSlice):
    """Pixels less about their mean over all photographs."""

    def minibatch(self, *args):
        images, targets = super().minibatch(*args)
        return images - np.float32(PIXEL_MEAN), targets


class SymmetricMaps(PlainSlice):
    """Maps in [-1, 1], as in the authors' published code."""

    @staticmethod
    def unit(maps):
        """Maps in [0, 1]."""
        return (maps + 1) / 2

    def minibatch(self, *args):
        images, targets = super().minibatch(*args)
        return images, 2 * targets - 1


class Row(NamedTuple):
    """A change to the paper's recipe.

    Attributes
    ----------
    name : str
        Of its files.
    title : str
    changes : tuple of str
        ``key=value`` of `Settings`.
    slices : type
        What the minibatches come from.
    cache : str
        Which cache: 'squash', or 'crop' for images that were cropped.
    ramp : bool
        Whether rate and momentum go their whole way within the study's
        epochs, instead of the first epochs' share of a thousand.
    """

    name: str
    title: str
    changes: tuple = ()
    slices: type = PlainSlice
    cache: str = 'squash'
    ramp: bool = False


ROWS = (
    Row('paper', "the paper's recipe"),
    Row('released', 'released head', ('head=released',)),
    Row('glorot', 'first weights: Glorot', ('initialisation=glorot',)),
    Row('he', 'first weights: He', ('initialisation=he',)),
    Row('balanced', 'first weights: balanced', ('initialisation=balanced',)),
    Row('correlation', 'correlation as loss', ('loss=correlation',)),
    Row(
        'both',
        'correlation, balanced, rate 0.15',
        ('loss=correlation', 'initialisation=balanced', 'learning_rate_start=0.15'),
    ),
    Row('rate-0.3', 'rate 0.3', ('learning_rate_start=0.3',)),
    Row('rate-3', 'rate 3', ('learning_rate_start=3',)),
    Row(
        'momentum',
        'momentum from 0.9 to 0.999 within these epochs',
        ('momentum_stop=0.999', 'learning_rate_stop=0.03'),
        ramp=True,
    ),
    Row('batch-32', 'batch of 32', ('batch_size=32',)),
    Row('centred', 'mean of pixels subtracted', slices=CentredPixels),
    Row('symmetric', 'maps in [-1, 1]', slices=SymmetricMaps),
    Row('cropped', 'images cropped, maps not', cache='crop'),
    Row('free', 'no norm constraint', ('max_norm=0',)),
    Row('dropout', 'dropout 0.5', ('dropout=0.5',)),
    Row('unmirrored', 'no mirroring', ('mirror=0',)),
)


class Study:
    """Trains one row.

    Parameters
    ----------
    row : Row
    seed : int
    args : argparse.Namespace
    """

    def __init__(self, row, seed, args):
        self.row, self.seed, self.args = row, seed, args
        path = {'squash': args.cache, 'crop': args.crop_cache}[row.cache]
        self.settings = Settings(cache=path, holdout=0.0, seed=seed).override(row.changes)
        self.cache = open_cache(path)
        self.data = TrainingData(self.cache, self.settings)
        mean, self.mean_loss = self.data.mean_map()
        self.layer = first_network(self.settings, mean)
        trainer = type('RowTrainer', (Trainer,), {'slices': row.slices})
        self.trainer = trainer(self.layer, self.settings.max_norm, self.settings.loss)
        rows = T.ivector('rows')
        images, _ = self.trainer.validation.minibatch(rows)
        self.predict = theano.function([rows], get_output(self.layer, images, deterministic=True))

    def run(self):
        """Train; what is written to the row's file."""
        span = self.args.epochs if self.row.ramp else PAPERS_EPOCHS
        rates, momenta = (
            linear(start, stop, span)
            for start, stop in (
                (self.settings.learning_rate_start, self.settings.learning_rate_stop),
                (self.settings.momentum_start, self.settings.momentum_stop),
            )
        )
        started, errors, losses, activities = time.time(), [], [], []
        self.data.load('training', 0, self.trainer.training)
        for epoch in range(self.args.epochs):
            self.trainer.learning_rate.set_value(np.float32(rates[epoch]))
            self.trainer.momentum.set_value(np.float32(momenta[epoch]))
            losses.append(self._epoch(epoch))
            errors.append(self._error())
            activities.append(activity_columns(self.trainer.activity(self.data.sample())))
            print(
                f'{self.row.name} {epoch + 1}: loss {losses[-1]:.5f}, '
                f'squared error {errors[-1]:.5f}, mean map {self.mean_loss:.5f}; '
                + describe_activity(activities[-1]),
                flush=True,
            )
            if not np.isfinite(errors[-1]):
                break
        return dict(
            title=self.row.title,
            changes=self.row.changes,
            seed=self.seed,
            mean_map=self.mean_loss,
            training=losses,
            errors=errors,
            rates=[float(rate) for rate in rates[: len(errors)]],
            minibatches=len(self._minibatches(0)),
            activities=activities,
            seconds=time.time() - started,
            scores=self._scores(),
        )

    def _epoch(self, epoch):
        total, count = 0.0, 0
        for batch in progress(self._minibatches(epoch), self.row.name, 'minibatches'):
            total += float(self.trainer.train(*batch.arguments)) * len(batch.rows)
            count += len(batch.rows)
        return total / count

    def _minibatches(self, epoch):
        count = self.data.count('training')
        return list(minibatches.epoch_minibatches([count], epoch, self.settings))

    def _maps(self):
        """Validation maps in [0, 1] as learnt, images x 48 x 48."""
        self.data.load('validation', 0, self.trainer.validation)
        count = self.data.count('validation')
        maps = np.concatenate([self.predict(rows) for rows in minibatches.cut_in_order(count, 128)])
        return self.row.slices.unit(maps).reshape(count, MAP_SIZE, MAP_SIZE)

    def _error(self):
        truth = self.data.maps('validation', slice(None)) / 255.0
        return float(np.square(self._maps() - truth).mean())

    def _scores(self):
        """CC and AUC shuffled of the last maps."""
        post = PostProcessing(scale='stretch')
        names = self.cache.names('validation')
        sizes = self.cache.sizes('validation')
        with tempfile.TemporaryDirectory() as folder:
            for name, size, grid in zip(names, sizes, self._maps()):
                np.save(os.path.join(folder, name + '.npy'), postprocess(grid, tuple(size), post))
            found = scoring.evaluate(folder, 'isun', self.args.raw, 'validation', SCORED)
        return {
            metric: float(np.mean([scores[metric] for _, scores in found.rows]))
            for metric in SCORED.metrics
        }


def sums_of_rates(found):
    """The rates summed over the minibatches, up to the end of each epoch."""
    return found['minibatches'] * np.cumsum(found['rates'])


def dead_from(found):
    """(epoch, layer) from which on a layer has no unit that lives, or None."""
    for epoch, columns in enumerate(found['activities'], 1):
        for layer in LAYERS:
            if columns['dead_' + layer] == 1:
                return epoch, layer
    return None


def left_after(found):
    """The sum of rates after which the plateau lay behind, as text; nothing
    for a loss that learns no values."""
    dead = dead_from(found)
    if dead:
        return '{1} dead after epoch {0}'.format(*dead)
    if 'loss=correlation' in found['changes']:
        return '-'
    for error, rates in zip(found['errors'], sums_of_rates(found)):
        if error < (1 - LEFT) * found['mean_map']:
            return f'{rates:.3g}'
    return f'not in {sums_of_rates(found)[-1]:.3g}'


def line(seeds):
    """A row's cells, from what its seeds gave: values are their means."""
    left = sorted({left_after(found) for found in seeds})
    error = (
        '-'
        if left == ['-']
        else '{:.5f}'.format(np.mean([min(found['errors']) for found in seeds]))
    )
    scores = [
        '{:.3f}'.format(np.mean([found['scores'][name] for found in seeds]))
        for name in SCORED.metrics
    ]
    shares = [[each['activities'][-1]['dead_' + name] for name in LAYERS] for each in seeds]
    dead = ' '.join(f'{100 * share:.0f}' for share in np.mean(shares, axis=0))
    return [seeds[0]['title'], str(len(seeds)), ' or '.join(left), dead, error] + scores


def table(results):
    """The rows that are done, as an RST table."""
    lines = [list(COLUMNS)]
    lines += [line(seeds) for seeds in results]
    widths = [max(map(len, column)) for column in zip(*lines)]
    rule = ' '.join('=' * width for width in widths)
    text = [
        ' '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    ]
    return '\n'.join([rule, text[0], rule] + text[1:] + [rule])


def path_of(row, seed, folder):
    """Where a row's results lie."""
    return os.path.join(folder, f'{row.name}-{seed}.json')


def kept(row, seed, folder):
    """What a row gave; None if it is not done, or was when nobody looked at
    its units."""
    path, doing = path_of(row, seed, folder), 'reading a row of the study'
    if not os.path.exists(path):
        return None
    try:
        found = dict(json.loads(outside.text(path, doing)))
    except (TypeError, ValueError) as error:
        raise BadFile(
            doing, f'{path}: {error!r:.100}', 'what this program writes', f'rm {path}'
        ) from None
    return found if 'activities' in found else None


def done(folder, seeds):
    """What lies in the folder, in the order of `ROWS`: lists of seeds."""
    rows = ([kept(row, seed, folder) for seed in seeds] for row in ROWS)
    return [found for found in (list(filter(None, row)) for row in rows) if found]


def draw(results, path):
    """The curves of the rows that are done, by the sums of their rates."""
    summed = [[dict(found, rates=sums_of_rates(found)) for found in seeds] for seeds in results]
    plateau_chart.draw(summed, LEFT, path)


def main():
    """The study that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--raw', required=True, help="iSUN's raw files")
    parser.add_argument('--cache', default='data/cache/isun.hdf5')
    parser.add_argument(
        '--crop-cache',
        default='data/cache/isun-crop.hdf5',
        help='juntingnet preprocess isun --fit crop',
    )
    parser.add_argument(
        '--rows',
        nargs='+',
        metavar='NAME',
        choices=[row.name for row in ROWS],
        default=[row.name for row in ROWS],
        help='all by default: %(choices)s',
    )
    parser.add_argument('--epochs', type=int, default=8)
    parser.add_argument('--seeds', type=int, nargs='+', default=[0])
    parser.add_argument('--out', default='experiments/results/plateau')
    args = parser.parse_args()
    try:
        study(args)
    except JuntingNetError as error:
        parser.exit(2, f'{error}\n')


def study(args):
    """Train the rows that are not done, then print the table and draw."""
    for row, seed in itertools.product(ROWS, args.seeds):
        if row.name in args.rows and not kept(row, seed, args.out):
            found = Study(row, seed, args).run()
            with atomic_path(path_of(row, seed, args.out)) as part, open(part, 'w') as file:
                json.dump(found, file, indent=1)
    results = done(args.out, args.seeds)
    print(table(results))
    with atomic_path(os.path.join(args.out, 'curves.png')) as part:
        draw(results, part)


if __name__ == '__main__':
    main()
