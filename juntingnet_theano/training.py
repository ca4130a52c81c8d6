"""Training: minibatches through the compiled functions, epoch by epoch.

A run is a folder: settings.toml (written before the first epoch),
history.csv (a row an epoch), checkpoint.hdf5 (all that resuming needs),
weights-best.hdf5 and weights-last.hdf5. Stopped at any moment and resumed, it
ends with the bits of the run that was never stopped.

>>> from juntingnet_theano.settings import Settings
>>> Run('runs/paper', Settings()).history_path
'runs/paper/history.csv'
"""
import contextlib
import os
import signal
import time

import numpy as np

from juntingnet_theano import checkpoints, history, minibatches, settings
from juntingnet_theano import weights
from juntingnet_theano.cache import open_cache
from juntingnet_theano.checkpoints import Position
from juntingnet_theano.errors import BadSetting, Diverged, MissingFiles
from juntingnet_theano.functions import Trainer
from juntingnet_theano.network import (build_juntingnet, he_initialise,
                                       seed_weights)
from juntingnet_theano.progress import progress
from juntingnet_theano.schedules import linear


class Stopped(Exception):
    """Ctrl-C was pressed; the run has saved its position."""


class Run(object):
    """The files of one run.

    Parameters
    ----------
    folder : str
    settings : Settings
    """

    def __init__(self, folder, settings):
        self.folder, self.settings = folder, settings
        self.settings_path = os.path.join(folder, 'settings.toml')
        self.history_path = os.path.join(folder, 'history.csv')
        self.checkpoint_path = os.path.join(folder, 'checkpoint.hdf5')
        self.best_path = os.path.join(folder, 'weights-best.hdf5')
        self.last_path = os.path.join(folder, 'weights-last.hdf5')

    def start(self):
        """Make the folder and save the settings.

        Raises
        ------
        BadSetting
            Where the folder holds a run already.
        """
        if os.path.exists(self.settings_path):
            raise BadSetting(
                'starting a run', '{} holds a run already'.format(self.folder),
                'a new folder, or --resume',
                'juntingnet train --run {} --resume'.format(self.folder))
        self.settings.save(self.settings_path)

    @classmethod
    def resume(cls, folder):
        """A run that is there already, with the settings it was started with.

        Raises
        ------
        MissingFiles
            Where the folder holds no run.
        """
        path = os.path.join(folder, 'settings.toml')
        if not os.path.exists(path):
            raise MissingFiles('resuming a run', 'no ' + path, None,
                               'juntingnet train --run {}'.format(folder))
        return cls(folder, settings.load(path))


class Data(object):
    """The rows of a cache that a run trains and validates on.

    Slices go to the device one after another; a set that fits into one slice
    is loaded once.

    Parameters
    ----------
    cache : cache.Cache
    settings : Settings

    Raises
    ------
    BadSetting
        Where no image is left to train or to validate on.
    """

    def __init__(self, cache, settings):
        self.cache = cache
        count = cache.count('training')
        training, held = minibatches.split_rows(
            count, settings.holdout, settings.split_seed)
        self.splits = {'training': ('training', training)}
        if settings.holdout:
            self.splits['validation'] = ('training', held)
        else:
            self.splits['validation'] = (
                'validation', np.arange(cache.count('validation')))
        self.pieces = {}
        for role, (_, rows) in self.splits.items():
            if not len(rows):
                raise BadSetting(
                    'choosing {} images of {}'.format(role, settings.cache),
                    '{} training images, holdout={}'.format(
                        count, settings.holdout), 'at least one image')
            self.pieces[role] = minibatches.pieces(rows, settings.slice_size)
        self._loaded = {}

    def count(self, role):
        """Images of a role, 'training' or 'validation'."""
        return len(self.splits[role][1])

    def load(self, role, piece, data_slice):
        """Bring one slice to the device, unless it is there."""
        if self._loaded.get(role) == piece:
            return
        split, rows = self.splits[role][0], self.pieces[role][piece]
        data_slice.load(self.cache.images(split, rows),
                        self.maps(role, rows))
        self._loaded[role] = piece

    def maps(self, role, rows):
        """uint8 maps n x 48 x 48 of some rows of a role."""
        return self.cache.maps(self.splits[role][0], rows)[:, 0]

    def mean_map(self):
        """Mean training map, 48 x 48, and its loss on the validation set."""
        mean = minibatches.mean_map(
            lambda rows: self.maps('training', rows), self.pieces['training'])
        return mean, minibatches.constant_map_loss(
            mean, lambda rows: self.maps('validation', rows),
            self.pieces['validation'])


