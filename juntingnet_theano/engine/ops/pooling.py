"""2-D pooling and its gradients.

Theano had these Ops, PyTensor has not. Here are their graphs: types, shapes,
derivatives. The numbers come from `pool_reference` (NumPy) and from
`engine.numba` and `engine.jax`.

As in the original, each of several equal maxima in a window gets the whole
gradient. Other than in the original, NaN is never dropped: it is the maximum
of its window and gets its gradient.

>>> Pool((2, 2))(pt.tensor4('x', shape=(None, 32, 45, 45))).type.shape
(None, 32, 23, 23)
"""

from typing import Any, Callable, List, Optional, Sequence

import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, grad, grad_not_implemented
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op

from juntingnet_theano.engine.ops import pool_reference
from juntingnet_theano.engine.ops.pool_geometry import MODES, Windows


def pool_axes(
    ndim: int, images: Any, ws: Any, ignore_border: bool, stride: Any, pad: Any, mode: str
) -> pt.TensorVariable:
    """Pool the last `ndim` axes one after the other: the maximum of maxima is
    the maximum, and the sum of sums the sum."""
    images = pt.as_tensor_variable(images)
    if images.ndim < ndim:
        raise NotImplementedError(f'pooling of {ndim} axes needs as many, got {images.type}')
    ws = _constants('ws', ws, 1, ndim)
    stride = _constants('stride', ws if stride is None else stride, 1, ndim)
    pad = _constants('pad', (0,) * ndim if pad is None else pad, 0, ndim)
    for axis, window in enumerate(zip(ws, stride, pad), -ndim):
        size, step, around = window
        pool = Pool((1, size), ignore_border, (1, step), (0, around), mode)
        rows = pt.shape_padleft(pt.moveaxis(images, axis, -1))
        images = pt.moveaxis(pool(rows)[0], -1, axis)
    return images


def renamed(function: str, name: str, value: Any, old_name: str, old_value: Any) -> Any:
    """An argument that may be given under its old name, but not under both."""
    if value is not None and old_value is not None:
        raise ValueError(f'{function}: {name} and its old name {old_name} are both given')
    return old_value if value is None else value


def known_value(given: Any) -> Any:
    """A number or array, also that of a constant of the graph."""
    return given.data if isinstance(given, Constant) else given


def _constants(name, pair, least, ndim=2):
    """`pair` as so many ints; constants of the graph count as ints."""
    try:
        pair = tuple(int(known_value(each)) for each in known_value(pair))
    except (TypeError, ValueError):
        raise NotImplementedError(
            f'pooling: {name} must be known when the graph is made, got {pair!r}; '
            'images2neibs and T.max take any window'
        ) from None
    if len(pair) != ndim or min(pair) < least:
        count = {1: 'one integer', 2: 'two integers', 3: 'three integers'}.get(ndim, ndim)
        raise ValueError(f'pooling: {name} must be {count} of at least {least}, got {pair}')
    return pair


class _WithoutWindows(type(Op)):
    """``Pool(ignore_border, mode, ndim)(images, ws, stride, pad)``, as in
    Theano 1.0; our Ops have their windows from the start."""

    without_windows: Callable[..., Any]  # each Op below has its own

    def __call__(cls, *args, **kwargs):
        if 'ndim' not in kwargs and (
            kwargs.get('ws') is not None or (args and not isinstance(args[0], (bool, type(None))))
        ):
            return super().__call__(*args, **kwargs)
        return cls.without_windows(*args, **kwargs)


