"""``theano.tensor.basic``: names and signatures that PyTensor has changed.

All that it has kept, `theano.tensor` passes on from PyTensor.

>>> import numpy as np
>>> stack(pt.constant([1, 2]), pt.constant([3, 4])).eval().tolist()
[[1, 2], [3, 4]]
"""

import string
from typing import Any, List, Optional, Sequence

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.ops import ViewOp
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor import *  # noqa: F403
from pytensor.tensor import abs as abs_  # noqa: F401
from pytensor.tensor import as_tensor_variable, isinf, isnan, join, reciprocal, sign
from pytensor.tensor.shape import specify_broadcastable
from pytensor.tensor.type import TensorType

from juntingnet_theano.engine.pytensor_names import look_up

inv = reciprocal
isnan_, isinf_, join_ = isnan, isinf, join
sgn = sign
Tensor = TensorType
addbroadcast = specify_broadcastable
wmatrix = TensorType('int16', (False, False))


def tensor(*args: Any, **kwargs: Any) -> pt.TensorVariable:
    """A variable: ``tensor(dtype, broadcastable, name=None)``.

    Parameters
    ----------
    dtype : str
    broadcastable : tuple of bool
        Which axes have length 1.
    name : str, optional
    """
    name = kwargs.pop('name', None)
    if len(args) > 1:  # numbers count as bools, not as lengths
        args = (args[0], tuple(map(bool, args[1]))) + args[2:]
    return TensorType(*args, **kwargs)(name=name)


def flatten(x: Any, ndim: Optional[int] = None, outdim: Optional[int] = None) -> pt.TensorVariable:
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


def stack(*tensors: Any, **kwargs: Any) -> pt.TensorVariable:
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


class Unbroadcast(ViewOp):
    """`x`, with fewer axes known to have length 1."""

    __props__ = ('axes',)

    def __init__(self, *axes: int) -> None:
        self.axes = axes

    def make_node(self, x: Variable) -> Apply:
        shape = tuple(
            None if axis in self.axes else length for axis, length in enumerate(x.type.shape)
        )
        return Apply(self, [x], [x.type.clone(shape=shape)()])

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        return [addbroadcast(each, *self.axes) for each in gradients]

    L_op = pullback  # the name that PyTensor 3.0 calls


def unbroadcast(x: Any, *axes: int) -> pt.TensorVariable:
    """`x`, of which these axes are no longer known to have length 1.

    When it is computed, one that turns out to have length 1 still stands
    wherever another length is wanted, which was an error in Theano.
    """
    x = as_tensor_variable(x)
    known = [axis for axis in range(x.ndim) if axis in axes and x.broadcastable[axis]]
    return Unbroadcast(*known)(x) if known else x


def patternbroadcast(x: Any, broadcastable: Sequence[bool]) -> pt.TensorVariable:
    """`x` with these axes broadcastable, the others not.

    Parameters
    ----------
    x : tensor
    broadcastable : tuple of bool
        A True is checked at run time.
    """
    axes = {
        wanted: [axis for axis, each in enumerate(broadcastable) if bool(each) is wanted]
        for wanted in (True, False)
    }
    return unbroadcast(addbroadcast(as_tensor_variable(x), *axes[True]), *axes[False])


def reshape(x: Any, newshape: Any, ndim: Optional[int] = None) -> pt.TensorVariable:
    """`x` in another shape; `ndim` where that is a vector of unknown
    length."""
    return pt.reshape(x, newshape, ndim=ndim)


def split(x: Any, splits_size: Any, n_splits: int, axis: int = 0) -> Any:
    """`n_splits` parts of `x` of these sizes along an axis."""
    return pt.split(x, splits_size, n_splits=n_splits, axis=axis)


def repeat(x: Any, repeats: Any, axis: Optional[int] = None) -> pt.TensorVariable:
    """Each element of `x` several times, along an axis or, without one, of
    the flattened `x`."""
    return pt.repeat(x, repeats, axis=axis)