def train(run, resume=False, report=print):
    """Train a run to its last epoch.

    Parameters
    ----------
    run : Run
    resume : bool
        Go on from its checkpoint.
    report : callable
        Takes one line of text an event.

    Returns
    -------
    Position
        At the end.

    Raises
    ------
    Diverged
        At a loss that is not finite.
    Stopped
        After Ctrl-C, with the position saved.
    JuntingNetError
        For a cache, a checkpoint or settings that do not fit.
    """
    with open_cache(run.settings.cache) as cache:
        data = Data(cache, run.settings)
        if not resume:
            run.start()
        mean, mean_loss = data.mean_map()
        report('{} training and {} validation images; validation loss of the '
               'mean training map: {:.6f}'.format(
                   data.count('training'), data.count('validation'),
                   mean_loss))
        layer = first_network(run.settings, mean)
        report('compiling (kernels are kept on disk for the next run)')
        trainer = Trainer(layer, run.settings.max_norm)
        position = Position()
        if resume and os.path.exists(run.checkpoint_path):
            position = checkpoints.load(run.checkpoint_path, layer, trainer)
        history.truncate(run.history_path, position.epoch)
        return Loop(run, data, layer, trainer, position, report).epochs()


def first_network(settings, mean_map):
    """The network with the first weights that the settings ask for."""
    rng = np.random.RandomState(settings.seed)
    seed_weights(rng)
    layer = build_juntingnet(head=settings.head, dropout=settings.dropout)
    if settings.initialisation == 'he':
        he_initialise(layer, rng, mean_map)
    return layer


