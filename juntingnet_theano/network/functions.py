"""Compiled Theano functions: training, validation and prediction.

Plain Theano: ``import theano`` alone decides which engine compiles the graph, and
for which device. The data lie in shared variables as uint8
(on the GPU where there is one); the compiled functions pick the minibatch,
cast, scale and mirror it in the graph. Losses are borrowed, so that no step
has to wait for the one before: `as_numbers` turns them into numbers.

>>> import juntingnet_theano
>>> from juntingnet_theano.network.layers import build_juntingnet
>>> trainer = Trainer(build_juntingnet())
>>> trainer.learning_rate.set_value(0.03)
>>> sorted(trainer.velocities)[0]
'conv1.W'
"""

import functools
from collections import OrderedDict, deque
from typing import Any, Callable, Dict, Iterable, Iterator, Sequence, Tuple

import numpy as np

from juntingnet_theano.network import activity
from juntingnet_theano.network.layers import IMAGE_SIZE, MAP_SIZE, maxout_weights
from juntingnet_theano.network.losses import LOSSES
from juntingnet_theano.network.warping import crop_and_colour

import theano  # pyright: ignore[reportMissingImports]  # the finder answers
import theano.tensor as T  # pyright: ignore[reportMissingImports]  # the finder answers
from lasagne.layers import Layer, get_all_layers, get_all_params, get_output
from lasagne.updates import nesterov_momentum, norm_constraint

BYTE = np.float32(1 / 255.0)
MAXOUT_NORM = 1.9365
"""Largest norm of a maxout unit's weights; Goodfellow et al., "Maxout
networks" (2013), cited in section 3.2, with their published settings."""
TARGETS = {
    'unit': lambda maps: maps,
    'symmetric': lambda maps: maps * np.float32(2) - np.float32(1),
}
"""Maps in [0, 1] to what is learnt, by the name of its range."""
WATCHED = {'conv1': 'pool1', 'conv2': 'pool2', 'conv3': 'pool3', 'dense1': 'dense1'}
"""Rectified layer -> the layer whose output shows which of its units live.
Each place of a convolution lies in a window of the pooling behind it."""
AHEAD = 8
"""Most minibatches that may wait for the device. Several keep it busy while the
host is held up; few enough that a stop, or a loss that is not finite, is seen
soon after its minibatch."""


class DataSlice:
    """Images and maps in the memory of the device, as uint8.

    Attributes
    ----------
    images : Theano shared variable
        uint8, n x 3 x 96 x 96.
    maps : Theano shared variable
        uint8, n x 48 x 48.
    """

    def __init__(self) -> None:
        self.images = theano.shared(np.zeros((0, 3, IMAGE_SIZE, IMAGE_SIZE), 'uint8'), 'images')
        self.maps = theano.shared(np.zeros((0, MAP_SIZE, MAP_SIZE), 'uint8'), 'maps')

    def load(self, images: np.ndarray, maps: np.ndarray) -> None:
        """Replace the data.

        Parameters
        ----------
        images : uint8 array, n x 3 x 96 x 96
        maps : uint8 array, n x 48 x 48
        """
        self.images.set_value(images, borrow=True)
        self.maps.set_value(maps, borrow=True)

    def minibatch(
        self, rows: Any, flip: Any = None, changes: Sequence[Any] = ()
    ) -> Tuple[Any, Any]:
        """Symbolic minibatch: float32 images and targets in [0, 1].

        Parameters
        ----------
        rows : Theano ivector
            Positions in the slice.
        flip : Theano ivector, optional
            1 where the row is to be mirrored left to right (section 3.2).
        changes : (Theano matrix, Theano tensor3), optional
            Boxes and colours, as `warping.crop_and_colour` takes them.

        Returns
        -------
        (Theano tensor4, Theano matrix)
            Images m x 3 x 96 x 96 and targets m x 2304.
        """
        images = scale(self.images[rows])
        maps = scale(self.maps[rows])
        if flip is not None:
            images = T.switch(flip.dimshuffle(0, 'x', 'x', 'x'), images[:, :, :, ::-1], images)
            maps = T.switch(flip.dimshuffle(0, 'x', 'x'), maps[:, :, ::-1], maps)
        if changes:
            images, maps = crop_and_colour(images, maps.dimshuffle(0, 'x', 1, 2), *changes)
        return images, maps.flatten(2)


def scale(values: Any) -> Any:
    """Symbolic float32 in [0, 1] of a symbolic uint8 tensor."""
    return T.cast(values, 'float32') * BYTE


