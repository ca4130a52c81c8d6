"""``theano.tensor.subtensor``: indexing and its inverses.

>>> import theano.tensor as T
>>> T.set_subtensor(T.arange(3)[:2], 7).eval().tolist()
[7, 7, 2]
"""

from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.subtensor import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.tensor.subtensor')


def inc_subtensor(
    x: pt.TensorVariable,
    y: Any,
    inplace: bool = False,
    set_instead_of_inc: bool = False,
    tolerate_inplace_aliasing: bool = False,
) -> pt.TensorVariable:
    """What `x` indexes, whole, with `y` added at these places.

    Parameters
    ----------
    x : tensor
        ``whole[index]``.
    y : tensor or number
    inplace : bool
        Not for programs: write over the memory of `x`.
    set_instead_of_inc : bool
        Put `y` there instead.
    tolerate_inplace_aliasing : bool
        Was for speed. PyTensor's Op has no hash with it, so it is left out:
        the numbers are those without it.
    """
    return pt.inc_subtensor(x, y, inplace, set_instead_of_inc)


def set_subtensor(
    x: pt.TensorVariable, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False
) -> pt.TensorVariable:
    """What `x` indexes, whole, with `y` at these places: see `inc_subtensor`."""
    return pt.set_subtensor(x, y, inplace)
