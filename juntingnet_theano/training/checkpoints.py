"""Checkpoints: all that a run needs to resume as if it had never stopped.

Weights and velocities, the state of every random stream in the graph, and the
position: epochs done, minibatches done of the next one, and its losses so
far. Order and mirroring are drawn anew from (seed, epoch) in each epoch and
need no state. Another processor may round differently. A checkpoint names the
arithmetic that made it, so that a run that has moved can say so.

>>> Position(epoch=3).minibatch
0
"""

import dataclasses
import json
import math
from typing import Any, Optional, Sequence

import numpy as np

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import hdf5_files
from juntingnet_theano.files.writing import atomic_path, provenance
from juntingnet_theano.network import weights
from juntingnet_theano.network.functions import Trainer
from juntingnet_theano.training.minibatches import Minibatch

from lasagne.layers import Layer

FORMAT = 'juntingnet checkpoint 1'


@dataclasses.dataclass
class Position:
    """Where a run stands.

    Attributes
    ----------
    epoch : int
        Complete epochs.
    minibatch : int
        Minibatches done of the epoch that follows.
    loss_sum, images : float, int
        Sum of their losses, each times its images, and those images.
    seconds : float
        Time spent on them.
    best_epoch, best_loss : int, float
        Epoch of the lowest validation loss, and that loss.
    """

    epoch: int = 0
    minibatch: int = 0
    loss_sum: float = 0.0
    images: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float = float('inf')

    def after(self, batches: Sequence[Minibatch], run: str) -> Sequence[Minibatch]:
        """The minibatches of an epoch that are left at this position.

        Parameters
        ----------
        batches : list of minibatches.Minibatch
            All of the epoch.
        run : str
            For the message.

        Raises
        ------
        BadFile
            Where these can't be at this position: it is another run's.
        """
        done = batches[: self.minibatch]
        images = sum(len(each.rows) for each in done)
        if (len(done), images) != (self.minibatch, self.images):
            raise BadFile(
                'resuming ' + run,
                f'its checkpoint stands after {self.minibatch:,} '
                f'minibatches and {self.images:,} images of an epoch',
                f'a position among {len(batches):,} minibatches; there {images:,} images are done',
            )
        return batches[self.minibatch :]


def save(path: str, layer: Layer, trainer: Trainer, position: Position) -> None:
    """Write a checkpoint, complete or not at all.

    Parameters
    ----------
    path : str
    layer : lasagne.layers.Layer
    trainer : functions.Trainer
    position : Position
    """
    with atomic_path(path) as part, hdf5_files.created(part) as (file, check):
        weights.write(file.create_group('weights'), layer)
        check()
        for name, velocity in trainer.velocities.items():
            file['velocities/' + name] = velocity.get_value(borrow=True)
            check()
        for i, state in enumerate(trainer.random_states):
            file[f'random/{i}'] = np.asarray(state.get_value())
        file.attrs.update(
            format=FORMAT,
            arithmetic=trainer.arithmetic,
            position=json.dumps(dataclasses.asdict(position)),
            **provenance(),
        )


def read_position(path: str) -> Position:
    """Where a checkpoint stands, read without a network.

    Returns
    -------
    Position

    Raises
    ------
    MissingFiles, BadFile
        Where the file is not there, or is no checkpoint.
    """
    with weights.open_weights(path, [FORMAT]) as file:
        return _position(file.attrs['position'])


def load(path: str, layer: Layer, trainer: Trainer) -> Position:
    """Bring network and optimiser back to a checkpoint.

    Returns
    -------
    Position

    Raises
    ------
    MissingFiles, BadFile, WeightsMismatch
        Where the file is not there, is no checkpoint, or fits another
        network.
    """
    doing = f'resuming from {path}'
    with weights.open_weights(path, [FORMAT]) as file:
        group: Any = hdf5_files.item(file, 'weights')
        values = weights.read_values(group, layer, path)
        velocities = [
            weights.read_array(file, 'velocities/' + name, each, doing)
            for name, each in trainer.velocities.items()
        ]
        states = [
            weights.read_array(file, f'random/{i}', each, doing)
            for i, each in enumerate(trainer.random_states)
        ]
        position = _position(file.attrs['position'])
    weights.set_values(layer, values)
    for variables, found in (
        (trainer.velocities.values(), velocities),
        (trainer.random_states, states),
    ):
        for variable, value in zip(variables, found):
            variable.set_value(value)
    return position


def read_arithmetic(path: str) -> Optional[str]:
    """The arithmetic that a checkpoint was computed with, as
    `functions.arithmetic` named it then; None where the file does not say."""
    with weights.open_weights(path, [FORMAT]) as file:
        found = file.attrs.get('arithmetic')
    return found if isinstance(found, str) else None


def _position(text):
    """A position from its JSON; whatever it raises is the file's fault."""
    values = json.loads(text)
    for field in dataclasses.fields(Position):
        value = values[field.name]
        kinds = (int,) if field.type is int else (int, float)
        is_finite = field.name == 'best_loss' or type(value) is not float or math.isfinite(value)
        if type(value) not in kinds or not value >= 0 or not is_finite:
            raise ValueError(f'{field.name} is {value!a:.60}')
    return Position(**values)
