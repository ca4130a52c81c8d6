"""pysaliency's HDF5 files: stimuli, and fixations in a file beside them.

``stimuli.hdf5`` is what ``FileStimuli.to_hdf5`` (2.0, 2.1) or
``Stimuli.to_hdf5`` (1.0, 1.1) wrote; ``fixations.hdf5`` beside it, if it is
there, what those of ``Fixations`` (1.0) or ``FixationTrains`` (1.0 to 1.2)
did. A pair ``train_stimuli.hdf5`` and ``train_fixations.hdf5`` will do too.
A folder stands for its ``stimuli.hdf5``. All stimuli are of the split that is
asked for.

pysaliency cuts coordinates to whole pixels, and so do we here.

>>> fixations_path('data/MIT1003/stimuli.hdf5')
'data/MIT1003/fixations.hdf5'
"""

import contextlib
import os
from typing import List, Sequence

import h5py
import numpy as np

from juntingnet_theano.datasets import gaze, layout
from juntingnet_theano.datasets.records import SPLITS, Record
from juntingnet_theano.errors import BadFile, JuntingNetError
from juntingnet_theano.files import hdf5_files, variable_lengths
from juntingnet_theano.files.outside import allow, allow_dataset, opened
from juntingnet_theano.pictures import carriers

__all__ = ['SPLITS', 'splits', 'required', 'read', 'sources']

sources = layout.no_lists
splits = layout.all_splits  # a file has none
_DOING = "reading pysaliency's {}"
_VERSIONS = {
    'FileStimuli': ('2.0', '2.1'),
    'Stimuli': ('1.0', '1.1'),
    'Fixations': ('1.0',),
    'FixationTrains': ('1.0', '1.1', '1.2'),
}
STIMULI = 'stimuli.hdf5'
_PIXELS = 1 << 30
"""Bytes of all pictures that one file of `Stimuli` may hold: they are read."""


def required(root: str, splits: Sequence[str] = SPLITS) -> List[layout.Required]:
    """What must lie in `root`, as a list of `layout.Required`; nothing where
    that is the file itself."""
    if os.path.splitext(root)[1]:
        return []
    return [layout.Required(STIMULI, "pysaliency's FileStimuli or Stimuli", 'of any size')]


def fixations_path(path: str) -> str:
    """Where the fixations of a file of stimuli would lie."""
    folder, name = os.path.split(path)
    before, found, after = name.rpartition('stimuli')
    return os.path.join(folder, f'{before}fixations{after}' if found else 'fixations.hdf5')


def read(root: str, split: str) -> layout.Records:
    """Records in the order of the file.

    Parameters
    ----------
    root : str
        The file of stimuli, or its folder.
    split : str

    Returns
    -------
    layout.Records

    Raises
    ------
    MissingFiles, BadFile
        There is no such file, or it holds something else.
    """
    if os.path.isdir(root):
        root = os.path.join(root, STIMULI)
    with _read(root, 'stimuli', ('FileStimuli', 'Stimuli')) as (file, raw, kind):
        read = _of_files if kind == 'FileStimuli' else _of_pixels
        names, images, sizes = read(file, raw, root)
    looks = fixations_path(root)
    if os.path.lexists(looks):
        with _read(looks, 'fixations', ('Fixations', 'FixationTrains')) as (file, _, kind):
            points = (_fixations if kind == 'Fixations' else _trains)(file)
            n = points[:, 4]
            if len(n) and not (n.min() >= 0 and n.max() < len(names)):
                raise ValueError(f'fixations on stimulus {n.max():.0f} of {len(names)}')
    records = []
    for index, (name, image, (height, width)) in enumerate(zip(names, images, sizes)):
        size = height, width
        record = Record(name, split, image, size=size)
        if os.path.lexists(looks):
            found, dropped = gaze.within(gaze.from_points(points[n == index, :4]), size)
            record = record._replace(fixations=found, dropped=dropped)
        records.append(record)
    return layout.Records(records, root)


