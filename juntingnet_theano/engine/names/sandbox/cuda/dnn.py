"""``theano.sandbox.cuda.dnn``: cuDNN's names, which `lasagne.layers.dnn` calls.

XLA chooses cuDNN by itself, so these are the plain convolution and pooling.

>>> dnn_available()     # of device=cpu
False
"""

from typing import Any, Sequence

from juntingnet_theano.engine.names.configparser import config
from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import conv2d
from juntingnet_theano.engine.names.tensor.signal.pool import pool_2d


def dnn_available() -> bool:
    """Whether a GPU was chosen."""
    return config.device != 'cpu'


def version() -> Any:
    """Release of cuDNN that these names are from."""
    return 3000


def dnn_conv(
    img: Any,
    kerns: Any,
    border_mode: Any = 'valid',
    subsample: Sequence[int] = (1, 1),
    conv_mode: str = 'conv',
    direction_hint: Any = None,
    workmem: Any = None,
) -> Any:
    """Convolve; ``conv_mode='cross'`` leaves filters as they are. The last
    two chose an algorithm."""
    if conv_mode not in ('conv', 'cross'):
        raise ValueError(f"dnn_conv: conv_mode must be 'conv' or 'cross', got {conv_mode!r}")
    return conv2d(
        img, kerns, border_mode=border_mode, subsample=subsample, filter_flip=conv_mode == 'conv'
    )


def dnn_pool(img: Any, ws: Any, stride: Any = (1, 1), mode: str = 'max', pad: Any = (0, 0)) -> Any:
    """Pool without windows that overhang; ``'average'`` counts padding."""
    return pool_2d(img, ws, True, stride, pad, 'average_inc_pad' if mode == 'average' else mode)
