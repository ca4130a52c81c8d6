"""The authors' published weights, converted to ours.

JuntingNet was published as pickles of Python 2: nolearn's whole network, with
Lasagne's layers and Theano's variables, on the GPU or not. They are read
without any of these (`pickles`), fitted to one of the two heads by the shapes
of their layers, brought to the conventions of this package, and written as
HDF5 with the SHA-256 of the pickle.

>>> scaled = to_unit({'dense2/W': np.ones((1, 2)), 'dense2/b': np.zeros(2)})
>>> scaled['dense2/W'].tolist(), scaled['dense2/b'].tolist()
([[0.5, 0.5]], [0.5, 0.5])
"""

import os
from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from juntingnet_theano.errors import BadFile, BadSetting, WeightsMismatch
from juntingnet_theano.network import pickles, shapes, weights
from juntingnet_theano.network.pickles import arrays, layers
from juntingnet_theano.settings.postprocessing import PostProcessing
from juntingnet_theano.settings.preprocessing import PreprocessingSettings

RANGES = {'symmetric': '[-1, 1]', 'unit': '[0, 1]'}
"""What maps were scaled to in training. The authors' published code has the
first (``preprocessing.py``), their paper the second (section 3.2)."""
_RECTIFIERS = (None, 'rectify')
_IDENTITIES = (None, 'linear', 'identity')


class Imported(NamedTuple):
    """What `import_weights` read and wrote.

    Attributes
    ----------
    head : str
        One of `shapes.HEADS`.
    names : dict of str to str
        Layer here -> layer in the pickle.
    maps : str
        A key of `RANGES`.
    is_measured : bool
        Whether training maps in the pickle told that.
    """

    head: str
    names: dict
    maps: str
    is_measured: bool


def import_weights(path: str, out: str, maps: Optional[str] = None) -> Imported:
    """Read a published pickle and write its weights as HDF5.

    Parameters
    ----------
    path : str
    out : str
        Weights file to write.
    maps : {'symmetric', 'unit'}, optional
        What the maps were scaled to in training. By default as training maps
        in the pickle tell, where it has some; else 'symmetric' for the
        released head and 'unit' for the paper's.

    Returns
    -------
    Imported

    Raises
    ------
    MissingFiles, BadFile
        Where there is no such file, or it is no harmless pickle.
    WeightsMismatch
        Where its layers are those of neither head; lists what was found.
    """
    if os.path.realpath(path) == os.path.realpath(out):
        raise BadSetting(
            'importing weights', f'{path} as what to read and what to write', 'two files'
        )
    with pickles.opened(path) as pickle:
        found = layers.find(pickle)
        head, fitting = match_head(found, list_heads(), path)
        values = load(pickle, fitting, path)
        measured = _range(layers.maps_range(pickle))
    default = 'symmetric' if head == 'released' else 'unit'
    chosen = maps or measured or default
    if chosen == 'symmetric':
        values = to_unit(values)
    weights.save_values(out, values, _attributes(path, head, chosen))
    return Imported(
        head,
        {ours: layer.name for ours, layer in fitting.items()},
        chosen,
        measured is not None and maps is None,
    )


def _attributes(path, head, maps):
    from pooch import file_hash  # slow to import, and only imports need it

    # The authors' code cut the middle out of each picture, and blurred maps
    # before it enlarged them.
    return {
        'head': head,
        'preprocessing': PreprocessingSettings(fit='crop').to_json(),
        'postprocessing': PostProcessing('released').to_json(),
        'inputs': 'RGB in [0, 1], no mean subtracted',
        'targets': f'{RANGES[maps]} in training, [0, 1] here',
        'imported': os.path.basename(path),
        'imported_sha256': file_hash(path),
    }


def _range(extremes):
    if extremes is None or not (extremes[0] > -1.01 and extremes[1] < 1.01):
        return None
    return 'symmetric' if extremes[0] < 0 else 'unit'


def list_heads() -> Dict[str, Dict[str, Any]]:
    """Shapes of W and b of each layer with weights, for both heads."""
    heads = {}
    for head in shapes.HEADS:
        found = shapes.of_head(head)
        heads[head] = {
            name[: -len('/W')]: (shape, found[name[:-1] + 'b'])
            for name, shape in found.items()
            if name.endswith('/W')
        }
    return heads