class _PoolingOp(Op, metaclass=_WithoutWindows):
    """What the three Ops share: their windows and the check of inputs."""

    __props__ = ('ws', 'ignore_border', 'stride', 'pad', 'mode')

    def __init__(self, ws, ignore_border=False, stride=None, pad=None, mode='max'):
        self.ws = _constants('ws', ws, 1)
        self.ignore_border = ignore_border
        self.stride = _constants('stride', ws if stride is None else stride, 1)
        self.pad = _constants('pad', (0, 0) if pad is None else pad, 0)
        # Theano's name for the algorithm that gives the same sum each time:
        # ours always does.
        self.mode = 'max' if mode == 'max_deterministic' else mode
        if self.mode not in MODES:
            raise ValueError(f'pool_2d: mode must be one of {MODES}, got {mode!r}')
        if any(self.pad) and not ignore_border:
            raise NotImplementedError('pool_2d: padding works only with ignore_border=True')
        if any(pad >= size for pad, size in zip(self.pad, self.ws)):
            raise NotImplementedError(
                f'pool_2d: padding {self.pad} must be smaller than the window {self.ws}'
            )

    @classmethod
    def _taking_windows(cls, tensors, ignore_border, mode, ndim):
        """A function of so many tensors, then windows."""

        def pool(*args, ws=None, stride=None, pad=None):
            given = args[tensors:] + (ws, stride, pad)[len(args) - tensors :]
            if ndim == 2:
                return cls(given[0], ignore_border, given[1], given[2], mode)(*args[:tensors])
            images = pt.as_tensor_variable(args[0])
            pooled = pool_axes(ndim, images, given[0], ignore_border, given[1], given[2], mode)
            if tensors == 1:
                return pooled
            return grad(None, images, known_grads={pooled: args[tensors - 1]})

        return pool

    @staticmethod
    def out_shape(
        imgshape,
        ws=None,
        ignore_border=False,
        stride=None,
        pad=None,
        ndim=2,
        ds=None,
        st=None,
        padding=None,
    ):
        """Shape of what is pooled from `imgshape`, a list."""
        ws = renamed('out_shape', 'ws', ws, 'ds', ds)
        stride = renamed('out_shape', 'stride', stride, 'st', st) or ws
        pad = renamed('out_shape', 'pad', pad, 'padding', padding) or (0,) * ndim
        if len(imgshape) < ndim:
            raise TypeError(f'imgshape must have at least {ndim} axes, got {imgshape}')
        windows = Windows(tuple(ws), ignore_border, tuple(stride), tuple(pad), 'max')
        return list(imgshape[:-ndim]) + list(windows.output_shape(imgshape[-ndim:]))

    @property
    def windows(self):
        """Size, stride and padding of the windows without the Op."""
        return Windows(self.ws, self.ignore_border, self.stride, self.pad, self.mode)

    def _floats(self, *inputs):
        """`inputs` as float tensors of one dtype and 2 or more dimensions."""
        inputs = [pt.as_tensor_variable(each) for each in inputs]
        for each in inputs:
            if each.type.ndim < 2:
                raise NotImplementedError(f'{self} needs 2 or more dimensions, got {each.type}')
            if each.type.dtype not in ('float32', 'float64'):
                raise TypeError(f'{self} needs float32 or float64, got {each.type}')
        widest = max(each.type.dtype for each in inputs)
        return [pt.cast(each, widest) for each in inputs]


class Pool(_PoolingOp):
    """images -> pooled images.

    Theano's own arguments make what takes windows later:
    ``Pool(ignore_border=True, ndim=2)(images, (2, 2), stride, pad)``.
    """

    @classmethod
    def without_windows(
        cls,
        ignore_border: Optional[bool] = False,
        mode: str = 'max',
        ndim: int = 2,
        openmp: Any = None,
    ) -> Any:
        """What takes images and windows."""
        return cls._taking_windows(1, ignore_border, mode, ndim)

    def make_node(self, images: Any) -> Apply:
        (images,) = self._floats(images)
        shape = images.type.shape
        shape = shape[:-2] + self.windows.output_shape(shape[-2:])
        return Apply(self, [images], [pt.tensor(dtype=images.type.dtype, shape=shape)])

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        (shape,) = arguments[-1]
        return [tuple(shape[:-2]) + self.windows.output_shape(shape[-2:])]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        outputs[0][0] = pool_reference.forward(inputs[0], self.windows)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        if self.mode == 'max':
            return [MaxPoolGrad(*self._props())(inputs[0], outputs[0], gradients[0])]
        return [AveragePoolGrad(*self._props())(inputs[0], gradients[0])]

    L_op = pullback  # the name that PyTensor 3.0 calls


class MaxPoolGrad(_PoolingOp):
    """(images, pooled images, their gradient) -> gradient of images."""

    @classmethod
    def without_windows(
        cls, ignore_border: Optional[bool], ndim: int = 2, openmp: Any = None
    ) -> Any:
        """What takes the three tensors and windows."""
        return cls._taking_windows(3, ignore_border, 'max', ndim)

    def make_node(self, images: Any, pooled: Any, gradient: Any) -> Apply:
        images, pooled, gradient = self._floats(images, pooled, gradient)
        return Apply(self, [images, pooled, gradient], [images.type()])

    def infer_shape(self, *arguments: Any) -> List[Any]:
        return [arguments[-1][0]]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        images, pooled, gradient = inputs
        outputs[0][0] = pool_reference.max_gradient(images, pooled, gradient, self.windows)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        # Which cell is the maximum does not change with small steps.
        return [
            pt.zeros_like(inputs[0]),
            pt.zeros_like(inputs[1]),
            grad_not_implemented(self, 2, inputs[2]),
        ]

    L_op = pullback


class AveragePoolGrad(_PoolingOp):
    """(like, gradient of pooled images) -> gradient of images.

    Of `like` only the shape matters; of a sum, too.
    """

    @classmethod
    def without_windows(
        cls, ignore_border: Optional[bool], mode: str = 'average_inc_pad', ndim: int = 2
    ) -> Any:
        """What takes the two tensors and windows."""
        return cls._taking_windows(2, ignore_border, mode, ndim)

    def make_node(self, like: Any, gradient: Any) -> Apply:
        like, gradient = self._floats(like, gradient)
        return Apply(self, [like, gradient], [like.type()])

    def infer_shape(self, *arguments: Any) -> List[Any]:
        return [arguments[-1][0]]

    def connection_pattern(self, node: Apply) -> List[List[bool]]:
        return [[False], [True]]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        outputs[0][0] = pool_reference.average_gradient(inputs[0].shape, inputs[1], self.windows)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        return [DisconnectedType()(), Pool(*self._props())(gradients[0])]

    L_op = pullback
