"""Worker: onnxruntime on the CPU, prediction only.

The model is built node by node with the onnx package, so that no exporter's
choices are measured.
"""

import sys

import inputs
import numpy as np
from protocol import serve

OPSET, IR = 17, 8  # understood by onnxruntime from 1.13 on


def model(head):
    """The network as bytes of an ONNX model: uint8 images -> maps."""
    from onnx import TensorProto, helper, numpy_helper

    constants, nodes = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(value, name))
        return name

    def node(kind, *arguments, **attributes):
        made = helper.make_node(kind, arguments, [f'x{len(nodes)}'], **attributes)
        nodes.append(made)
        return made.output[0]

    weights = inputs.first_weights(head)
    x = node('Cast', 'images', to=TensorProto.FLOAT)
    x = node('Mul', x, constant('byte', np.float32(1 / 255.0)))
    x = node('Flatten', _convolutions(node, constant, weights, x))
    x = node('Relu', _dense(node, constant, weights, 'dense1', x))
    if head == 'paper':
        x = _dense(node, constant, weights, 'dense2', x)
    x = node('Reshape', x, constant('pairs', np.array([0, 2304, 2])))
    x = node('ReduceMax', x, axes=[2], keepdims=0)
    if head == 'released':
        x = _dense(node, constant, weights, 'dense2', x)
    graph = helper.make_graph(
        nodes,
        'juntingnet',
        [helper.make_tensor_value_info('images', TensorProto.UINT8, ['n', 3, 96, 96])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, ['n', 2304])],
        constants,
    )
    return helper.make_model(
        graph, ir_version=IR, opset_imports=[helper.make_opsetid('', OPSET)]
    ).SerializeToString()


def _convolutions(node, constant, weights, x):
    for name in ('conv1', 'conv2', 'conv3'):
        values = weights[name][:, :, ::-1, ::-1].copy()
        bias = np.full(len(values), 0.1, 'float32')
        x = node('Conv', x, constant(name + '.W', values), constant(name + '.b', bias))
        x = node('MaxPool', node('Relu', x), kernel_shape=[2, 2], strides=[2, 2])
    return x


def _dense(node, constant, weights, name, x):
    bias = np.full(weights[name].shape[1], 0.1, 'float32')
    return node('Gemm', x, constant(name + '.W', weights[name]), constant(name + '.b', bias))


class Worker:
    """A session on all cores."""

    def __init__(self, args):
        import onnx
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = args.threads
        # Its threads spin while it works, but not into the others' turn.
        options.add_session_config_entry('session.force_spinning_stop', '1')
        self.session = onnxruntime.InferenceSession(
            model(args.head), options, ['CPUExecutionProvider']
        )
        self.batch = inputs.data(args.batch)[0]
        self.facts = {
            'python': sys.version.split()[0],
            'onnxruntime': onnxruntime.__version__,
            'onnx': onnx.__version__,
            'threads': args.threads,
        }

    def predict(self):
        """Maps of one minibatch."""
        return self._maps(self.batch)

    def one(self):
        """The map of one image."""
        return self._maps(self.batch[:1])

    def _maps(self, images):
        (maps,) = self.session.run(None, {'images': images})
        return inputs.glance(maps)


if __name__ == '__main__':
    serve(Worker, __doc__)
