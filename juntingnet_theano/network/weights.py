"""Weights as HDF5: one dataset per parameter, by layer and parameter name.

``conv1/W``, ``conv1/b``, ... with the head, the settings and the provenance
as attributes. Nothing is ever loaded by position. Files that travel hold
their matrices as whole numbers (`quantisation`) with the ``step`` of each unit
as an attribute.

>>> import juntingnet_theano, os, tempfile
>>> from juntingnet_theano.network.layers import build_juntingnet
>>> path = os.path.join(tempfile.mkdtemp(), 'weights.hdf5')
>>> layer = build_juntingnet(head='released')
>>> save(path, layer, {'head': 'released'})
>>> read_attributes(path)['head']
'released'
>>> load(path, layer)
"""

import contextlib
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional, Sequence, Tuple

import h5py
import numpy as np

from juntingnet_theano.errors import BadFile, JuntingNetError, WeightsMismatch
from juntingnet_theano.files import hdf5_files
from juntingnet_theano.files.outside import allow_dataset
from juntingnet_theano.files.writing import atomic_path, provenance
from juntingnet_theano.network.quantisation import quantise_weights, restore_weights

if TYPE_CHECKING:  # an engine is heavy, and whoever has a layer has it already
    from lasagne.layers import Layer

FORMAT = 'juntingnet weights 1'
PACKED = 'juntingnet weights 2'
"""For files with whole numbers: an older version would take them for weights."""
_SMALL = 1 << 17  # numbers that a chunk may have in any case
_HINT = 'build the network with the head that the file names'


def save(path: str, layer: 'Layer', attributes: Mapping[str, Any]) -> None:
    """Write the weights of a network, complete or not at all.

    Parameters
    ----------
    path : str
    layer : lasagne.layers.Layer
        Output layer; every parameter below it is written.
    attributes : dict of str to str or number
        At least ``head``; settings and scores as the caller has them.
    """
    save_values(
        path, {name: param.get_value(borrow=True) for name, param in _parameters(layer)}, attributes
    )


def save_values(
    path: str,
    values: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any],
    bits: Optional[float] = None,
) -> None:
    """As `save`, from arrays by name, ``conv1/W``.

    Parameters
    ----------
    path, attributes
        As in `save`.
    values : dict of str to float array
    bits : float, optional
        Pack each weight of a dense layer into about that many bits.
    """
    with atomic_path(path) as part, hdf5_files.created(part) as (file, check):
        for name, value in values.items():
            if bits and value.ndim == 2:
                _write_packed(file, name, value, bits)
            else:
                file[name] = value
            check()
        file.attrs.update(attributes, format=PACKED if bits else FORMAT, **provenance())


def _write_packed(file, name, value, bits):
    codes, step = quantise_weights(value, bits)
    dataset = file.create_dataset(
        name,
        data=codes,
        chunks=(min(64, len(codes)), codes.shape[1]),
        compression='gzip',
        compression_opts=9,
    )
    dataset.attrs['step'] = step


def pack(path: str, layer: 'Layer', out: str, bits: float, more: Mapping[str, str]) -> None:
    """Write a weights file again, in fewer bits; see `save_values`.

    Parameters
    ----------
    path : str
    layer : lasagne.layers.Layer
        Output layer of a network that the weights fit.
    out : str
    bits : float
    more : dict of str to str
        Attributes besides those of the file, or instead of them.

    Raises
    ------
    MissingFiles, BadFile, WeightsMismatch
        As `load`.
    """
    said = dict(read_attributes(path), packed_bits=bits, **more)
    with open_weights(path) as file:
        found = read_values(file, layer, path)
    save_values(out, found, said, bits)


def copy_values(layer: 'Layer') -> Dict[str, np.ndarray]:
    """Copies of the parameters below `layer` by name, for `set_values`."""
    return {name: param.get_value() for name, param in _parameters(layer)}


def list_shapes(layer: 'Layer') -> Dict[str, Tuple[int, ...]]:
    """Shapes of the parameters below `layer` by name, ``conv1/W``."""
    return {name: param.get_value(borrow=True).shape for name, param in _parameters(layer)}


def write(group: h5py.Group, layer: 'Layer') -> None:
    """Write the parameters below `layer` into an open HDF5 group."""
    for name, param in _parameters(layer):
        group[name] = param.get_value(borrow=True)


def read_attributes(path: str) -> Dict[str, Any]:
    """The attributes of a weights file as a dict.

    Raises
    ------
    MissingFiles, BadFile
        Where there is no such file, or it holds something else.
    """
    with open_weights(path) as file:
        found = dict(file.attrs)
        if not all(isinstance(name, str) for name in found):
            raise ValueError('an attribute whose name is not text')
    if not isinstance(found.get('head'), str):
        raise BadFile(f'reading {path}', 'it names no head', "an attribute 'head'")
    return found


def load(path: str, layer: 'Layer') -> None:
    """Set the parameters below `layer` from a weights file or a checkpoint.

    Raises
    ------
    MissingFiles, BadFile
        Where there is no such file, or it holds something else.
    WeightsMismatch
        At the first parameter that the file lacks, has in another shape, or
        has and the network lacks; the network is left as it was.
    """
    with open_weights(path) as file:
        found = read_values(file, layer, path)
    set_values(layer, found)


