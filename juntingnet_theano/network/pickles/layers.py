"""Layers with weights among the records of a pickle.

Three forms: Lasagne's layers, alone or in nolearn's network, which say what
they do; nolearn's ``save_params_to``, a dictionary of each layer's arrays; and
``get_all_param_values``, a list of arrays in the order of layers.

>>> import os, pickle, tempfile
>>> import numpy as np
>>> from juntingnet_theano.network.pickles import opened
>>> path = os.path.join(tempfile.mkdtemp(), 'a.pickle')
>>> with open(path, 'wb') as file:
...     pickle.dump([np.ones((3, 2)), np.ones(2)], file, 2)
>>> with opened(path) as found:
...     [(layer.name, layer.W.shape, layer.b.shape) for layer in find(found)]
[('1', (3, 2), (2,))]
"""

from typing import Any, List, NamedTuple, Optional, Tuple

from juntingnet_theano.network.pickles.arrays import begin, claimed
from juntingnet_theano.network.pickles.records import Name, Record, walk

CONVOLVING = 'Conv2DLayer'
CORRELATING = ('Conv2DDNNLayer', 'Conv2DMMLayer', 'Conv2DCCLayer')
CUDA_CONVNET = 'Conv2DCCLayer'
_POOLING = (
    'MaxPool2DLayer',
    'Pool2DLayer',
    'MaxPool2DDNNLayer',
    'Pool2DDNNLayer',
    'MaxPool2DCCLayer',
)
_KNOWN = (
    (CONVOLVING,)
    + CORRELATING
    + _POOLING
    + (
        'InputLayer',
        'DenseLayer',
        'FeaturePoolLayer',
        'DropoutLayer',
        'GaussianNoiseLayer',
        'FlattenLayer',
        'ReshapeLayer',
        'ShuffleBC01ToC01BLayer',
        'ShuffleC01BToBC01Layer',
    )
)
_MOST_ARRAYS = 1000  # in a dictionary or list of nothing else
_LOOKED_AT = 1 << 17  # values of training maps: some dozens of maps


class Layer(NamedTuple):
    """A layer with weights.

    Attributes
    ----------
    name : str
        As in the file; a number where it names none.
    kind : str or None
        Lasagne's class; None where the file does not say.
    W, b : Claim
        `b` may be None.
    nonlinearity : str or None
        Name of the function; None where the file does not say.
    flips : bool
        Whether the layer turns its filters by half a turn, as a convolution
        does; a correlation does not.
    """

    name: str
    kind: Any
    W: Any
    b: Any
    nonlinearity: Any
    flips: bool


def find(pickle: Any) -> List[Layer]:
    """The layers with weights.

    Parameters
    ----------
    pickle : Pickle

    Returns
    -------
    list of Layer

    Raises
    ------
    ValueError
        For a layer that does what none of JuntingNet's does.
    """
    found = [
        _layer(record)
        for record in walk(pickle.root)
        if 'input_layer' in record.attributes or _is_layer(record.cls)
    ]
    found = [layer for layer in found if layer is not None]
    return found or _bare(pickle.root)


def maps_range(pickle: Any) -> Optional[Tuple[float, float]]:
    """Lowest and highest value of training maps that lie in the pickle.

    The authors' nolearn kept the data of an iterator in it, as `X` and `y`.

    Returns
    -------
    (float, float) or None
    """
    for record in walk(pickle.root):
        attributes = record.attributes if record.state is not None else {}
        if 'X' in attributes and 'y' in attributes:
            maps = claimed(attributes['y'])
            if maps is not None and maps.dtype.kind == 'f':
                values = begin(pickle, maps, _LOOKED_AT)
                if len(values):
                    return float(values.min()), float(values.max())
    return None


# --- Lasagne's layers --------------------------------------------------------


def _is_layer(name):
    return (
        isinstance(name, Name)
        and name.name.endswith('Layer')
        and name.module.startswith('lasagne.layers')
    )


def _layer(record):
    attributes, kind = record.attributes, record.cls
    if not attributes:  # the class itself, in a list of them
        return None
    name = attributes.get('name')
    name = name if isinstance(name, str) else '?'
    kind = kind.name if kind is not None else '?'
    if kind not in _KNOWN:
        raise ValueError(f'layer {ascii(name)} is a {kind}, which JuntingNet does not have')
    if kind in _POOLING + ('FeaturePoolLayer',):
        _check_pooling(name, kind, attributes)
    W = claimed(attributes.get('W'))
    if W is None:
        return None
    flips = attributes.get('flip_filters')
    return Layer(
        name,
        kind,
        W,
        claimed(attributes.get('b')),
        _function(attributes.get('nonlinearity')),
        kind not in CORRELATING if flips is None else bool(flips),
    )


def _check_pooling(name, kind, attributes):
    """JuntingNet takes the maximum of pairs, or of squares of two by two."""
    size = attributes.get('pool_size', attributes.get('ds', 2))
    size = size.items if isinstance(size, Record) else [size]
    mode = attributes.get('mode', 'max')
    function = _function(attributes.get('pool_function', Name('', 'max')))
    if any(each != 2 for each in size) or mode != 'max' or function != 'max':
        raise ValueError(
            f'layer {ascii(name)} pools by something else than the maximum of two units or pixels'
        )


def _function(value):
    if isinstance(value, Record):
        value = value.cls
    return value.name if isinstance(value, Name) else None


# --- arrays alone ------------------------------------------------------------


def _bare(root):
    """Layers of a dictionary or a list of arrays."""
    if not isinstance(root, Record):
        return []
    named = root.entries
    if max(len(named), len(root.items)) > _MOST_ARRAYS:
        raise ValueError(f'more than {_MOST_ARRAYS} values')
    groups = _by_name(named) if named else _by_order([claimed(each) for each in root.items])
    return [_bare_layer(name, arrays) for name, arrays in groups if arrays]


def _by_name(named):
    """Arrays by layer, of ``{'conv1': [W, b]}`` or ``{'conv1.W': W}``."""
    groups = {}
    for name, value in named.items():
        array = claimed(value)
        if array is not None:
            groups.setdefault(_stem(name), []).append(array)
        elif isinstance(value, Record):
            groups.setdefault(name, []).extend(
                array for array in map(claimed, value.items[:3]) if array is not None
            )
    return groups.items()


def _stem(name):
    for mark in './_':
        if mark in name:
            return name.rsplit(mark, 1)[0]
    return name


def _by_order(arrays):
    groups = []
    for array in arrays:
        if array is None:
            continue
        if len(array.shape) > 1 or not groups:
            groups.append((str(len(groups) + 1), []))
        groups[-1][1].append(array)
    return groups


def _bare_layer(name, arrays):
    """W and b, in whatever order: W has more axes.

    Filters of cuda-convnet are told by their shape, in x h x w x out.
    """
    arrays = sorted(arrays, key=lambda array: -len(array.shape))
    if len(arrays) > 2:
        raise ValueError(f'{len(arrays)} arrays for layer {ascii(name)}, expected W and b')
    shape = arrays[0].shape
    kind = None
    if len(shape) == 4 and shape[2] != shape[3] and shape[1] == shape[2]:
        kind = CUDA_CONVNET
    return Layer(name, kind, arrays[0], arrays[1] if arrays[1:] else None, None, kind is None)