class Trainer:
    """One network with its data, its optimiser and its compiled functions.

    Parameters
    ----------
    layer : lasagne.layers.Layer
        Output layer from `build_juntingnet`; trained in place.
    max_norm : float
        Bound of the norm of each maxout unit's incoming weights (section
        3.2); 0 leaves them free.
    loss : str
        A name in `losses.LOSSES`.
    changing : bool
        Whether `train` also takes crops and colours.
    targets : {'unit', 'symmetric'}
        Range of the maps that are learnt: [0, 1], or the authors' [-1, 1].

    Attributes
    ----------
    training, validation : DataSlice
    learning_rate, momentum : Theano shared scalars, float32
    velocities : dict of str to Theano shared variable
        Nesterov velocities by parameter name.
    arithmetic : str
        See `arithmetic`.
    random_states : list of Theano shared variable
        States of the streams that dropout draws from.
    train : callable
        ``train(rows, flip)`` makes one step on rows of `training` and
        returns the loss before it; int32 vectors. If `changing`,
        ``train(rows, flip, boxes, colours)``: see `augmentation.Changes`.
    validate : callable
        ``validate(rows)``: the loss on rows of `validation`.

    Both losses are borrowed: see `as_numbers`.
    """

    slices = DataSlice  # a study of other inputs or targets has others

    def __init__(
        self,
        layer: Layer,
        max_norm: float = MAXOUT_NORM,
        loss: str = 'squared',
        changing: bool = False,
        targets: str = 'unit',
    ) -> None:
        self.arithmetic = arithmetic()
        self._layer, self._compare = layer, LOSSES[loss]
        self._target = TARGETS[targets]
        self.training, self.validation = self.slices(), self.slices()
        self.learning_rate = theano.shared(np.float32(0), 'learning_rate')
        self.momentum = theano.shared(np.float32(0), 'momentum')
        rows, flip = T.ivector('rows'), T.ivector('flip')
        changes = (
            [T.matrix('boxes', dtype='float32'), T.tensor3('colours', dtype='float32')]
            if changing
            else []
        )
        images, wanted = self.training.minibatch(rows, flip, changes)
        value = self._compare(get_output(layer, images), self._target(wanted))
        updates = self._updates(layer, value, max_norm)
        self.random_states = _random_states(value)
        self.train = theano.function(
            [rows, flip] + changes, theano.Out(value, borrow=True), updates=updates
        )

    @functools.cached_property
    def validate(self) -> Callable[[np.ndarray], Any]:
        """Rows of `validation` -> their loss.

        Compiled when it is first asked for, after an epoch: training begins
        sooner.
        """
        rows = T.ivector('rows')
        images, wanted = self.validation.minibatch(rows)
        value = self._compare(
            get_output(self._layer, images, deterministic=True), self._target(wanted)
        )
        return theano.function([rows], theano.Out(value, borrow=True))

    def activity(self, rows: np.ndarray) -> activity.Activity:
        """What some rows of `validation` show of the network.

        Parameters
        ----------
        rows : int32 array

        Returns
        -------
        activity.Activity
        """
        *layers, output, truth = self._watched(rows)
        return activity.look(dict(zip(WATCHED, layers)), output, truth)

    @functools.cached_property
    def _watched(self):
        rows = T.ivector('rows')
        images, wanted = self.validation.minibatch(rows)
        layers = {each.name: each for each in get_all_layers(self._layer)}
        outputs = get_output(
            [layers[name] for name in WATCHED.values()] + [self._layer], images, deterministic=True
        )
        return theano.function([rows], outputs + [self._target(wanted)])

    def _updates(self, layer, loss, max_norm):
        params = get_all_params(layer, trainable=True)
        updates = nesterov_momentum(loss, params, self.learning_rate, self.momentum)
        # Lasagne makes the velocities in the order of the parameters.
        velocities = [each for each in updates if each not in params]
        names = parameters(layer)
        self.velocities = OrderedDict(zip(names, velocities))
        if max_norm:
            weights = maxout_weights(layer)
            updates[weights] = norm_constraint(updates[weights], max_norm)
        return updates


def as_numbers(losses: Iterable[Tuple[Any, int]]) -> Iterator[Tuple[float, int]]:
    """Losses of `Trainer`'s functions as numbers, in their order.

    A borrowed output is NumPy's where it is computed when the function
    returns. It is a number at once, as the next call may overwrite it. JAX
    returns its own array before it is computed; up to `AHEAD` of these wait
    while `losses` goes on to the next minibatches.

    Parameters
    ----------
    losses : iterable of (array, int)
        Losses, and of how many images each is the mean; calls the function
        each time that it is asked for the next.

    Yields
    ------
    (float, int)

    Examples
    --------
    >>> list(as_numbers([(np.float32(0.5), 128), (np.float32(0.25), 64)]))
    [(0.5, 128), (0.25, 64)]
    """
    waiting = deque()
    for loss, count in losses:
        waiting.append((loss, count))
        most = 0 if isinstance(loss, (np.ndarray, np.generic)) else AHEAD
        while len(waiting) > most:
            loss, count = waiting.popleft()
            yield float(loss), count
    for loss, count in waiting:
        yield float(loss), count


def arithmetic() -> str:
    """Name what rounds: the processor, the kernels and the libraries.

    Returns
    -------
    str
        Where two of these differ, the last bits of the same graph's results
        may differ too. The number of threads changes no bit, so it is left out.
    """
    said = getattr(theano.compile.mode, 'arithmetic', None)
    return said() if said else f'Theano {theano.__version__}'


def parameters(layer: Layer) -> Dict[str, Any]:
    """Trainable parameters by name, ``'conv1.W'``, in the order of layers.

    Parameters
    ----------
    layer : lasagne.layers.Layer
        Output layer from `build_juntingnet`.

    Returns
    -------
    OrderedDict of str to Theano shared variable
    """
    return OrderedDict(
        (param.name, param)
        for each in get_all_layers(layer)
        for param in each.get_params(trainable=True)
    )


def _random_states(loss):
    """Shared variables that a compiled function advances by itself."""
    inputs = theano.gof.graph.inputs([loss])
    return [each for each in inputs if getattr(each, 'default_update', None) is not None]


def compile_predict(layer: Layer) -> Callable[[np.ndarray], np.ndarray]:
    """Compile the prediction of 48 x 48 maps.

    Parameters
    ----------
    layer : lasagne.layers.Layer
        Output layer from `build_juntingnet`.

    Returns
    -------
    callable
        uint8 images n x 3 x 96 x 96 -> float32 maps n x 48 x 48, about in
        [0, 1] (the output is not bounded: section 3 trains it as a
        regression).
    """
    images = T.TensorType('uint8', (False,) * 4)('images')
    output: Any = get_output(layer, scale(images), deterministic=True)
    maps = output.reshape((-1, MAP_SIZE, MAP_SIZE))
    return theano.function([images], maps)
