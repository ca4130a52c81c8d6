"""JuntingNet's layers, as section 3.1 of the paper lists them.

Plain Lasagne: knows nothing of data, loss, training or engines.

>>> import juntingnet_theano
>>> from lasagne.layers import get_output_shape
>>> get_output_shape(build_juntingnet(head='released'))
(None, 2304)
"""

from typing import Any, Callable, Tuple

import numpy as np

from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.network.shapes import HEADS
from juntingnet_theano.settings.preprocessing import IMAGE_SIZE, MAP_SIZE

import lasagne
from lasagne.init import Constant, GlorotUniform, HeNormal, Normal
from lasagne.layers import (
    Conv2DLayer,
    DenseLayer,
    DropoutLayer,
    FeaturePoolLayer,
    InputLayer,
    Layer,
    MaxPool2DLayer,
    get_all_layers,
)
from lasagne.nonlinearities import linear, rectify

PIXEL_MEAN, PIXEL_DEVIATION = 0.45, 0.25
"""Mean and deviation of photographs in [0, 1], roughly; only
`initialise_balanced` uses them."""
CONVOLUTIONS = (('1', 32, 5), ('2', 64, 3), ('3', 64, 3))


def build_juntingnet(
    input_var: Any = None,
    head: str = 'paper',
    dropout: float = 0.0,
    initial_weights: Callable[..., Any] = Normal(0.01),
    initial_bias: float = 0.1,
) -> Layer:
    """Stack JuntingNet's layers on an input variable.

    Parameters
    ----------
    input_var : Theano tensor4, optional
        Images, float32, N x 3 x 96 x 96, RGB in [0, 1]. Lasagne makes a
        variable where none is given.
    head : {'paper', 'released'}
        The paper's text and the authors' published code differ after the
        first dense layer. ``'paper'``: a learned maxout layer of 2304 units
        with two linear pieces each, whose output is the map (50,791,936
        parameters). ``'released'``: maximum over pairs of the first dense
        layer, then 2304 linear units (34,864,384 parameters).
    dropout : float
        Share of the first dense layer's units set to zero in training, in
        [0, 1). The paper tried 0.5 and left it out (section 3.2).
    initial_weights : callable
        Shape -> array, for each layer; N(0, 0.01^2) by `lasagne.random` by
        default (section 3.2).
    initial_bias : float
        Of every unit; 0.1 in section 3.2, 0 in the authors' code.

    Returns
    -------
    lasagne.layers.Layer
        The output layer, N x 2304: a 48 x 48 map in row-major order.

    Raises
    ------
    BadSetting
        For an unknown head or a dropout outside [0, 1).

    References
    ----------
    Pan and Giro-i-Nieto, "End-to-end Convolutional Network for Saliency
    Prediction", 2015, section 3.1 and figure 2.
    """
    if head not in HEADS:
        raise BadSetting('building the network', f'head={head!r}', did_you_mean(str(head), HEADS))
    if not 0 <= dropout < 1:
        raise BadSetting('building the network', f'dropout={dropout!r}', 'a share in [0, 1)')
    initial = {'W': initial_weights, 'b': Constant(initial_bias)}
    layer = InputLayer((None, 3, IMAGE_SIZE, IMAGE_SIZE), input_var, name='input')
    for number, filters, size in CONVOLUTIONS:
        layer = Conv2DLayer(
            layer, filters, size, nonlinearity=rectify, name='conv' + number, **initial
        )
        layer = MaxPool2DLayer(layer, 2, name='pool' + number)
    layer = DenseLayer(layer, 4608, nonlinearity=rectify, name='dense1', **initial)
    if dropout:
        layer = DropoutLayer(layer, dropout, name='dropout')
    outputs = MAP_SIZE * MAP_SIZE
    if head == 'paper':
        layer = DenseLayer(layer, 2 * outputs, nonlinearity=linear, name='dense2', **initial)
        return FeaturePoolLayer(layer, 2, name='maxout')
    layer = FeaturePoolLayer(layer, 2, name='maxout')
    return DenseLayer(layer, outputs, nonlinearity=linear, name='dense2', **initial)


def no_weights(shape: Tuple[int, ...]) -> np.ndarray:
    """Zeros, for `initial_weights` of a network that is about to load its
    own: drawing 50 million normal numbers takes longer than predicting.

    >>> no_weights((2, 3)).shape
    (2, 3)
    """
    return np.zeros(shape, 'float32')


INITIAL_WEIGHTS = {
    'paper': Normal(0.01),  # section 3.2
    'glorot': GlorotUniform(),  # Glorot and Bengio, 2010
    'he': HeNormal(float(np.sqrt(2))),  # He et al., 2015
    'balanced': no_weights,  # `initialise_balanced` sets them
}


def maxout_weights(layer: Layer) -> Any:
    """The weight matrix whose products the maxout takes the maximum of.

    Parameters
    ----------
    layer : lasagne.layers.Layer
        An output layer from `build_juntingnet`.

    Returns
    -------
    Theano shared variable
        Inputs x 4608; the norm constraint of section 3.2 applies to its
        columns.
    """
    (maxout,) = (each for each in get_all_layers(layer) if each.name == 'maxout')
    below = maxout.input_layer
    while not hasattr(below, 'W'):  # the dropout layer, where it is used
        below = below.input_layer
    return below.W


def seed_weights(rng: np.random.RandomState) -> None:
    """Let `lasagne.random` draw from `rng`, a `numpy.random.RandomState`."""
    lasagne.random.set_rng(rng)


def initialise_balanced(layer: Layer, rng: np.random.RandomState, mean_map: np.ndarray) -> None:
    """Set first weights with which every layer learns from the first step.

    Not the paper's: its N(0, 0.01^2) leaves the network at the mean map for
    many epochs. Weights are N(0, 2 / inputs of a unit) (He et al., 2015), but
    a tenth of that in the first dense layer: the loss is a mean over 2304
    pixels, so that gradients are small, and a rate that lets the layers below
    move is stable in the last layer only where its inputs are small. The last
    biases give the mean training map, all others are 0. The first
    convolution holds a standardisation of the pixels, so that the input
    stays the paper's.

    Parameters
    ----------
    layer : lasagne.layers.Layer
        Output layer from `build_juntingnet`, changed in place.
    rng : numpy.random.RandomState
    mean_map : array, 48 x 48
        Mean of the training maps, in [0, 1].
    """
    for each in get_all_layers(layer):
        if not hasattr(each, 'W'):
            continue
        shape = each.W.get_value(borrow=True).shape
        inputs = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
        weights = rng.normal(0, np.sqrt(2.0 / inputs), shape)
        bias = np.zeros(each.b.get_value(borrow=True).shape)
        if each.name == 'conv1':
            weights /= PIXEL_DEVIATION
            bias -= PIXEL_MEAN * weights.sum(axis=(1, 2, 3))
        elif each.name == 'dense1':
            weights /= 10
        elif each.name == 'dense2':  # in the paper head two pieces a pixel
            bias += np.repeat(mean_map.ravel(), len(bias) // mean_map.size)
        each.W.set_value(weights.astype('float32'))
        each.b.set_value(bias.astype('float32'))
