"""What the head of a cache claims, held against its datasets.

>>> import io
>>> from juntingnet_theano.cache.settings import PreprocessingSettings
>>> with h5py.File(io.BytesIO(), 'w') as file:
...     file['images'] = np.zeros((2, 3, 5, 5), 'uint8')
...     try:
...         check(file, 5000, PreprocessingSettings(), {})
...     except ValueError as error:
...         print(error)
images are uint8 (3, 5, 5), not uint8 (3, 96, 96)
"""
import h5py
import numpy as np


def check(file, size, settings, ranges):
    """Refuse a cache whose datasets are not those of its head.

    Parameters
    ----------
    file : h5py.File
    size : int
        Its bytes.
    settings : PreprocessingSettings
    ranges : dict
        (split, source) -> (first row, row after the last).

    Raises
    ------
    ValueError, KeyError
        Naming the first dataset that is not there, has another type or shape
        than the settings say, more numbers than the file has bytes (nothing
        is compressed), or fewer rows than a split.
    """
    side, map_side = settings.image_size, settings.map_size
    wanted = {'images': (np.uint8, (3, side, side)),
              'maps': (np.uint8, (1, map_side, map_side)),
              'sizes': (np.int32, (2,)), 'fixations': (object, ()),
              'fixations_shapes': (np.int32, (2,))}
    for source, (dtype, shape) in wanted.items():
        dataset = file[source]
        if dataset.dtype != dtype or dataset.shape[1:] != shape:
            raise ValueError('{} are {} {}, not {} {}'.format(
                source, dataset.dtype, dataset.shape[1:], np.dtype(dtype),
                shape))
    names = file['names']
    if names.dtype.kind != 'S' or names.shape[1:] != (1,):
        raise ValueError('names are {} {}'.format(names.dtype, names.shape))
    if h5py.check_vlen_dtype(file['fixations'].dtype) != np.float32:
        raise ValueError('fixations are no float32')
    if len(file['fixations_shapes']) != len(file['fixations']):
        raise ValueError('fixations and their shapes differ in number')
    for source in list(wanted) + ['names']:
        dataset = file[source]
        if dataset.size * dataset.dtype.itemsize > size:
            raise ValueError('{:,} {} in {:,} bytes'.format(
                len(dataset), source, size))
    for (_, source), (start, stop) in ranges.items():
        if not 0 <= start <= stop <= len(file[source]):
            raise ValueError('rows {} to {} of {} {}'.format(
                start, stop, len(file[source]), source))
