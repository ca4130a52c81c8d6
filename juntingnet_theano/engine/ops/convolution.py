"""2-D convolution and its gradients.

Theano had these Ops, PyTensor has not. Three Ops, each the derivative of the
other two, so that gradients of any order exist and none is computed that
nobody asked for:

- `Conv2d`: images, filters -> maps;
- `Conv2dGradInputs`: filters, gradient of maps -> gradient of images;
- `Conv2dGradWeights`: images, gradient of maps -> gradient of filters.

Here are their graphs: types, shapes, derivatives. The numbers come from
`conv_reference` (NumPy) and from `engine.numba` and `engine.jax`.

>>> maps = Conv2d()(pt.tensor4('x', shape=(None, 3, 96, 96)),
...                 pt.tensor4('w', shape=(32, 3, 5, 5)))
>>> maps.type.shape
(None, 32, 92, 92)
"""

from typing import Any, List, Sequence

import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

from juntingnet_theano.engine.ops import conv_reference
from juntingnet_theano.engine.ops.conv_geometry import Geometry, normal_border_mode, positive_pair


class _ConvolutionOp(Op):
    """What the three Ops share: their geometry and the check of inputs."""

    __props__ = ('border_mode', 'subsample', 'filter_flip', 'filter_dilation')

    def __init__(
        self, border_mode='valid', subsample=(1, 1), filter_flip=True, filter_dilation=(1, 1)
    ):
        self.border_mode = normal_border_mode(border_mode)
        self.subsample = positive_pair('subsample', subsample)
        self.filter_flip = bool(filter_flip)
        self.filter_dilation = positive_pair('filter_dilation', filter_dilation)

    @property
    def geometry(self):
        """Padding, stride and dilation without the Op."""
        return Geometry(self.border_mode, self.subsample, self.filter_dilation)

    def _floats_4d(self, *inputs):
        """`inputs` as 4-D float tensors of one dtype."""
        inputs = [pt.as_tensor_variable(each) for each in inputs]
        for each in inputs:
            if each.type.ndim != 4:
                raise TypeError(f'{self}: each input must have 4 dimensions, got {each.type}')
            if each.type.dtype not in ('float32', 'float64'):
                raise TypeError(f'{self}: inputs must be float32 or float64, got {each.type}')
        widest = max(each.type.dtype for each in inputs)
        return [pt.cast(each, widest) for each in inputs]


class Conv2d(_ConvolutionOp):
    """(images, filters) -> maps."""

    def make_node(self, images: Any, filters: Any) -> Apply:
        images, filters = self._floats_4d(images, filters)
        shape = self.geometry.checked_output_shape(images.type.shape, filters.type.shape)
        out = pt.tensor(dtype=images.type.dtype, shape=shape)
        return Apply(self, [images, filters], [out])

    def infer_shape(self, *arguments: Any) -> List[Any]:
        # (graph, node, shapes) in PyTensor 3.0, (node, shapes) in 3.3
        return [self.geometry.output_shape(*arguments[-1])]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        outputs[0][0] = conv_reference.forward(
            *inputs, geometry=self.geometry, flip=self.filter_flip
        )

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        images, filters = inputs
        (maps_gradient,) = gradients
        return [
            Conv2dGradInputs(*self._props())(images, filters, maps_gradient),
            Conv2dGradWeights(*self._props())(images, filters, maps_gradient),
        ]

    L_op = pullback  # the name that PyTensor 3.0 calls


class Conv2dGradInputs(_ConvolutionOp):
    """(like, filters, gradient of maps) -> gradient of images.

    Of `like` only the rows and columns matter: with a stride, several image
    sizes give the same map. A tensor, not two numbers, because XLA knows the
    shape of a tensor while it compiles, but not a number computed in the
    graph.
    """

    def make_node(self, like: Any, filters: Any, maps_gradient: Any) -> Apply:
        like, filters, maps_gradient = self._floats_4d(like, filters, maps_gradient)
        self.geometry.check_channels(
            'filters', filters.type.shape[0], 'gradient', maps_gradient.type.shape[1]
        )
        shape = (
            maps_gradient.type.shape[0],
            filters.type.shape[1],
            like.type.shape[2],
            like.type.shape[3],
        )
        out = pt.tensor(dtype=filters.type.dtype, shape=shape)
        return Apply(self, [like, filters, maps_gradient], [out])

    def infer_shape(self, *arguments: Any) -> List[Any]:
        like, filters, maps_gradient = arguments[-1]
        return [(maps_gradient[0], filters[1], like[2], like[3])]

    def connection_pattern(self, node: Apply) -> List[List[bool]]:
        return [[False], [True], [True]]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        like, filters, maps_gradient = inputs
        outputs[0][0] = conv_reference.grad_inputs(
            like.shape, filters, maps_gradient, geometry=self.geometry, flip=self.filter_flip
        )

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        _, filters, maps_gradient = inputs
        (images,) = gradients
        return [
            DisconnectedType()(),
            Conv2dGradWeights(*self._props())(images, filters, maps_gradient),
            Conv2d(*self._props())(images, filters),
        ]

    L_op = pullback


class Conv2dGradWeights(_ConvolutionOp):
    """(images, like, gradient of maps) -> gradient of filters.

    Of `like` only the rows and columns matter, as in `Conv2dGradInputs`.
    """

    def make_node(self, images: Any, like: Any, maps_gradient: Any) -> Apply:
        images, like, maps_gradient = self._floats_4d(images, like, maps_gradient)
        shape = (
            maps_gradient.type.shape[1],
            images.type.shape[1],
            like.type.shape[2],
            like.type.shape[3],
        )
        out = pt.tensor(dtype=images.type.dtype, shape=shape)
        return Apply(self, [images, like, maps_gradient], [out])

    def infer_shape(self, *arguments: Any) -> List[Any]:
        images, like, maps_gradient = arguments[-1]
        return [(maps_gradient[1], images[1], like[2], like[3])]

    def connection_pattern(self, node: Apply) -> List[List[bool]]:
        return [[True], [False], [True]]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        images, like, maps_gradient = inputs
        outputs[0][0] = conv_reference.grad_weights(
            images, like.shape, maps_gradient, geometry=self.geometry, flip=self.filter_flip
        )

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], gradients: Sequence[Variable]
    ) -> List[Any]:
        images, _, maps_gradient = inputs
        (filters,) = gradients
        return [
            Conv2dGradInputs(*self._props())(images, filters, maps_gradient),
            DisconnectedType()(),
            Conv2d(*self._props())(images, filters),
        ]

    L_op = pullback
