"""Maps of many pictures in one HDF5 file, as pysaliency reads and writes them.

One dataset per picture, under the end of its file's name, with extension:
``a.jpg``, ``Action/001.jpg``. `MapFile` takes the place of `MapFolder`.

>>> import tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'maps.hdf5')
>>> with MapFile(path, 'pysaliency') as file:
...     file.write('a/b', 'pictures/a/b.JPG', np.eye(2))
>>> maps = Stored(path)
>>> maps.paths, maps.read('a/b.JPG').tolist()
(['a/b.JPG'], [[1.0, 0.0], [0.0, 1.0]])
"""

import contextlib
import os
from typing import Any, List, Optional, Tuple, Union

import numpy as np

from juntingnet_theano.errors import BadFile, JuntingNetError
from juntingnet_theano.files.outside import allow_dataset
from juntingnet_theano.files.writing import atomic_path, provenance
from juntingnet_theano.saliency_maps.maps import checked
from juntingnet_theano.saliency_maps.striped import Striped, of_array, whole

FORMS = {
    'pysaliency': "saliency maps, for pysaliency's HDF5SaliencyMapModel",
    'log-density': "logarithms of densities, for pysaliency's HDF5Model",
}
EXTENSIONS = ('.hdf5', '.h5')
TOLERANCE = 0.01
"""How far the logarithm of a density's sum may be from 0; pysaliency's."""
_DOING = 'reading maps'


class MapFile:
    """One file for the maps of all stimuli; it has its name when all are in.

    Parameters
    ----------
    path : str
        A file that ends in ``.hdf5`` or ``.h5``; another one is a folder, in
        which the file has the name of its form.
    form : str
        A key of `FORMS`.

    Raises
    ------
    CannotWrite
        As `atomic_path`.
    """

    def __init__(self, path: str, form: str) -> None:
        self.path = file_path(path, form)
        self._form, self._stack = form, contextlib.ExitStack()

    def __enter__(self) -> 'MapFile':
        from juntingnet_theano.files import hdf5_files  # most maps are no HDF5

        with contextlib.ExitStack() as stack:
            part = stack.enter_context(atomic_path(self.path))
            self._file, self._check = stack.enter_context(hdf5_files.created(part))
            self._file.attrs.update(form=self._form, **provenance())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: Any) -> Optional[bool]:
        return self._stack.__exit__(*exception)

    def __getstate__(self):
        # Worker processes ask for names and write nothing.
        return {'path': self.path, '_form': self._form}

    def target(self, name: str, image: Any) -> str:
        """Name of a stimulus' dataset.

        Raises
        ------
        BadFile
            For a name with parts that mean something else in HDF5.
        """
        return member(name, '.png' if isinstance(image, np.ndarray) else os.path.splitext(image)[1])

    def write(self, name: str, image: Any, saliency_map: Union[np.ndarray, Striped]) -> None:
        """Write a map.

        Parameters
        ----------
        name, image
            As in `target`.
        saliency_map : float array, H x W, or striped.Striped
        """
        self._file.create_dataset(
            self.target(name, image),
            data=whole(of_array(saliency_map)),
            compression='gzip',
            compression_opts=1,
            shuffle=True,
        )
        self._check()


def member(name: str, extension: str) -> str:
    """The name of a map within a file of many.

    Raises
    ------
    BadFile
        For parts that mean something else there, or what is no Unicode.

    >>> member('a/b', '.png')
    'a/b.png'
    """
    if any(part in ('', '.', '..') for part in name.split('/')) or '\0' in name:
        raise BadFile(f'predicting {name}', 'its name leads elsewhere', 'a plain name')
    if any('\ud800' <= mark <= '\udfff' for mark in name + extension):
        raise BadFile(f'predicting {name}', 'its name is not valid Unicode', 'another name')
    return name + extension


def file_path(path: str, form: str) -> str:
    """The file that `MapFile` writes.

    >>> file_path('a.h5', 'pysaliency'), file_path('a', 'log-density')
    ('a.h5', 'a/log-density.hdf5')
    """
    if os.path.splitext(path)[1].lower() in EXTENSIONS:
        return path
    return os.path.join(path, form + '.hdf5')


class Stored:
    """The maps of such a file, whoever wrote it.

    Parameters
    ----------
    path : str

    Attributes
    ----------
    paths : list of str
        Names of its datasets.

    Raises
    ------
    MissingFiles, BadFile
        There is no such file, or it is damaged.
    """

    def __init__(self, path: str) -> None:
        import h5py

        from juntingnet_theano.files import hdf5_files

        self._path, self.paths = path, []
        with _opened(path) as file:
            waiting: List[Tuple[str, Any]] = [('', file)]
            while waiting:
                prefix, group = waiting.pop()
                for name in group:
                    item = hdf5_files.item(group, name)
                    if isinstance(item, h5py.Group):
                        waiting.append((prefix + name + '/', item))
                    else:
                        self.paths.append(prefix + name)
        self.paths.sort()

    def read(self, path: str) -> np.ndarray:
        """Numbers of one map.

        Parameters
        ----------
        path : str
            One of `paths`.

        Returns
        -------
        float32 array, H x W
            As `maps.checked` gives it; of logarithms of a density, the density
            itself.

        Raises
        ------
        BadFile
        """
        from juntingnet_theano.files import hdf5_files

        with _opened(self._path) as file:
            dataset = hdf5_files.item(file, path)
            if dataset.ndim != 2 or dataset.dtype.kind not in 'buif':
                raise ValueError(f'{path}: {dataset.dtype} of shape {dataset.shape}')
            allow_dataset(dataset)
            return checked(as_density(dataset[()]))


def as_density(values: np.ndarray) -> np.ndarray:
    """A density from its logarithms; other maps as they are.

    >>> as_density(np.log(np.full((2, 2), 0.25))).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    if values.size and values.dtype.kind == 'f' and values.max() <= 0 and values.min() < 0:
        found = np.exp(values.astype('float64'))
        if abs(np.log(max(found.sum(), 1e-300))) <= TOLERANCE:
            return found
    return values


@contextlib.contextmanager
def _opened(path):
    from juntingnet_theano.files import hdf5_files

    try:
        with hdf5_files.opened(path, _DOING) as file:
            yield file
    except JuntingNetError:
        raise
    except Exception as error:  # h5py raises anything where a file is broken
        raise BadFile(
            _DOING, f'{path}: {error}', 'an HDF5 file with a map of each picture'
        ) from None
