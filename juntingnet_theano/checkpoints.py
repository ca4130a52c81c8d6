"""All that a run needs to go on as if it had never stopped.

Weights and velocities, the state of every random stream in the graph, and the
position: epochs done, minibatches done of the next one, and its losses so
far. Order and mirroring are drawn anew from (seed, epoch) in each epoch and
need no state.

>>> Position(epoch=3).minibatch
0
"""
import dataclasses
import json

import h5py
import numpy as np

from juntingnet_theano import weights
from juntingnet_theano.files import atomic_path, provenance

FORMAT = 'juntingnet checkpoint 1'


@dataclasses.dataclass
class Position(object):
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


def save(path, layer, trainer, position):
    """Write a checkpoint, complete or not at all.

    Parameters
    ----------
    path : str
    layer : lasagne.layers.Layer
    trainer : functions.Trainer
    position : Position
    """
    with atomic_path(path) as part:
        with h5py.File(part, 'w') as file:
            weights.write(file.create_group('weights'), layer)
            for name, velocity in trainer.velocities.items():
                file['velocities/' + name] = velocity.get_value(borrow=True)
            for i, state in enumerate(trainer.random_states):
                file['random/%d' % i] = np.asarray(state.get_value())
            file.attrs.update(
                format=FORMAT, position=json.dumps(
                    dataclasses.asdict(position)), **provenance())


def load(path, layer, trainer):
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
    with weights.opened(path, [FORMAT]) as file:
        weights.read(file['weights'], layer, path)
        for name, velocity in trainer.velocities.items():
            velocity.set_value(file['velocities/' + name][()])
        for i, state in enumerate(trainer.random_states):
            state.set_value(file['random/%d' % i][()])
        return Position(**json.loads(file.attrs['position']))
