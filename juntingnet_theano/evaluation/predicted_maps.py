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

import base64
import contextlib
import io
import itertools
import os
import tempfile
from typing import Any, BinaryIO, ContextManager, Dict, Iterable, Iterator, Sequence, Union

import numpy as np

from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.files import outside
from juntingnet_theano.saliency_maps import map_archives, map_hdf5, map_names, map_shards
from juntingnet_theano.saliency_maps import maps as saliency_maps
from juntingnet_theano.submission import cell_arrays, result_json

PARTS = {'validation': 'val', 'testing': 'test', 'training': 'train'}
"""Split -> how SALICON's archives call it."""

PREDICTIONS = 'predictions'
SPOOLED = 1 << 27
"""Bytes of a result file's pictures that are held in memory."""

_DOING = 'opening predictions'
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
        raise MissingFiles(_DOING, f'there is no {path}', _EXPECTED, 'juntingnet predict --help')
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
        with outside.opened(path, _DOING) as file:
            return Pictures(file, path, names)
    else:
        raise BadFile(_DOING, path, _EXPECTED)
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
        raise BadFile(
            _DOING,
            '{}: {} files {} and {} maps'.format(
                path, len(found), result_json.FILE.format(PARTS[split], '*'), len(maps)
            ),
            'maps, or one such file',
        )
    with source.open(found[0]) as file:
        return Pictures(file, path, names)


def _named(paths, names, source):
    """`map_names.named`, where two maps of one image are an error."""
    found, twins = map_names.named(paths, names)
    if twins:
        raise BadFile(_DOING, f'{source}: ' + '; '.join(twins[:10]), 'one map for each image')
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


class Folder:
    """Files of a folder.

    Parameters
    ----------
    path : str

    Attributes
    ----------
    paths : list of str
        Relative, with forward slashes.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.paths = map_names.of_folder(path, _DOING)

    def payloads(self, paths: Iterable[str]) -> Iterator[Any]:
        """What `decode` takes of each file."""
        return (os.path.join(self._path, path) for path in paths)

    def open(self, path: str) -> ContextManager[BinaryIO]:
        """A file, opened."""
        return outside.opened(os.path.join(self._path, path), _DOING)


class Archive:
    """Files of a ZIP; parameters and attributes as of `Folder`."""

    def __init__(self, path: str) -> None:
        self._path = path
        with map_archives.opened(path, _DOING) as archive:
            # Some programs write Windows' separators.
            self._members = [
                (name.replace('\\', '/'), name)
                for name in archive.namelist()
                if map_names.is_seen(name)
            ]
        self.paths = [name for name, _ in self._members]

    def payloads(self, paths: Iterable[str]) -> Iterator[Any]:
        """What `decode` takes of each file."""
        members = dict(self._members)
        with map_archives.opened(self._path, _DOING) as archive:
            for path in paths:
                try:
                    payload = path, map_archives.content(archive, members[path], _DOING)
                except BadFile as error:
                    payload = error
                yield payload

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[Any]:
        """A file, opened."""
        member = dict(self._members)[path]
        with map_archives.opened(self._path, _DOING) as archive, map_archives.part(
            archive, member, _DOING
        ) as file:
            yield file


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
            raise BadFile(
                _DOING, f'{path}: two maps that differ in extension', 'one for each image'
            )
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
                        _DOING,
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


class Cells:
    """LSUN's cell array: as many maps as the split has images, unnamed.

    Parameters
    ----------
    path : str
    names : sequence of str
        Of the split's images, in its order.
    """

    def __init__(self, path: str, names: Sequence[str]) -> None:
        found = cell_arrays.count(path)
        if found != len(names):
            raise BadFile(
                _DOING,
                f'{path}: {found} cells',
                f'{len(names)}, one for each image of the split, since only '
                'their order says which image each belongs to',
            )
        self._path, self._order = path, list(names)
        self.names = set(names)

    def read(self, names: Iterable[str]) -> Iterator[Any]:
        """Arrays of the images' maps; `names` in the split's order."""
        wanted = set(names)
        for name, cell in zip(self._order, cell_arrays.read(self._path)):
            if name in wanted:
                yield cell


class Pictures:
    """SALICON's result file: pictures in base64 by the image's number.

    Parameters
    ----------
    file : binary file object
    path : str
        Its name, for messages.
    names : sequence of str
        Of the split's images.
    """

    def __init__(self, file: BinaryIO, path: str, names: Sequence[str]) -> None:
        known = {result_json.parse_image_id(name): name for name in names}
        # Thousands of pictures: in memory only while they are small.
        self._file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - lives as long as this
        self._places = {}
        for item in result_json.read_items(file):
            number = result_json.parse_image_id(item.get('image_id'))
            name = known.get(number, 'image_id {:.40}'.format(str(item.get('image_id'))))
            if name in self._places:
                raise BadFile(_DOING, f'{path}: {name} twice', 'one map for each image')
            try:
                picture = base64.b64decode(item['saliency_map'])
            except (KeyError, TypeError, ValueError) as error:
                raise BadFile(
                    _DOING, f'{path}: {name}: {error!r:.200}', 'saliency_map in base64'
                ) from None
            self._places[name] = self._file.tell(), len(picture)
            self._file.write(picture)
        self.names = set(self._places)

    def read(self, names: Iterable[str]) -> Iterator[Any]:
        """Names and contents of the images' pictures."""
        for name in names:
            start, length = self._places[name]
            self._file.seek(start)
            yield name + '.png', self._file.read(length)


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
        _DOING,
        f'the run {source} has no predictions of {split}',
        os.path.join(source, PREDICTIONS),
        f'juntingnet predict --run {source} --dataset NAME --split {split} --form npy '
        f'--out {target}',
    )
