"""Maps to be scored: a folder, a submission's archive, or a run.

Each kind lists the images that it has maps of, and yields the maps one by one,
undecoded, since worker processes decode them. `scoring` calls it.

>>> import os, tempfile
>>> import numpy as np
>>> folder = tempfile.mkdtemp()
>>> np.save(os.path.join(folder, 'a.npy'), np.eye(2))
>>> maps = open_maps(folder, ['a', 'b'], 'validation')
>>> sorted(maps.names)
['a']
>>> decode(next(maps.read(['a']))).tolist()
[[1.0, 0.0], [0.0, 1.0]]
"""

import io
import itertools
import os
from typing import Any, Dict, Iterable, Iterator, Sequence, Union

import numpy as np

from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.evaluation.file_sources import DOING, Archive, Folder
from juntingnet_theano.evaluation.result_files import Cells, Pictures
from juntingnet_theano.files import outside
from juntingnet_theano.saliency_maps import map_hdf5, map_names, map_shards
from juntingnet_theano.saliency_maps import maps as saliency_maps
from juntingnet_theano.submission import result_json

PARTS = {'validation': 'val', 'testing': 'test', 'training': 'train'}
"""Split -> how SALICON's archives call it."""

PREDICTIONS = 'predictions'
_EXPECTED = (
    f"a folder of maps (.png, .npy, .mat), a run with {PREDICTIONS}/, LSUN's "
    "results.mat or .zip, SALICON's results.zip or .json, pysaliency's .hdf5"
)


def open_maps(
    path: str, names: Sequence[str], split: str
) -> Union['Maps', 'Datasets', 'Cells', 'Pictures', 'Shards']:
    """Predictions of whatever kind lies at a path.

    Parameters
    ----------
    path : str
        A folder or a ZIP, with map files named as the images (`map_names`),
        a folder of shards (`map_shards`),
        a run, whose maps lie in ``predictions/<split>`` or ``predictions``,
        or SALICON's result file of the split; LSUN's cell array (.mat) in
        the order of the split; a result file of SALICON alone (.json);
        pysaliency's HDF5, with datasets named as the images' files.
    names : sequence of str
        Of all images of the split, in its order.
    split : str
        One of `records.SPLITS`.

    Returns
    -------
    object
        With ``names``, the set of images there are maps of, and
        ``read(names)``, an iterator of what `decode` takes, in that order.

    Raises
    ------
    MissingFiles
        There is nothing at `path`, or a run without predictions.
    BadFile
        It is none of these.
    """
    if not os.path.exists(path):
        raise MissingFiles(DOING, f'there is no {path}', _EXPECTED, 'juntingnet predict --help')
    extension = os.path.splitext(path)[1].lower()
    if os.path.isdir(path):
        source = Folder(path)
    elif extension == '.zip':
        source = Archive(path)
    elif extension == '.mat':
        return Cells(path, names)
    elif extension in map_hdf5.EXTENSIONS:
        return Datasets(path, names)
    elif extension == '.json':
        with outside.opened(path, DOING) as file:
            return Pictures(file, path, names)
    else:
        raise BadFile(DOING, path, _EXPECTED)
    paths = _of_run(source.paths, path, split)
    shards = [each for each in paths if map_shards.is_shard(os.path.basename(each))]
    if shards and isinstance(source, Folder):
        return Shards(source.payloads(shards), names, split)
    return _of_files(source, paths, path, names, split)


def _of_files(source, paths, path, names, split):
    """The files of a folder or an archive: maps, or one result file."""
    maps = _named(paths, names, path)
    results = {part: result_json.find_members(paths, part) for part in PARTS.values()}
    if not any(results.values()):
        return Maps(source, maps)
    found = results[PARTS[split]]
    if maps or len(found) != 1:
        files = f'{len(found)} files {result_json.FILE.format(PARTS[split], "*")}'
        raise BadFile(DOING, f'{path}: {files} and {len(maps)} maps', 'maps, or one such file')
    with source.open(found[0]) as file:
        return Pictures(file, path, names)


def _named(paths, names, source):
    """`map_names.named`, where two maps of one image are an error."""
    found, twins = map_names.named(paths, names)
    if twins:
        raise BadFile(DOING, f'{source}: ' + '; '.join(twins[:10]), 'one map for each image')
    return found


