"""HDF5 files laid out as pysaliency's own writers do."""

import json

import h5py
import numpy as np


def write_stimuli(path, sizes, version='2.1'):
    """A file of FileStimuli.

    Parameters
    ----------
    path : str
    sizes : dict of str to (int, int)
        File -> (height, width).
    version : str
    """
    with h5py.File(path, 'w') as file:
        file.attrs['type'], file.attrs['version'] = np.bytes_('FileStimuli'), np.bytes_(version)
        file.attrs['size'], file.attrs['__attributes__'] = len(sizes), np.bytes_('[]')
        names = np.array([each.encode() for each in sizes])
        file.create_dataset('filenames', data=names, dtype=h5py.special_dtype(vlen=str))
        shapes = file.create_dataset(
            'shapes', (len(sizes),), dtype=h5py.special_dtype(vlen=np.dtype('int64'))
        )
        for index, size in enumerate(sizes.values()):
            shapes[index] = np.array(tuple(size) + (3,))


def write_fixations(path, **arrays):
    """A file of Fixations, or of FixationTrains where there are `train_xs`."""
    with h5py.File(path, 'w') as file:
        kind = 'FixationTrains' if 'train_xs' in arrays else 'Fixations'
        file.attrs['type'], file.attrs['version'] = np.bytes_(kind), np.bytes_('1.0')
        file.attrs['__attributes__'] = np.bytes_(json.dumps(['subjects']))
        for name, values in arrays.items():
            file[name] = np.asarray(values)
