"""Training: minibatches through the compiled functions, epoch by epoch.

Stopped at any moment and resumed, a run ends with the bits of the run that
was never stopped, with any number of threads. Resumed on another kind of
processor it says that its last bits may differ.

>>> from juntingnet_theano.training.runs import Run
>>> from juntingnet_theano.settings.training import Settings
>>> train(Run('runs/none', Settings(cache='none.hdf5')))
Traceback (most recent call last):
    ...
juntingnet_theano.errors.MissingFiles: While ...
"""

import itertools
import json
import os
import time
from typing import Any, Callable

import numpy as np

from juntingnet_theano import interrupts
from juntingnet_theano.cache import open_caches
from juntingnet_theano.errors import DeadLayer, Diverged
from juntingnet_theano.network import weights
from juntingnet_theano.network.functions import Trainer, as_numbers
from juntingnet_theano.network.layers import (
    INITIAL_WEIGHTS,
    build_juntingnet,
    initialise_balanced,
    seed_weights,
)
from juntingnet_theano.progress import progress
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training import averaging, checkpoints, history, minibatches
from juntingnet_theano.training.checkpoints import Position
from juntingnet_theano.training.data import TrainingData
from juntingnet_theano.training.runs import Run
from juntingnet_theano.training.schedules import linear

from lasagne.layers import Layer


