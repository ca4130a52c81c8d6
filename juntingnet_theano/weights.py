"""Weights as HDF5: one dataset a parameter, by layer and parameter name.

``conv1/W``, ``conv1/b``, ... with the head, the settings and the provenance
as attributes. Nothing is ever loaded by position.

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

FORMAT = 'juntingnet weights 1'


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


def save_values(path, values, attributes):
    """As `save`, from arrays by name, ``conv1/W``."""
    with atomic_path(path) as part:
        with h5py.File(part, 'w') as file:
            for name, value in values.items():
                file[name] = value
            file.attrs.update(attributes, format=FORMAT, **provenance())


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
    found = []
    group.visititems(lambda name, item: found.append(name)
                     if isinstance(item, h5py.Dataset) else None)
    doing = 'loading weights from {}'.format(path)
    hint = 'build the network with the head that the file names'
    values = []
    for name, param in params:
        shape = param.get_value(borrow=True).shape
        if name not in found:
            raise WeightsMismatch(doing, 'no parameter ' + name, '{} {}'.format(
                name, shape), hint)
        if group[name].shape != shape:
            raise WeightsMismatch(doing, '{} has shape {}'.format(
                name, group[name].shape), '{}'.format(shape), hint)
        values.append(_finite(group[name], doing))
    extra = sorted(set(found) - {name for name, _ in params})
    if extra:
        raise WeightsMismatch(doing, 'a parameter {} that the network lacks'
                              .format(extra[0]), None, hint)
    for (_, param), value in zip(params, values):
        param.set_value(value, borrow=True)     # ours alone: no copy


def _finite(dataset, doing):
    value = np.asarray(dataset, 'float32')
    if not np.isfinite(value).all():
        raise BadFile(doing, '{} holds NaN or infinity'.format(dataset.name),
                      'finite numbers', 'use an earlier file of the run')
    return value


def _parameters(layer):
    """('conv1/W', shared variable) pairs in the order of layers."""
    return [(param.name.replace('.', '/'), param)
            for each in get_all_layers(layer) for param in each.get_params()]


@contextlib.contextmanager
def opened(path, format=FORMAT):
    """An HDF5 file of ours for reading, checked by its `format` attribute."""
    doing = 'reading {}'.format(path)
    try:
        file = h5py.File(path, 'r')
    except FileNotFoundError:
        raise MissingFiles(doing, 'no such file', format,
                           'juntingnet train --help')
    except OSError as error:
        raise BadFile(doing, str(error), format)
    with file:
        if file.attrs.get('format') != format:
            raise BadFile(doing, 'format {!r}'.format(
                file.attrs.get('format')), repr(format))
        yield file
