"""Weights as HDF5: one dataset a parameter, by layer and parameter name.

``conv1/W``, ``conv1/b``, ... with the head, the settings and the provenance
as attributes. Nothing is ever loaded by position. Files that travel hold
their matrices as whole numbers (`quantisation`) with the ``step`` of each unit
as an attribute.

>>> import juntingnet_theano, os, tempfile
>>> from juntingnet_theano.network import build_juntingnet
>>> path = os.path.join(tempfile.mkdtemp(), 'weights.hdf5')
>>> layer = build_juntingnet(head='released')
>>> save(path, layer, {'head': 'released'})
>>> attributes(path)['head']
'released'
>>> load(path, layer)
"""
import contextlib

import h5py
import numpy as np
from lasagne.layers import get_all_layers

from juntingnet_theano.errors import BadFile, MissingFiles, WeightsMismatch
from juntingnet_theano.files import atomic_path, provenance
from juntingnet_theano.quantisation import quantised, restored

FORMAT = 'juntingnet weights 1'
PACKED = 'juntingnet weights 2'
"""With whole numbers, which an older version would take for weights."""


def save(path, layer, attributes):
    """Write the weights of a network, complete or not at all.

    Parameters
    ----------
    path : str
    layer : lasagne.layers.Layer
        Output layer; every parameter below it is written.
    attributes : dict of str to str or number
        At least ``head``; settings and scores as the caller has them.
    """
    save_values(path, {name: param.get_value(borrow=True)
                       for name, param in _parameters(layer)}, attributes)


def save_values(path, values, attributes, bits=None):
    """As `save`, from arrays by name, ``conv1/W``.

    Parameters
    ----------
    path, attributes
        As in `save`.
    values : dict of str to float array
    bits : float, optional
        Pack each weight of a dense layer into about that many bits.
    """
    with atomic_path(path) as part:
        with h5py.File(part, 'w') as file:
            for name, value in values.items():
                if bits and value.ndim == 2:
                    _write_packed(file, name, value, bits)
                else:
                    file[name] = value
            file.attrs.update(attributes, format=PACKED if bits else FORMAT,
                              **provenance())


def pack(path, out, bits, more):
    """Write a weights file again, in fewer bits; see `save_values`.

    Parameters
    ----------
    path, out : str
    bits : float
    more : dict of str to str
        Attributes besides those of the file, or instead of them.

    Raises
    ------
    MissingFiles, BadFile
        Where `path` is no weights file.
    """
    said = dict(attributes(path), packed_bits=bits, **more)
    with opened(path) as file:
        doing = 'packing ' + path
        values = {name: _array(file[name], doing) for name in _names(file)}
    save_values(out, values, said, bits)


def _write_packed(file, name, value, bits):
    codes, step = quantised(value, bits)
    dataset = file.create_dataset(
        name, data=codes, chunks=(min(64, len(codes)), codes.shape[1]),
        compression='gzip', compression_opts=9)
    dataset.attrs['step'] = step


def values(layer):
    """Copies of the parameters below `layer` by name, ``conv1/W``."""
    return {name: param.get_value() for name, param in _parameters(layer)}


def set_values(layer, values):
    """Set the parameters below `layer` to what `values` gave; arrays become
    the network's own."""
    for name, param in _parameters(layer):
        param.set_value(values[name], borrow=True)


def shapes(layer):
    """Shapes of the parameters below `layer` by name, ``conv1/W``."""
    return {name: param.get_value(borrow=True).shape
            for name, param in _parameters(layer)}


def write(group, layer):
    """Write the parameters below `layer` into an open HDF5 group."""
    for name, param in _parameters(layer):
        group[name] = param.get_value(borrow=True)


def attributes(path):
    """The attributes of a weights file as a dict.

    Raises
    ------
    MissingFiles, BadFile
        Where there is no such file, or it holds something else.
    """
    with opened(path) as file:
        if 'head' not in file.attrs:
            raise BadFile('reading {}'.format(path), 'it names no head',
                          "an attribute 'head'")
        return dict(file.attrs)


def load(path, layer):
    """Set the parameters below `layer` from a weights file or a checkpoint.

    Raises
    ------
    MissingFiles, BadFile
        Where there is no such file, or it holds something else.
    WeightsMismatch
        At the first parameter that the file lacks, has in another shape, or
        has and the network lacks; the network is left as it was.
    """
    with opened(path) as file:
        read(file, layer, path)


def read(group, layer, path):
    """Set the parameters below `layer` from an open HDF5 group."""
    params = _parameters(layer)
    found = _names(group)
    doing = 'loading weights from {}'.format(path)
    hint = 'build the network with the head that the file names'
    arrays = {}
    for name, param in params:
        shape = param.get_value(borrow=True).shape
        if name not in found:
            raise WeightsMismatch(doing, 'no parameter ' + name, '{} {}'.format(
                name, shape), hint)
        if group[name].shape != shape:
            raise WeightsMismatch(doing, '{} has shape {}'.format(
                name, group[name].shape), '{}'.format(shape), hint)
        arrays[name] = _array(group[name], doing)
    extra = sorted(set(found) - {name for name, _ in params})
    if extra:
        raise WeightsMismatch(doing, 'a parameter {} that the network lacks'
                              .format(extra[0]), None, hint)
    set_values(layer, arrays)   # ours alone: no copy


def _names(group):
    """Names of all datasets below an open HDF5 group."""
    found = []
    group.visititems(lambda name, item: found.append(name)
                     if isinstance(item, h5py.Dataset) else None)
    return found


def _array(dataset, doing):
    """Finite float32 numbers of a dataset, packed or not."""
    value = np.asarray(dataset)
    if 'step' in dataset.attrs:
        step = np.asarray(dataset.attrs['step'])
        if (value.dtype, step.dtype) != (np.int8, np.float32) \
                or step.shape != value.shape[-1:]:
            raise BadFile(doing, '{}: {} {} in steps {} {}'.format(
                dataset.name, value.dtype, value.shape, step.dtype,
                step.shape), 'int8 and a float32 step for each unit')
        value = restored(value, step)
    elif value.dtype.kind != 'f':
        raise BadFile(doing, '{} is {}'.format(dataset.name, value.dtype),
                      'floating-point numbers')
    value = value.astype('float32', copy=False)
    if not np.isfinite(value).all():
        raise BadFile(doing, '{} holds NaN or infinity'.format(dataset.name),
                      'finite numbers', 'use an earlier file of the run')
    return value


def _parameters(layer):
    """('conv1/W', shared variable) pairs in the order of layers."""
    return [(param.name.replace('.', '/'), param)
            for each in get_all_layers(layer) for param in each.get_params()]


@contextlib.contextmanager
def opened(path, formats=(FORMAT, PACKED)):
    """An HDF5 file of ours for reading, checked by its `format` attribute."""
    doing = 'reading {}'.format(path)
    try:
        file = h5py.File(path, 'r')
    except FileNotFoundError:
        raise MissingFiles(doing, 'no such file', formats[0],
                           'juntingnet train --help')
    except OSError as error:
        raise BadFile(doing, str(error), formats[0])
    with file:
        if file.attrs.get('format') not in formats:
            raise BadFile(doing, 'format {!r}'.format(
                file.attrs.get('format')), ' or '.join(map(repr, formats)))
        yield file
