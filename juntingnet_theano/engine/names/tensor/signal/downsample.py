"""``theano.tensor.signal.downsample``: the pooling of Theano before 0.9.

Lasagne 0.1 asks for it. Theano 1.0 has lost the module, so the same file
serves under the original Theano too: hence ``theano``, not PyTensor.

>>> import theano.tensor as T
>>> max_pool_2d(T.tensor4(), (2, 2), ignore_border=True).ndim
4
"""

from typing import Any, Optional

from theano.tensor.signal.pool import pool_2d


def max_pool_2d(
    input: Any,
    ds: Any,
    ignore_border: Optional[bool] = None,
    st: Any = None,
    padding: Any = (0, 0),
    mode: str = 'max',
) -> Any:
    """Pool the last two axes of a tensor, with Theano 0.7's arguments.

    Parameters
    ----------
    input : tensor of 2 or more dimensions
    ds : pair of int
        Rows and columns of the window.
    ignore_border : bool, optional
        Whether to leave out windows that overhang. None means False, with
        a warning.
    st : pair of int, optional
        Stride; the window's size by default.
    padding : pair of int
        Rows and columns around the image that are in no maximum.
    mode : {'max', 'sum', 'average_inc_pad', 'average_exc_pad'}

    Returns
    -------
    tensor
        As many dimensions as `input`.
    """
    return pool_2d(input, ws=ds, ignore_border=ignore_border, stride=st, pad=padding, mode=mode)