def match_head(
    found: Sequence[layers.Layer], heads: Dict[str, Dict[str, Any]], path: str
) -> Tuple[str, Dict[str, layers.Layer]]:
    """The head whose layers are those that were found.

    Parameters
    ----------
    found : list of Layer
        In any order: shapes tell them apart.
    heads : dict
        Head -> layer -> (shape of W, shape of b).
    path : str
        For messages.

    Returns
    -------
    (str, dict of str to Layer)

    Raises
    ------
    WeightsMismatch
    """
    for head, wanted in heads.items():
        fitting = {
            name: [layer for layer in found if _shapes(layer) == pair]
            for name, pair in wanted.items()
        }
        if len(found) == len(wanted) and all(len(each) == 1 for each in fitting.values()):
            fitting = {name: each[0] for name, each in fitting.items()}
            _check_nonlinearities(fitting, path)
            return head, fitting
    raise WeightsMismatch(
        f'importing {path}',
        'layers that form neither head: ' + (', '.join(map(_described, found[:30])) or 'none'),
        '; or '.join(
            f'{head}: '
            + ', '.join(f'{name} {_sides(shape)}' for name, (shape, _) in wanted.items())
            for head, wanted in heads.items()
        ),
    )


def _described(layer):
    arrays = [each for each in (layer.W, layer.b) if each is not None]
    return _printable(layer.name) + ' ' + ' and '.join(_sides(each.shape) for each in arrays)


def _sides(shape):
    return 'x'.join(map(str, shape))


def _printable(name):
    return ascii(name)[1:-1][:40]


def _shapes(layer):
    shape = layer.W.shape
    if layer.kind == layers.CUDA_CONVNET and len(shape) == 4:
        shape = shape[3:] + shape[:3]
    return shape, layer.b.shape if layer.b is not None else None


def _check_nonlinearities(fitting, path):
    for name, layer in fitting.items():
        wanted = _IDENTITIES if name == 'dense2' else _RECTIFIERS
        if layer.nonlinearity not in wanted:
            raise WeightsMismatch(
                f'importing {path}',
                f'layer {_printable(layer.name)} has the nonlinearity {layer.nonlinearity}',
                wanted[1],
            )


def load(
    pickle: pickles.Pickle, fitting: Dict[str, layers.Layer], path: str
) -> Dict[str, np.ndarray]:
    """Parameters by name, ``conv1/W``, as this package's network has them.

    Raises
    ------
    BadFile
        Where a number is NaN or infinite.
    """
    values = {}
    for name, layer in fitting.items():
        for letter, claim in (('W', layer.W), ('b', layer.b)):
            value = arrays.load(pickle, claim)
            if letter == 'W' and value.ndim == 4:
                value = as_convolution(value, layer)
            with np.errstate(over='ignore'):  # is seen below
                value = np.ascontiguousarray(value, 'float32')
            if not np.isfinite(value).all():
                raise BadFile(
                    f'importing {path}',
                    f'{letter} of layer {_printable(layer.name)} holds NaN or infinity',
                    'finite numbers',
                )
            values[f'{name}/{letter}'] = value
    return values


def as_convolution(filters: np.ndarray, layer: layers.Layer) -> np.ndarray:
    """Filters out x in x h x w of a convolution, which turns them by half a
    turn, from those of `layer`: cuda-convnet's lie in x h x w x out, and
    Lasagne's layers for cuDNN, GEMM and cuda-convnet correlate.
    """
    if layer.kind == layers.CUDA_CONVNET:
        filters = filters.transpose(3, 0, 1, 2)
    return filters if layer.flips else filters[:, :, ::-1, ::-1]


def to_unit(values: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
    """Bring a network's maps from [-1, 1] to [0, 1], in its last layer.

    (y + 1) / 2 goes into the weights since no nonlinearity but a maximum
    follows, so that the network means what others of this package mean.
    """
    W, b = values['dense2/W'], values['dense2/b']
    return dict(values, **{'dense2/W': W / 2, 'dense2/b': (b + 1) / 2})