def decode(payload: Any) -> np.ndarray:
    """The map of what ``read`` gave.

    Parameters
    ----------
    payload : str, (str, bytes), array or BadFile
        A file's path, a file's name and content, numbers, or why there are
        none of these.

    Returns
    -------
    float array, H x W

    Raises
    ------
    BadFile
        It is no map of finite numbers.
    """
    if isinstance(payload, BadFile):
        raise payload
    if isinstance(payload, str):
        return saliency_maps.read(payload)
    if isinstance(payload, tuple):
        name, content = payload
        return saliency_maps.decode(io.BytesIO(content), name)
    try:
        return saliency_maps.checked(payload)
    except ValueError as error:
        raise BadFile('reading a cell', str(error), 'a map of finite numbers from 0') from None


class Maps:
    """Map files named as the images.

    Parameters
    ----------
    source : Folder or Archive
    paths : dict of str to str
        Name -> path within the source.
    """

    def __init__(self, source: Union[Folder, Archive], paths: Dict[str, str]) -> None:
        self._source, self._paths = source, paths
        self.names = set(paths)

    def read(self, names: Iterable[str]) -> Iterator[Any]:
        """Paths, or names and contents, of the images' map files."""
        return self._source.payloads(self._paths[name] for name in names)


class Datasets:
    """pysaliency's HDF5: a dataset for each image, called as its file.

    Parameters
    ----------
    path : str
    names : sequence of str
        Of the split's images.
    """

    def __init__(self, path: str, names: Sequence[str]) -> None:
        self._stored = map_hdf5.Stored(path)
        # As map files are told, whatever the extension of the picture.
        told = {os.path.splitext(each)[0] + '.npy': each for each in self._stored.paths}
        if len(told) < len(self._stored.paths):
            raise BadFile(DOING, f'{path}: two maps that differ in extension', 'one for each image')
        self._paths = {name: told[place] for name, place in _named(told, names, path).items()}
        self.names = set(self._paths)

    def read(self, names: Iterable[str]) -> Iterator[Union[np.ndarray, BadFile]]:
        """Arrays of the images' maps."""
        for name in names:
            try:
                yield self._stored.read(self._paths[name])
            except BadFile as error:
                yield error


class Shards:
    """Several files with the maps of some images each.

    Parameters
    ----------
    paths : iterable of str
    names, split
        As for `open_maps`.
    """

    def __init__(self, paths: Iterable[str], names: Sequence[str], split: str) -> None:
        self._shard_of: Dict[str, Any] = {}
        whence: Dict[str, str] = {}
        for path in paths:
            shard = open_maps(path, names, split)
            for name in sorted(shard.names):
                if name in whence:
                    raise BadFile(
                        DOING,
                        f'{name}: two maps, in {whence[name]} and {path}',
                        'one map for each image',
                    )
                self._shard_of[name], whence[name] = shard, path
        self.names = set(whence)

    def read(self, names: Iterable[str]) -> Iterator[Any]:
        """What `decode` takes of each image; a shard is opened once for
        neighbours."""
        for shard, neighbours in itertools.groupby(names, self._shard_of.__getitem__):
            yield from shard.read(neighbours)


def _of_run(paths, source, split):
    """Of a run, the files of its predictions; else all of them."""
    paths = sorted(paths)
    folders = [path[: path.rfind('/') + 1] for path in paths]
    top = os.path.commonprefix(folders)
    top = top[: top.rfind('/') + 1]
    if top + 'settings.toml' not in paths:
        return paths
    within = top + PREDICTIONS + '/'
    others = tuple(within + other + '/' for other in PARTS if other != split)
    for folder in (within + split + '/', within):
        found = [path for path in paths if path.startswith(folder) and not path.startswith(others)]
        if found:
            return found
    target = os.path.join(source, PREDICTIONS, split)
    raise MissingFiles(
        DOING,
        f'the run {source} has no predictions of {split}',
        os.path.join(source, PREDICTIONS),
        f'juntingnet predict --run {source} --dataset NAME --split {split} --form npy '
        f'--out {target}',
    )
