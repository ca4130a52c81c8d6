"""``theano.tensor.var``: what a symbolic tensor is an instance of.

>>> import numpy as np, theano, theano.tensor as T
>>> isinstance(T.scalar(), T.TensorVariable)
True
>>> isinstance(theano.shared(np.float32(0)), T.TensorVariable)
False
"""
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.tensor import variable
from pytensor.tensor.variable import *  # noqa: F401,F403
from pytensor.tensor.variable import (  # noqa: F401
    TensorConstant, _tensor_py_operators)


class _ExpressionsOnly(type):
    """In PyTensor shared tensors and constants are TensorVariables; in Theano
    they are not, and Lasagne's recurrent layers tell an expression from a
    parameter by that."""

    def __instancecheck__(cls, instance):
        return (isinstance(instance, variable.TensorVariable)
                and not isinstance(instance, (SharedVariable, Constant)))

    def __subclasscheck__(cls, kind):
        return (issubclass(kind, variable.TensorVariable)
                and not issubclass(kind, (SharedVariable, Constant)))


class TensorVariable(metaclass=_ExpressionsOnly):
    """PyTensor's class, without shared variables and constants."""

    def __new__(cls, *args, **kwargs):
        return variable.TensorVariable(*args, **kwargs)
