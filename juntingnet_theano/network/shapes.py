"""Shapes of the network's parameters, for those who have no engine.

A file of weights is checked against them while the engine is still being
imported, and an ONNX model is made from them without one.

>>> of_head('released')['dense2/W']
(2304, 2304)
"""

from typing import Dict, Tuple

from juntingnet_theano.errors import BadSetting, did_you_mean
from juntingnet_theano.settings.preprocessing import IMAGE_SIZE, MAP_SIZE

HEADS = ('paper', 'released')
UNITS = 4608
"""Of the first dense layer."""
CONVOLUTIONS = (('conv1', 32, 5), ('conv2', 64, 3), ('conv3', 64, 3))
"""Name, filters, and their height and width."""


def of_head(head: str) -> Dict[str, Tuple[int, ...]]:
    """Shapes of all parameters by name, as `weights.list_shapes` of the layers.

    Parameters
    ----------
    head : {'paper', 'released'}

    Returns
    -------
    dict of str to tuple

    Raises
    ------
    BadSetting
        For another head.
    """
    if head not in HEADS:
        raise BadSetting('looking up shapes', f'head={head!r}', did_you_mean(str(head), HEADS))
    found, channels, side = {}, 3, IMAGE_SIZE
    for name, filters, size in CONVOLUTIONS:
        found[name + '/W'] = (filters, channels, size, size)
        found[name + '/b'] = (filters,)
        channels, side = filters, (side - size + 1) // 2
    cells = MAP_SIZE * MAP_SIZE
    found['dense1/W'], found['dense1/b'] = (channels * side * side, UNITS), (UNITS,)
    last = (UNITS, 2 * cells) if head == 'paper' else (UNITS // 2, cells)
    found['dense2/W'], found['dense2/b'] = last, last[1:]
    return found
