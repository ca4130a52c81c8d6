"""The network as an ONNX model, for programs without Python or an engine.

The model is made node by node from a weights file, without Theano or Lasagne. The
extra ``[onnx]`` brings the library. Bytes go in and maps come out: scaling by
1/255 is part of the graph, and what happens around it (how a picture becomes a
square, how a map is finished) is described in the model's metadata.

>>> sorted(DENSE)
['float16', 'float32', 'int8']
"""

import hashlib
import json
from typing import Dict

import numpy as np

from juntingnet_theano.errors import BadSetting, MissingDependency, did_you_mean
from juntingnet_theano.files.writing import atomic_path, provenance
from juntingnet_theano.network import pretrained, shapes, weights
from juntingnet_theano.network.quantisation import quantise_weights
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.preprocessing import IMAGE_SIZE, MAP_SIZE, PreprocessingSettings
from juntingnet_theano.version import __version__

DENSE = {'float32': 'as they are', 'float16': 'half the size', 'int8': 'a quarter of the size'}
"""Type in which the matrices of dense layers are kept; all arithmetic is
float32."""
OPSET, IR = 13, 8
"""Old ones, for old runtimes: onnxruntime 1.13 and browsers know them."""
BITS = 7
"""Of a weight of a dense layer that a file does not hold as int8 already."""
INPUT, OUTPUT = 'images', 'maps'

_DOING = 'exporting a network'


def export(path: str, out: str, dense: str = 'float32') -> Dict[str, str]:
    """Write a weights file as an ONNX model, complete or not at all.

    Parameters
    ----------
    path : str
        A weights file.
    out : str
        File to write.
    dense : str
        A key of `DENSE`. Weights that a file holds as int8 stay those very
        numbers as ``'int8'``.

    Returns
    -------
    dict of str to str
        The model's metadata.

    Raises
    ------
    BadSetting
        For an unknown `dense`.
    MissingDependency
        Without the library onnx.
    MissingFiles, BadFile, WeightsMismatch
        As `weights.load`.
    """
    if dense not in DENSE:
        raise BadSetting(_DOING, f'dense={dense!r}', did_you_mean(str(dense), DENSE))
    try:
        import onnx  # pyright: ignore[reportMissingImports]  (an extra)
    except ImportError as error:
        raise MissingDependency(
            _DOING, f'onnx cannot be imported: {error}', None, 'pip install onnx'
        ) from None
    said = weights.read_attributes(path)
    values = weights.read(path, shapes.of_head(said['head']), unpack=dense != 'int8')
    model = _Graph(onnx, dense).model(said['head'], values)
    metadata = _metadata(path, said, dense)
    onnx.helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    with atomic_path(out) as part, open(part, 'wb') as file:
        file.write(model.SerializeToString())
    return metadata


def _metadata(path, said, dense):
    """What a program has to know around the model; all values are text."""
    fit = PreprocessingSettings.from_json(said.get('preprocessing', '{}')).fit
    known = {_sha256(each.place): each for each in pretrained.entries() if each.path}
    digest = _sha256(path)
    licence = known[digest].licence if digest in known else said.get('licence')
    return {
        'input': f'{INPUT}: uint8, n x 3 x {IMAGE_SIZE} x {IMAGE_SIZE}, RGB from 0 to 255, as '
        'bytes of a picture; the model itself divides by 255',
        'output': f'{OUTPUT}: float32, n x {MAP_SIZE} x {MAP_SIZE}, rows from the top',
        'fit': {
            'squash': f'the whole picture resized to {IMAGE_SIZE} x {IMAGE_SIZE} by Lanczos, '
            'whatever its aspect ratio',
            'crop': f'the central square, resized to {IMAGE_SIZE} x {IMAGE_SIZE} by Lanczos',
        }[fit],
        'head': said['head'],
        'dense': dense,
        # views, order, scale, sigma, power: `juntingnet predict --help`
        'postprocessing': PostProcessing.from_json(said.get('postprocessing', '{}')).to_json(),
        'preprocessing': str(said.get('preprocessing', '{}')),
        'licence': str(licence or "not stated; that of the data of the weights' training"),
        'weights_sha256': digest,
        'weights': json.dumps(
            {
                name: str(said[name])
                for name in ('juntingnet_version', 'epoch', 'fingerprint')
                if name in said
            }
        ),
        **provenance(),
    }


def _sha256(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


class _Graph:
    """Nodes and constants as they are made."""

    def __init__(self, onnx, dense):
        self._onnx, self._dense = onnx, dense
        self._constants, self._nodes = [], []

    def model(self, head, values):
        """An onnx.ModelProto, uint8 images to maps."""
        types, helper = self._onnx.TensorProto, self._onnx.helper
        x = self._node('Cast', INPUT, to=types.FLOAT)
        x = self._node('Mul', x, self._constant('byte', np.float32(1 / 255.0)))
        for name, _, size in shapes.CONVOLUTIONS:
            # Theano convolves, ONNX correlates.
            flipped = np.ascontiguousarray(values[name + '/W'][:, :, ::-1, ::-1])
            weight = self._constant(name + '/W', flipped)
            bias = self._constant(name + '/b', values[name + '/b'])
            x = self._node('Conv', x, weight, bias, kernel_shape=[size, size])
            x = self._node('Relu', x)
            x = self._node('MaxPool', x, kernel_shape=[2, 2], strides=[2, 2])
        x = self._node('Relu', self._matrix('dense1', self._node('Flatten', x), values))
        if head == 'paper':
            x = self._maximum_of_pairs(self._matrix('dense2', x, values))
        else:
            x = self._matrix('dense2', self._maximum_of_pairs(x), values)
        self._node('Reshape', x, self._constant('grid', np.array([0, MAP_SIZE, MAP_SIZE], 'int64')))
        self._nodes[-1].output[0] = OUTPUT
        graph = helper.make_graph(
            self._nodes,
            'juntingnet',
            [helper.make_tensor_value_info(INPUT, types.UINT8, ['n', 3, IMAGE_SIZE, IMAGE_SIZE])],
            [helper.make_tensor_value_info(OUTPUT, types.FLOAT, ['n', MAP_SIZE, MAP_SIZE])],
            self._constants,
        )
        return helper.make_model(
            graph,
            producer_name='juntingnet_theano',
            producer_version=__version__,
            ir_version=IR,
            opset_imports=[helper.make_opsetid('', OPSET)],
        )

    def _constant(self, name, value):
        self._constants.append(self._onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def _node(self, kind, *inputs, **attributes):
        name = f'{kind.lower()}{len(self._nodes)}'
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def _maximum_of_pairs(self, x):
        pairs = self._node(
            'Reshape', x, self._constant('pairs', np.array([0, shapes.UNITS // 2, 2], 'int64'))
        )
        return self._node('ReduceMax', pairs, axes=[2], keepdims=0)

    def _matrix(self, name, x, values):
        weight, step = values[name + '/W'], None
        if self._dense == 'int8':
            weight, step = weight if isinstance(weight, tuple) else quantise_weights(weight, BITS)
        elif self._dense == 'float16':
            weight = weight.astype('float16')
        kept = self._constant(name + '/W', weight)
        if self._dense != 'float32':
            kept = self._node('Cast', kept, to=self._onnx.TensorProto.FLOAT)
        x = self._node('MatMul', x, kept)
        if step is not None:  # a step for each unit
            x = self._node('Mul', x, self._constant(name + '/step', step))
        return self._node('Add', x, self._constant(name + '/b', values[name + '/b']))
