"""MAT files as MATLAB writes them, forged for tests."""

import os

import h5py
import numpy as np
import scipy.io


def touch(*parts):
    path = os.path.join(*parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'w').close()
    return path


def structs(items, shape=(-1, 1)):
    """A MATLAB struct array of dictionaries."""
    array = np.empty(len(items), [(name, object) for name in items[0]])
    for row, item in enumerate(items):
        for name, value in item.items():
            array[row][name] = value
    return array.reshape(shape)


def cells(items, shape=(-1, 1)):
    """A MATLAB cell array."""
    array = np.empty(len(items), object)
    for row, item in enumerate(items):
        array[row] = item
    return array.reshape(shape)


def save(path, **variables):
    touch(path)
    scipy.io.savemat(path, variables)


def save_73(path, **variables):
    """Version 7.3: lists of dictionaries are struct arrays, lists cells."""
    with h5py.File(path, 'w', userblock_size=512) as file:
        for name, value in variables.items():
            _put(file, file, name, value)
    with open(path, 'r+b') as file:
        file.write(b'MATLAB 7.3 MAT-file'.ljust(124) + b'\x00\x02IM')


def _put(file, group, name, value):
    """Write one value under a name, as MATLAB lays it out."""
    if isinstance(value, dict):
        inner = group.create_group(name)
        inner.attrs['MATLAB_class'] = np.bytes_('struct')
        for field, item in value.items():
            _put(file, inner, field, item)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        inner = group.create_group(name)
        inner.attrs['MATLAB_class'] = np.bytes_('struct')
        for field in value[0]:
            _references(file, inner, field, [each[field] for each in value])
    elif isinstance(value, list):
        _references(file, group, name, value)
        group[name].attrs['MATLAB_class'] = np.bytes_('cell')
    elif isinstance(value, str):
        codes = np.array([ord(letter) for letter in value], 'uint16')
        group[name] = codes[:, None] if value else np.zeros(2, 'uint64')
        group[name].attrs['MATLAB_class'] = np.bytes_('char')
        if not value:
            group[name].attrs['MATLAB_empty'] = np.uint8(1)
    else:
        value = np.atleast_2d(value)
        group[name] = value.T if value.size else np.array(value.shape)
        group[name].attrs['MATLAB_class'] = np.bytes_('double')
        if not value.size:
            group[name].attrs['MATLAB_empty'] = np.uint8(1)


def _references(file, group, name, values):
    column = group.create_dataset(name, (1, len(values)), h5py.ref_dtype)
    for row, value in enumerate(values):
        hidden = file.require_group('#refs#')
        inner = f'r{len(hidden)}'
        _put(file, hidden, inner, value)
        column[0, row] = hidden[inner].ref
