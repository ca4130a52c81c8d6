"""``theano.gradient``: PyTensor's, which kept its names.

>>> import theano, theano.tensor as T
>>> x = T.scalar()
>>> float(theano.gradient.grad(x ** 2, x).eval({x: 3}))
6.0
"""
import pytensor.gradient
from pytensor.gradient import (  # noqa: F401
    Lop, Rop, grad, grad_clip, subgraph_grad, verify_grad)


def __getattr__(name):
    return getattr(pytensor.gradient, name)