class Loop(object):
    """The loop over epochs and minibatches of one run.

    Parameters
    ----------
    run : Run
    data : Data
    layer : lasagne.layers.Layer
    trainer : functions.Trainer
    position : checkpoints.Position
        Where to begin; moved along.
    report : callable
    """

    def __init__(self, run, data, layer, trainer, position, report):
        self.run, self.data, self.position = run, data, position
        self.layer, self.trainer, self.report = layer, trainer, report
        self.settings = run.settings
        self.rates = linear(self.settings.learning_rate_start,
                            self.settings.learning_rate_stop,
                            self.settings.epochs)
        self.momenta = linear(self.settings.momentum_start,
                              self.settings.momentum_stop,
                              self.settings.epochs)
        self.stop = False

    def epochs(self):
        """Go on to the last epoch and write the last weights."""
        with self._ctrl_c():
            while self.position.epoch < self.settings.epochs:
                self._epoch()
        self._save_weights(self.run.last_path, self.position.epoch)
        self.report('done: {} epochs, best validation loss {:.6f} in epoch {}'
                    .format(self.position.epoch, self.position.best_loss,
                            self.position.best_epoch))
        return self.position

    def _epoch(self):
        position, settings = self.position, self.settings
        rate, momentum = (self.rates[position.epoch],
                          self.momenta[position.epoch])
        self.trainer.learning_rate.set_value(np.float32(rate))
        self.trainer.momentum.set_value(np.float32(momentum))
        for minibatch in self._minibatches_left():
            self._step(minibatch)
        training = position.loss_sum / position.images
        validation = self._validate()
        row = dict(
            epoch=position.epoch + 1, training_loss=training,
            validation_loss=validation, learning_rate=rate, momentum=momentum,
            seconds=position.seconds,
            images_per_second=position.images / max(position.seconds, 1e-9))
        self._finish_epoch(row)

    def _minibatches_left(self):
        sizes = [len(rows) for rows in self.data.pieces['training']]
        batches = list(minibatches.epoch_minibatches(
            sizes, self.position.epoch, self.settings))
        label = 'epoch {}/{}'.format(self.position.epoch + 1,
                                     self.settings.epochs)
        return progress(batches[self.position.minibatch:], label,
                        'minibatches')

    def _step(self, minibatch):
        started = time.perf_counter()
        self.data.load('training', minibatch.piece, self.trainer.training)
        loss = float(self.trainer.train(minibatch.rows, minibatch.flip))
        self._check_finite(loss, 'training loss')
        position, count = self.position, len(minibatch.rows)
        position.minibatch += 1
        position.loss_sum += loss * count
        position.images += count
        position.seconds += time.perf_counter() - started
        if self.stop:
            self._save()
            raise Stopped()

    def _validate(self):
        total = 0.
        for piece, rows in enumerate(self.data.pieces['validation']):
            self.data.load('validation', piece, self.trainer.validation)
            for batch in minibatches.in_order(len(rows),
                                              self.settings.batch_size):
                total += float(self.trainer.validate(batch)) * len(batch)
        loss = total / self.data.count('validation')
        self._check_finite(loss, 'validation loss')
        return loss

    def _check_finite(self, loss, name):
        if not np.isfinite(loss):
            raise Diverged(
                'training epoch {} of {}'.format(self.position.epoch + 1,
                                                 self.run.folder),
                '{} is {} at learning rate {:.3g}; last good checkpoint: {}'
                .format(name, loss, self.rates[self.position.epoch],
                        self.run.checkpoint_path
                        if os.path.exists(self.run.checkpoint_path)
                        else 'none'),
                'a finite loss',
                'a new run with --set learning_rate_start={:.3g}'.format(
                    self.rates[self.position.epoch] / 3))

    def _finish_epoch(self, row):
        """Order matters to a kill: weights and history before the checkpoint
        that vouches for them; what it does not vouch for is done again."""
        position = self.position
        epoch = position.epoch + 1
        better = row['validation_loss'] < position.best_loss
        best = ((epoch, row['validation_loss']) if better
                else (position.best_epoch, position.best_loss))
        self.position = position = Position(
            epoch=epoch, best_epoch=best[0], best_loss=best[1])
        if better:
            self._save_weights(self.run.best_path, epoch)
        history.append(self.run.history_path, row)
        self.report('epoch {epoch:.0f}: training loss {training_loss:.6f}, '
                    'validation loss {validation_loss:.6f}{star}, rate '
                    '{learning_rate:.4g}, {images_per_second:.0f} images/s'
                    .format(star=' (best)' if better else '', **row))
        if (epoch % self.settings.checkpoint_every == 0
                or epoch == self.settings.epochs):
            self._save()

    def _save(self):
        checkpoints.save(self.run.checkpoint_path, self.layer, self.trainer,
                         self.position)

    def _save_weights(self, path, epoch):
        weights.save(path, self.layer, {
            'head': self.settings.head, 'epoch': epoch,
            'settings': self.settings.to_toml(),
            'fingerprint': self.data.cache.fingerprint})

    @contextlib.contextmanager
    def _ctrl_c(self):
        """The first Ctrl-C ends the minibatch, saves and leaves; the second
        leaves at once."""
        def stop(number, frame):
            if self.stop:
                raise KeyboardInterrupt()
            self.stop = True

        try:
            before = signal.signal(signal.SIGINT, stop)
        except ValueError:      # not the main thread: the caller's Ctrl-C
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
