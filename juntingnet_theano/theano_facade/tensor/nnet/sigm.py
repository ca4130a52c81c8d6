"""``theano.tensor.nnet.sigm``: sigmoids.

>>> import theano.tensor as T
>>> round(float(hard_sigmoid(T.constant(1.)).eval()), 4)
0.7
"""
import pytensor.tensor as pt
from pytensor.tensor import sigmoid, softplus  # noqa: F401


def hard_sigmoid(x):
    """0.2 x + 0.5 cut to [0, 1]."""
    return pt.clip(0.2 * x + 0.5, 0., 1.)


def ultra_fast_sigmoid(x):
    """Theano's approximation of the sigmoid in three pieces."""
    half = 0.5 * x
    size = abs(half)
    near = 1.5 * size / (1 + size)
    middle = 0.935409070603099 + 0.0458812946797165 * (size - 1.7)
    rise = pt.switch(size < 1.7, near,
                     pt.switch(size < 3, middle, 0.99505475368673))
    return 0.5 * (pt.sign(half) * rise + 1)