class Stopped(Exception):
    """The program was asked to end; the run has saved its position.

    Attributes
    ----------
    number : int
        The signal that asked.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def train(run: Run, resume: bool = False, report: Callable[[str], Any] = print) -> Position:
    """Train a run to its last epoch.

    Parameters
    ----------
    run : runs.Run
    resume : bool
        Resume from its checkpoint.
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
    DeadLayer
        After an epoch that leaves a layer giving 0 for every image, unless
        the settings say to go on.
    Stopped
        After Ctrl-C, SIGTERM or SIGHUP, with the position saved.
    Busy
        Where another process trains the run.
    JuntingNetError
        For a cache, a checkpoint or settings that do not fit.
    """
    with open_caches(run.settings.caches) as cache, run.locked():
        data = TrainingData(cache, run.settings)
        if not resume:
            run.start()
        elif os.path.exists(run.checkpoint_path):  # before compiling, which takes longer
            history.read_vouched(
                run.history_path, checkpoints.read_position(run.checkpoint_path).epoch
            )
        mean, mean_loss = data.mean_map()
        report(
            f'{data.count("training")} training and {data.count("validation")} validation images; '
            f'squared error of the mean training map: {mean_loss:.6f}'
        )
        if data.left_out:
            report(
                f'{data.left_out} images of further caches are left out: they have names of '
                'validation or testing images'
            )
        layer = first_network(run.settings, mean)
        report('compiling (kernels are kept on disk for the next run)')
        trainer = Trainer(
            layer,
            run.settings.max_norm,
            run.settings.loss,
            run.settings.changing,
            run.settings.targets,
        )
        position = Position()
        if resume and os.path.exists(run.checkpoint_path):
            position = checkpoints.load(run.checkpoint_path, layer, trainer)
            _report_move(
                checkpoints.read_arithmetic(run.checkpoint_path), trainer.arithmetic, report
            )
        history.truncate(run.history_path, position.epoch)
        return Loop(run, data, layer, trainer, position, report).epochs()


def _report_move(before, now, report):
    if before and before != now:
        report(
            f'this run was trained on {before} and resumes on {now}; the last bits '
            'may differ from those of a run that was not moved'
        )


def first_network(settings: Settings, mean_map: np.ndarray) -> Layer:
    """The network with the first weights that the settings ask for."""
    rng = np.random.RandomState(settings.seed)
    seed_weights(rng)
    layer = build_juntingnet(
        head=settings.head,
        dropout=settings.dropout,
        initial_weights=INITIAL_WEIGHTS[settings.initialisation],
        initial_bias=settings.bias,
    )
    if settings.initialisation == 'balanced':
        initialise_balanced(layer, rng, mean_map)
    return layer


class Loop:
    """The loop over epochs and minibatches of one run.

    Parameters
    ----------
    run : runs.Run
    data : data.TrainingData
    layer : lasagne.layers.Layer
    trainer : functions.Trainer
    position : checkpoints.Position
        Where to begin; moved along.
    report : callable
    """

    def __init__(
        self,
        run: Run,
        data: TrainingData,
        layer: Layer,
        trainer: Trainer,
        position: Position,
        report: Callable[[str], Any],
    ) -> None:
        self.run, self.data, self.position = run, data, position
        self.layer, self.trainer, self.report = layer, trainer, report
        self.settings = run.settings
        self.last_epoch = data.epochs()
        self.rates = linear(
            self.settings.learning_rate_start, self.settings.learning_rate_stop, self.last_epoch
        )
        self.momenta = linear(
            self.settings.momentum_start, self.settings.momentum_stop, self.last_epoch
        )
        self._mirrored = itertools.islice(
            minibatches.mirror_in_place(data.sizes('training'), self.settings), position.epoch, None
        )
        self.activity = None
        self.stopped_by = None

    def epochs(self) -> Position:
        """Train to the last epoch and write the last weights."""
        with interrupts.handled(self._stop):
            while self.position.epoch < self.last_epoch:
                self._epoch()
        self._save_weights(self.run.last_path, self.position.epoch)
        if os.path.exists(self.run.average_path):
            self._try_average()
        self.report(
            f'done: {self.position.epoch} epochs, best validation loss '
            f'{self.position.best_loss:.6f} in epoch {self.position.best_epoch}'
        )
        return self.position

    def _epoch(self):
        position = self.position
        rate, momentum = (self.rates[position.epoch], self.momenta[position.epoch])
        self.trainer.learning_rate.set_value(np.float32(rate))
        self.trainer.momentum.set_value(np.float32(momentum))
        started = time.perf_counter()
        for loss, count in as_numbers(self._steps()):
            self._check_finite(loss, 'training loss')
            position.loss_sum += loss * count
        position.seconds += time.perf_counter() - started
        if self.stopped_by:
            self._save()
            raise Stopped(self.stopped_by)
        training = position.loss_sum / position.images
        validation = self._validate()
        self.data.load('validation', 0, self.trainer.validation)
        self.activity = self.trainer.activity(self.data.sample())
        row = dict(
            epoch=position.epoch + 1,
            training_loss=training,
            validation_loss=validation,
            learning_rate=rate,
            momentum=momentum,
            seconds=position.seconds,
            images_per_second=position.images / max(position.seconds, 1e-9),
            **history.activity_columns(self.activity),
        )
        self._check_alive(row)
        self._finish_epoch(row)

    def _try_average(self):
        """Keep the mean of the weights as the best where it validates best."""
        with averaging.keep_weights(self.layer):
            weights.load(self.run.average_path, self.layer)
            loss = self._validate()
            self.report(
                f'mean of the weights since epoch {self.settings.average_from}: validation loss '
                f'{loss:.6f}'
            )
            if loss < self.position.best_loss:
                self.position.best_epoch = self.position.epoch
                self.position.best_loss = loss
                self._save_weights(self.run.best_path, self.position.epoch)

    def _minibatches_left(self):
        role = self.data.role(self.position.epoch)
        batches = list(
            minibatches.epoch_minibatches(self.data.sizes(role), self.position.epoch, self.settings)
        )
        if self.settings.mirror_in_place:
            mirrored = next(self._mirrored)
            batches = [
                each._replace(flip=each.flip ^ mirrored[each.piece][each.rows]) for each in batches
            ]
        label = f'epoch {self.position.epoch + 1}/{self.last_epoch}'
        return progress(self.position.after(batches, self.run.folder), label, 'minibatches')

    def _steps(self):
        """A step on each minibatch, until a signal; losses and their images,
        which the device may still be computing."""
        role, position = self.data.role(self.position.epoch), self.position
        for minibatch in self._minibatches_left():
            self.data.load(role, minibatch.piece, self.trainer.training)
            count = len(minibatch.rows)
            position.minibatch += 1
            position.images += count
            yield self.trainer.train(*minibatch.arguments), count
            if self.stopped_by:
                return

    def _validate(self):
        total = 0.0
        for loss, count in as_numbers(self._validation_losses()):
            total += loss * count
        loss = total / self.data.count('validation')
        self._check_finite(loss, 'validation loss')
        return loss

    def _validation_losses(self):
        for piece, rows in enumerate(self.data.pieces['validation']):
            self.data.load('validation', piece, self.trainer.validation)
            for batch in minibatches.cut_in_order(len(rows), self.settings.batch_size):
                yield self.trainer.validate(batch), len(batch)

    def _check_finite(self, loss, name):
        if not np.isfinite(loss):
            rate, path = self.rates[self.position.epoch], self.run.checkpoint_path
            good = path if os.path.exists(path) else 'none'
            raise Diverged(
                f'training epoch {self.position.epoch + 1} of {self.run.folder}',
                f'{name} is {loss} at learning rate {rate:.3g}; last good checkpoint: {good}',
                'a finite loss',
                f'a new run with --set learning_rate_start={rate / 3:.3g}',
            )

    def _check_alive(self, row):
        layer = self.activity and self.activity.dead_layer()
        if layer is None or self.settings.on_dead == 'go-on':
            return
        # The row says so in the history too; weights and checkpoint stay
        # those of the epoch before.
        history.append(self.run.history_path, row)
        raise DeadLayer(
            'training epoch {epoch} of {run}'.format(epoch=row['epoch'], run=self.run.folder),
            'every unit of {} gives 0 for every one of {} validation images, '
            'at learning rate {:.3g}: from here on each picture gets the same '
            'map'.format(layer, len(self.data.sample()), row['learning_rate']),
            'a layer with units that live',
            f'a new run with --set learning_rate_start={self.rates[0] / 3:.3g}; or keep such a '
            'network with --set on_dead=go-on',
        )

    def _finish_epoch(self, row):
        """Order matters to a kill: weights and history before the checkpoint
        that vouches for them; what it does not vouch for is done again."""
        position = self.position
        epoch = position.epoch + 1
        better = row['validation_loss'] < position.best_loss
        best = (
            (epoch, row['validation_loss']) if better else (position.best_epoch, position.best_loss)
        )
        self.position = position = Position(epoch=epoch, best_epoch=best[0], best_loss=best[1])
        if better:
            self._save_weights(self.run.best_path, epoch)
        if 0 < self.settings.average_from <= epoch:
            averaging.include(self.run.average_path, self.layer, self._attributes(epoch))
        history.append(self.run.history_path, row)
        self.report(
            'epoch {epoch:.0f}: training loss {training_loss:.6f}, '
            'validation loss {validation_loss:.6f}{star}, rate '
            '{learning_rate:.4g}, {images_per_second:.0f} images/s; '
            '{live}'.format(
                star=' (best)' if better else '', live=history.describe_activity(row), **row
            )
        )
        if epoch % self.settings.checkpoint_every == 0 or epoch == self.last_epoch:
            self._save()

    def _save(self):
        checkpoints.save(self.run.checkpoint_path, self.layer, self.trainer, self.position)

    def _save_weights(self, path, epoch):
        weights.save(path, self.layer, self._attributes(epoch))

    def _attributes(self, epoch):
        """What weights say of themselves."""
        found = {
            'head': self.settings.head,
            'epoch': epoch,
            'settings': self.settings.to_toml(),
            'preprocessing': self.data.cache.preprocessing.to_json(),
            'fingerprint': self.data.cache.fingerprint,
        }
        if self.activity is not None:
            found['activity'] = json.dumps(history.activity_columns(self.activity))
        if self.settings.targets == 'symmetric':  # as the authors' code
            found['postprocessing'] = PostProcessing(order='released', scale='stretch').to_json()
        elif self.settings.loss == 'correlation':  # it learns no values
            found['postprocessing'] = PostProcessing(scale='stretch').to_json()
        return found

    def _stop(self, number, frame):
        """The first signal ends the minibatch, saves and leaves; the second
        leaves at once."""
        if self.stopped_by:
            interrupts.interrupt(number, frame)
        self.stopped_by = number
