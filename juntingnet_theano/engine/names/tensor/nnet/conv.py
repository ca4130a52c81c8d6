"""``theano.tensor.nnet.conv``: the convolution of Theano before 0.8.

The same Op as `abstract_conv`, behind the older signature.

>>> import pytensor.tensor as pt
>>> conv2d(pt.tensor4('x'), pt.tensor4('w'), (1, 1, 8, 8), (2, 1, 3, 3),
...        border_mode='full').type.shape
(1, 2, 10, 10)
"""

from typing import Any, Sequence

from juntingnet_theano.engine.names.tensor.nnet import abstract_conv


def conv2d(
    input: Any,
    filters: Any,
    image_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = 'valid',
    subsample: Sequence[int] = (1, 1),
    **kargs: Any,
) -> Any:
    """Convolve images with filters (flipped); see `abstract_conv.conv2d`.

    Parameters
    ----------
    input, filters, image_shape, filter_shape, subsample
        As ``input``, ``filters``, ``input_shape``, ``filter_shape`` and
        ``subsample`` there.
    border_mode : {'valid', 'full'}
    **kargs
        Of those, that chose how the same result is computed
        (``unroll_batch``, ``openmp``, ...).

    Raises
    ------
    ValueError
        If `border_mode` is another, or shapes do not fit.
    """
    abstract_conv.check_hints('conv.conv2d', kargs)
    if border_mode not in ('valid', 'full'):
        raise ValueError(f"conv.conv2d: border_mode must be 'valid' or 'full', got {border_mode!r}")
    return abstract_conv.conv2d(
        input,
        filters,
        input_shape=image_shape,
        filter_shape=filter_shape,
        border_mode=border_mode,
        subsample=subsample,
    )