@contextlib.contextmanager
def _read(path, what, kinds):
    """An open file, the same as bytes, and the class that wrote it."""
    doing = _DOING.format(what)
    try:
        with opened(path, doing) as raw, hdf5_files.opened(path, doing) as file:
            kind, version = (_text(file.attrs.get(name, '')) for name in ('type', 'version'))
            if kind not in kinds or version not in _VERSIONS[kind]:
                raise ValueError(f'type {kind!a:.40}, version {version!a:.40}')
            yield file, raw, kind
    except JuntingNetError:
        raise
    except Exception as error:  # h5py raises anything where a file is broken
        raise BadFile(
            doing,
            f'{path}: {error}',
            ' or '.join('{} {}'.format(kind, ', '.join(_VERSIONS[kind])) for kind in kinds),
            'write it with to_hdf5() of pysaliency',
        ) from None


def _text(value):
    return value.decode('utf-8') if isinstance(value, bytes) else str(value)


def _strings(file, raw, name):
    dataset = hdf5_files.item(file, name)
    variable_lengths.check_dataset(dataset)
    allow_dataset(dataset)
    if h5py.check_string_dtype(dataset.dtype) is None or dataset.ndim != 1:
        raise ValueError(f'{name} holds no names')
    if dataset.dtype.kind == 'O':
        variable_lengths.check_rows(dataset, raw)
    return [_text(each) for each in dataset[()]]


def _of_files(file, raw, path):
    files = _strings(file, raw, 'filenames')
    shapes = hdf5_files.item(file, 'shapes')
    variable_lengths.check_dataset(shapes)
    variable_lengths.check_rows(shapes, raw)
    sizes = [tuple(int(side) for side in shape[:2]) for shape in shapes[()]]
    if len(files) != len(sizes) or any(len(size) < 2 or min(size) < 1 for size in sizes):
        raise ValueError(f'{len(files)} names and {len(sizes)} shapes')
    folder = os.path.dirname(path)
    return _names(files), [os.path.join(folder, each) for each in files], sizes


def _of_pixels(file, raw, path):
    count = int(file.attrs['size'])
    pictures, total = [], 0
    for number in range(count):
        dataset = hdf5_files.item(file, str(number))
        total += allow_dataset(dataset)
        allow((total,), 1, f'all {count} pictures', _PIXELS)
        pictures.append(carriers.rgb(dataset[()], number))
    if 'filenames' in file:
        names = _names(_strings(file, raw, 'filenames'))
        if len(names) != count:
            raise ValueError(f'{len(names)} names of {count} pictures')
    else:
        names = [f'{number:0{len(str(count))}d}' for number in range(count)]
    return names, pictures, [picture.shape[:2] for picture in pictures]


def _names(files):
    """The ends of paths from where they differ, without extension."""
    parts = [each.replace('\\', '/').split('/') for each in files]
    while parts and all(len(each) > 1 for each in parts) and len({each[0] for each in parts}) == 1:
        parts = [each[1:] for each in parts]
    found = ['/'.join(part for part in each if part not in ('', '.', '..')) for each in parts]
    return [os.path.splitext(each)[0] for each in found]


def _fixations(file):
    """n x 5 array: x, y, subject, t, stimulus."""
    x, y, t, n = (_numbers(file, name, 1) for name in ('x', 'y', 't', 'n'))
    subject = _numbers(file, 'subjects', 1) if 'subjects' in file else np.full(len(x), -1.0)
    return np.column_stack([np.trunc(x), np.trunc(y), subject, t, n])


def _trains(file):
    x, y, t = (_numbers(file, 'train_' + name, 2) for name in ('xs', 'ys', 'ts'))
    n, subject = (_numbers(file, 'train_' + name, 1) for name in ('ns', 'subjects'))
    subject, n = (np.broadcast_to(each[:, np.newaxis], x.shape) for each in (subject, n))
    there = ~np.isnan(x)
    return np.column_stack(
        [each[there] for each in (np.trunc(x), np.trunc(y), subject, t, n)]
    ).reshape(-1, 5)


def _numbers(file, name, axes):
    dataset = hdf5_files.item(file, name)
    if dataset.dtype.kind not in 'iuf' or dataset.ndim != axes:
        raise ValueError(f'{name}: {dataset.dtype} of shape {dataset.shape}')
    allow_dataset(dataset)
    return dataset[()].astype('float64')
