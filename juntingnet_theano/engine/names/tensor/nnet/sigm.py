"""``theano.tensor.nnet.sigm``: sigmoids.

>>> import theano.tensor as T
>>> round(float(hard_sigmoid(T.constant(1.)).eval()), 4)
0.7
"""

from typing import Any

import pytensor.tensor as pt
from pytensor.scalar.basic import get_scalar_type, upgrade_to_float

sigmoid, softplus = pt.sigmoid, pt.softplus


def _constants(x, *numbers):
    """`x` as a tensor, and numbers in the dtype of a sigmoid of it: by
    themselves they would be floatX, whatever `x` is."""
    x = pt.as_tensor_variable(x)
    dtype = upgrade_to_float(get_scalar_type(x.dtype))[0].dtype
    return [pt.cast(x, dtype)] + [pt.constant(each, dtype=dtype) for each in numbers]


def hard_sigmoid(x: Any) -> pt.TensorVariable:
    """0.2 x + 0.5 cut to [0, 1]."""
    x, slope, shift = _constants(x, 0.2, 0.5)
    return pt.clip(slope * x + shift, 0.0, 1.0)


def ultra_fast_sigmoid(x: Any) -> pt.TensorVariable:
    """Theano's approximation of the sigmoid in three pieces."""
    x, base, slope, edge, top = _constants(
        x, 0.935409070603099, 0.0458812946797165, 1.7, 0.99505475368673
    )
    half = 0.5 * x
    size = abs(half)
    near = 1.5 * size / (1 + size)
    middle = base + slope * (size - edge)
    rise = pt.switch(size < edge, near, pt.switch(size < 3, middle, top))
    return 0.5 * (pt.sign(half) * rise + 1)
