"""``theano.tensor.basic``: names and signatures that PyTensor has changed.

All that it has kept, `theano.tensor` passes on from PyTensor.

>>> import numpy as np
>>> stack(pt.constant([1, 2]), pt.constant([3, 4])).eval().tolist()
[[1, 2], [3, 4]]
"""
import string

import pytensor.tensor as pt
from pytensor.tensor import *  # noqa: F401,F403
from pytensor.tensor import (
    as_tensor_variable, isinf, isnan, join, reciprocal, sign)
from pytensor.tensor import abs as abs_  # noqa: F401
from pytensor.tensor.shape import specify_broadcastable
from pytensor.tensor.type import TensorType

inv = reciprocal
isnan_, isinf_, join_ = isnan, isinf, join
sgn = sign
addbroadcast = specify_broadcastable
wmatrix = TensorType('int16', (False, False))


def tensor(*args, **kwargs):
    """A variable: ``tensor(dtype, broadcastable, name=None)``.

    Parameters
    ----------
    dtype : str
    broadcastable : tuple of bool
        Which axes have length 1.
    name : str, optional
    """
    name = kwargs.pop('name', None)
    return TensorType(*args, **kwargs)(name=name)


def flatten(x, ndim=None, outdim=None):
    """`x` with its last axes made one, so that `ndim` axes are left.

    Parameters
    ----------
    x : tensor
    ndim : int, optional
        1 by default.
    outdim : int, optional
        Old name of `ndim`.
    """
    if ndim is not None and outdim is not None:
        raise ValueError('flatten: give ndim or outdim, not both')
    return pt.flatten(x, ndim or outdim or 1)


def stack(*tensors, **kwargs):
    """Tensors one behind the other along a new axis.

    Parameters
    ----------
    tensors : list of tensor
        Before Theano 0.8 these were positional, ``stack(a, b)``, as Lasagne
        0.1 still writes; that stacks along a first axis.
    axis : int
    """
    if 'tensors' in kwargs or isinstance(tensors[0], (list, tuple)):
        return pt.stack(*tensors, **kwargs)
    return pt.stack(tensors)


def unbroadcast(x, *axes):
    """`x` itself: in PyTensor an axis that is known to have length 1 may
    stand wherever one of unknown length is wanted."""
    return as_tensor_variable(x)


def patternbroadcast(x, broadcastable):
    """`x` with these axes broadcastable; see `unbroadcast` for the others.

    Parameters
    ----------
    x : tensor
    broadcastable : tuple of bool
        A True is checked at run time.
    """
    return addbroadcast(as_tensor_variable(x), *(
        axis for axis, wanted in enumerate(broadcastable) if wanted))


def batched_dot(a, b):
    """Product of each row of `a` with that of `b`.

    Parameters
    ----------
    a, b : tensor of 1 or more dimensions
        The first axis is the batch. Summed over: the last of `a`, the last
        but one of `b` (its only one, where `b` is a batch of vectors).
    """
    a, b = as_tensor_variable(a), as_tensor_variable(b)
    if not a.ndim or not b.ndim:
        raise TypeError('batched_dot: a batch has at least one axis')
    if a.ndim == 1:
        return a.dimshuffle([0] + ['x'] * (b.ndim - 1)) * b
    if b.ndim == 1:
        return a * b.dimshuffle([0] + ['x'] * (a.ndim - 1))
    return batched_tensordot(a, b, [[a.ndim - 1], [b.ndim - 2 or 1]])


def batched_tensordot(x, y, axes=2):
    """``tensordot`` of each row of `x` with that of `y`.

    Parameters
    ----------
    x, y : tensor
        The first axis is the batch.
    axes : int or pair of lists of int
        That many last axes of `x` and first of `y`, or which axes (counted
        with the batch as 0) are summed over.
    """
    x, y = as_tensor_variable(x), as_tensor_variable(y)
    if isinstance(axes, int):
        axes = [range(x.ndim - axes, x.ndim), range(1, axes + 1)]
    of_x, of_y = ([each % tensor.ndim for each in (
        [some] if isinstance(some, int) else some)]
        for tensor, some in zip((x, y), axes))
    letters = iter(string.ascii_letters)
    names_x = [next(letters) for _ in range(x.ndim)]
    names_y = [names_x[0]] + [next(letters) for _ in range(y.ndim - 1)]
    for axis_x, axis_y in zip(of_x, of_y):
        names_y[axis_y] = names_x[axis_x]
    kept = [name for axis, name in enumerate(names_x) if axis not in of_x]
    kept += [name for axis, name in enumerate(names_y)
             if axis and axis not in of_y]
    return pt.einsum('{},{}->{}'.format(*map(''.join, (
        names_x, names_y, kept))), x, y)
