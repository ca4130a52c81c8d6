"""``theano.shared``: values that live between calls of compiled functions.

>>> import numpy as np, theano
>>> theano.shared(np.zeros((1, 2), "float32"),
...               broadcastable=(True, False)).broadcastable
(True, False)
"""

from typing import Any, Optional

import pytensor
from pytensor.compile.sharedvalue import SharedVariable, shared_constructor  # noqa: F401


def shared(
    value: Any,
    name: Optional[str] = None,
    strict: bool = False,
    allow_downcast: Optional[bool] = None,
    **kwargs: Any,
) -> Any:
    """A shared variable, with Theano's ``broadcastable`` argument.

    Parameters
    ----------
    value : array or object
    name : str, optional
    strict, allow_downcast : bool
        As in Theano.
    **kwargs
        ``borrow``; ``broadcastable``: which axes have length 1 for good,
        which PyTensor calls a static shape.

    Returns
    -------
    SharedVariable
    """
    broadcastable = kwargs.pop('broadcastable', None)
    if broadcastable is not None:
        kwargs['shape'] = tuple(1 if axis else None for axis in broadcastable)
    return pytensor.shared(value, name, strict, allow_downcast, **kwargs)
