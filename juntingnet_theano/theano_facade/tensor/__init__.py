"""``theano.tensor``: PyTensor's names, and those it renamed or dropped.

>>> import theano.tensor as T
>>> T.sqr(T.constant(3.)).eval().item()
9.0
"""
import pytensor.tensor as _pytensor
from pytensor.gradient import (  # noqa: F401
    Lop, Rop, grad, hessian, jacobian, verify_grad)
from pytensor.tensor import *  # noqa: F401,F403
from pytensor.tensor.type import TensorType  # noqa: F401
from pytensor.tensor.variable import (  # noqa: F401
    TensorConstant, TensorVariable)

from juntingnet_theano.theano_facade.tensor import (  # noqa: F401
    nnet, shared_randomstreams, signal)

inv = _pytensor.reciprocal      # PyTensor's name for it


def __getattr__(name):
    return getattr(_pytensor, name)