def read_values(group: h5py.Group, layer: 'Layer', path: str) -> Dict[str, np.ndarray]:
    """Checked values of the parameters below `layer` from an open HDF5 group,
    by name; raises as `load`, within `open_weights`."""
    like = {name: param.get_value(borrow=True) for name, param in _parameters(layer)}
    return _matched(
        group,
        {name: (each.shape, each.dtype) for name, each in like.items()},
        f'loading weights from {path}',
    )


def read(path: str, shapes: Mapping[str, Tuple[int, ...]], unpack: bool = True) -> Dict[str, Any]:
    """Checked values of a weights file, without a network or an engine.

    Parameters
    ----------
    path : str
    shapes : dict of str to tuple
        Of every parameter by name, ``conv1/W``.
    unpack : bool
        Whether matrices of whole numbers become weights.

    Returns
    -------
    dict of str to float32 array
        Or to the int8 codes and the float32 steps of a matrix, as
        `quantisation.quantise_weights` gave them, unless `unpack`.

    Raises
    ------
    MissingFiles, BadFile, WeightsMismatch
        As `load`.
    """
    wanted = {name: (shape, np.dtype('float32')) for name, shape in shapes.items()}
    with open_weights(path) as file:
        return _matched(file, wanted, f'loading weights from {path}', unpack)


def _matched(group, wanted, doing, unpack=True) -> Dict[str, Any]:
    """Values by name, for a dict of name -> (shape, type)."""
    found = _names(group)
    values = {}
    for name, (shape, kind) in wanted.items():
        if name not in found:
            raise WeightsMismatch(doing, 'no parameter ' + name, f'{name} {shape}', _HINT)
        values[name] = _checked(group, name, shape, kind, doing, unpack)
    extra = sorted(set(found) - set(wanted))
    if extra:
        raise WeightsMismatch(
            doing, f'a parameter {ascii(extra[0])[1:-1]} that the network lacks', None, _HINT
        )
    return values


def read_array(group: h5py.Group, name: str, variable: Any, doing: str) -> np.ndarray:
    """Value for a shared variable from an open HDF5 group, of its shape and
    type; raises WeightsMismatch or BadFile, within `open_weights`."""
    like = variable.get_value(borrow=True)
    found: Any = _checked(group, name, like.shape, like.dtype, doing)
    return found


def _checked(group, name, shape, kind, doing, unpack=True):
    dataset: Any = hdf5_files.item(group, name)
    if dataset.shape != shape:
        raise WeightsMismatch(doing, f'{name} has shape {dataset.shape}', f'{shape}', _HINT)
    allow_dataset(dataset, 8 * max(dataset.size, _SMALL))
    if 'step' in dataset.attrs:
        codes, step = _packed(dataset, name, doing)
        value = restore_weights(codes, step)
    elif dataset.dtype.kind == kind.kind:
        codes, value = None, dataset[()]
    else:
        raise BadFile(doing, f'{name} holds values of type {dataset.dtype}', f'{kind}')
    with np.errstate(over='ignore'):  # is seen below
        value = value.astype(kind, copy=False)
    if not np.isfinite(value).all():
        raise BadFile(
            doing,
            f'{name} holds NaN or infinity',
            'finite numbers',
            'use an earlier file of the run',
        )
    return value if unpack or codes is None else (codes, step)


def _packed(dataset, name, doing):
    step = dataset.attrs.get_id('step')
    if (dataset.dtype, step.dtype, step.shape) != (np.int8, np.float32, dataset.shape[-1:]):
        raise BadFile(
            doing,
            f'{name}: {dataset.dtype} {dataset.shape} in steps {step.dtype} {step.shape}',
            'int8 and a float32 step for each unit',
        )
    return dataset[()], dataset.attrs['step']


def _names(group):
    """Names of all datasets below an open HDF5 group."""
    found = []
    group.visititems(
        lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None
    )
    return found


def set_values(layer: 'Layer', found: Mapping[str, np.ndarray]) -> None:
    """Set the parameters below `layer` to what `read_values` or `copy_values` gave;
    the arrays become the network's own."""
    for name, param in _parameters(layer):
        param.set_value(found[name], borrow=True)


def _parameters(layer):
    """('conv1/W', shared variable) pairs in the order of layers."""
    # Late: whoever has a network has imported it, and others need no engine.
    from lasagne.layers import get_all_layers

    return [
        (param.name.replace('.', '/'), param)
        for each in get_all_layers(layer)
        for param in each.get_params()
    ]


@contextlib.contextmanager
def open_weights(path: str, formats: Sequence[str] = (FORMAT, PACKED)) -> Iterator[h5py.File]:
    """An HDF5 file of ours for reading, checked by its `format` attribute.

    The block should do nothing but read: whatever it raises is taken for the
    fault of the file, since h5py raises anything where one is broken.
    """
    doing = f'reading {path}'
    try:
        with hdf5_files.opened(path, doing) as file:
            found = file.attrs.get('format')
            if not isinstance(found, str) or found not in formats:
                raise BadFile(doing, f'format {found!a:.60}', ' or '.join(map(repr, formats)))
            yield file
    except JuntingNetError:
        raise
    except Exception as error:
        raise BadFile(
            doing, str(error) or type(error).__name__, 'a whole file of the format ' + formats[0]
        ) from error
