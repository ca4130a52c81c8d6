"""``theano.tensor.var``: what a symbolic tensor is an instance of.

>>> import numpy as np, theano, theano.tensor as T
>>> isinstance(T.scalar(), T.TensorVariable)
True
>>> isinstance(theano.shared(np.float32(0)), T.TensorVariable)
False
"""

from pytensor import scalar
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.tensor import variable
from pytensor.tensor.shape import reshape
from pytensor.tensor.variable import *  # noqa: F403  # pyright: ignore[reportAssignmentType]  (ours hides one)
from pytensor.tensor.variable import TensorConstant  # noqa: F401

from juntingnet_theano.engine.compat import _tensor_py_operators

COMPARISONS = (scalar.LT, scalar.LE, scalar.GT, scalar.GE)


def _truth(variable):
    """As in Theano: a variable counts as True, so that ``if x:`` asks whether
    there is one; but not a comparison, so that ``a < b < c`` is an error."""
    node = variable.owner
    if node is not None and isinstance(getattr(node.op, 'scalar_op', None), COMPARISONS):
        raise TypeError('Variables do not support boolean operations.')
    return True


def _reshape(self, shape, ndim=None):
    """`self` in another shape; PyTensor wants the name of `ndim`."""
    return reshape(self, shape, ndim=ndim)


_tensor_py_operators.__bool__ = _truth
_tensor_py_operators.reshape = _reshape


class _ExpressionsOnly(type):
    """In PyTensor shared tensors and constants are TensorVariables; in Theano
    they are not, and Lasagne's recurrent layers tell an expression from a
    parameter by that."""

    def __instancecheck__(cls, instance):
        return isinstance(instance, variable.TensorVariable) and not isinstance(
            instance, (SharedVariable, Constant)
        )

    def __subclasscheck__(cls, kind):
        return issubclass(kind, variable.TensorVariable) and not issubclass(
            kind, (SharedVariable, Constant)
        )


class TensorVariable(metaclass=_ExpressionsOnly):
    """PyTensor's class, without shared variables and constants."""

    def __new__(cls, *args, **kwargs):
        return variable.TensorVariable(*args, **kwargs)