def tile(x: Any, reps: Any, ndim: Optional[int] = None) -> pt.TensorVariable:
    """`x` side by side, `reps` times along each axis.

    Parameters
    ----------
    x : tensor
    reps : int, sequence of int or scalar variables, or vector
    ndim : int, optional
        Number of axes of the result, at least that of `x` and of `reps`.
    """
    x = as_tensor_variable(x)
    if ndim is None:
        return pt.tile(x, reps)
    if getattr(reps, 'ndim', 0) == 1:  # a vector of the graph
        reps = pt.as_tensor_variable(reps)
        reps = pt.concatenate([pt.ones(ndim - reps.shape[0], reps.dtype), reps])
        reps = [reps[axis] for axis in range(ndim)]
    reps = list(reps) if isinstance(reps, (list, tuple)) else [reps]
    if ndim < x.ndim or ndim < len(reps):
        raise ValueError(
            f'tile: ndim={ndim} is below the {x.ndim} axes of x or the {len(reps)} of reps'
        )
    return pt.tile(
        pt.shape_padleft(x, ndim - x.ndim) if ndim > x.ndim else x,
        tuple([1] * (ndim - len(reps)) + reps),
    )


def mean(
    input: Any,
    axis: Any = None,
    dtype: Optional[str] = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: Optional[str] = None,
) -> pt.TensorVariable:
    """Mean along axes; `op` chose how Theano computed it."""
    return pt.mean(input, axis=axis, dtype=dtype, keepdims=keepdims, acc_dtype=acc_dtype)


def var(
    input: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
) -> pt.TensorVariable:
    """Variance along axes. Theano, and PyTensor before 3.1, take `ddof` off the
    length of each of several axes; this takes it off their number of elements."""
    found = pt.var(input, axis=axis, keepdims=keepdims, corrected=corrected)
    if not ddof:
        return found
    count = pt.cast(pt.as_tensor_variable(input).size // found.size, found.dtype)
    return found * (count / (count - ddof))


def std(
    input: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
) -> pt.TensorVariable:
    """Standard deviation along axes: the root of `var`."""
    return pt.sqrt(var(input, axis, ddof, keepdims, corrected))


def is_flat(var: Any, ndim: Optional[int] = None, outdim: Optional[int] = None) -> bool:
    """Whether `var` has `ndim` axes, 1 by default; `outdim` is the old
    name."""
    return pt.is_flat(var, ndim=ndim or outdim or 1)


def _constructor(name):
    made = getattr(pt, name)

    def variable(name=None, dtype=None):
        return made(name) if dtype is None else made(name, dtype=dtype)

    variable.__name__ = variable.__qualname__ = name
    variable.__doc__ = f"A {name}: ``{name}(name=None, dtype='floatX')``."
    return variable


# In PyTensor a dtype needs its name.
for _name in ['scalar', 'vector', 'row', 'col', 'matrix'] + [f'tensor{n}' for n in range(3, 8)]:
    globals()[_name] = _constructor(_name)


TOLERANCES = {'float16': (1e-3, 1e-3), 'float32': (1e-5, 1e-5), 'complex64': (1e-5, 1e-5)}
"""dtype -> (absolute, relative)."""


def _get_atol_rtol(a, b):
    """How far results of these dtypes may differ: the narrower counts."""
    return sorted(TOLERANCES.get(str(each.dtype), (1e-8, 1e-5)) for each in (a, b))[-1]


def _allclose(a, b, rtol=None, atol=None):
    """``numpy.allclose`` with tolerances for the dtypes."""
    a, b = np.asarray(a), np.asarray(b)
    usual = _get_atol_rtol(a, b)
    return np.allclose(
        a, b, atol=usual[0] if atol is None else atol, rtol=usual[1] if rtol is None else rtol
    )


def batched_dot(a: Any, b: Any) -> pt.TensorVariable:
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


def batched_tensordot(x: Any, y: Any, axes: Any = 2) -> pt.TensorVariable:
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
    of_x, of_y = (
        [each % tensor.ndim for each in ([some] if isinstance(some, int) else some)]
        for tensor, some in zip((x, y), axes)
    )
    letters = iter(string.ascii_letters)
    names_x = [next(letters) for _ in range(x.ndim)]
    names_y = [names_x[0]] + [next(letters) for _ in range(y.ndim - 1)]
    for axis_x, axis_y in zip(of_x, of_y):
        names_y[axis_y] = names_x[axis_x]
    kept = [name for axis, name in enumerate(names_x) if axis not in of_x]
    kept += [name for axis, name in enumerate(names_y) if axis and axis not in of_y]
    return pt.einsum('{},{}->{}'.format(*map(''.join, (names_x, names_y, kept))), x, y)


__getattr__ = look_up(
    __name__, 'pytensor.tensor.basic', 'pytensor.tensor.math', 'pytensor.tensor.exceptions'
)
