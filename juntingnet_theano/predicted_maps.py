"""Maps to be scored: a folder, a submission's archive, or a run.

Each kind says which images it has maps of and gives them one by one, not yet
decoded, so that worker processes can do that. `evaluation` stands above.

>>> import os, tempfile
>>> folder = tempfile.mkdtemp()
>>> np.save(os.path.join(folder, 'a.npy'), np.eye(2))
>>> maps = opened(folder, ['a', 'b'], 'validation')
>>> sorted(maps.names)
['a']
>>> decoded(next(maps.read(['a']))).tolist()
[[1.0, 0.0], [0.0, 1.0]]
"""
import base64
import io
import os
import zipfile

import numpy as np

from juntingnet_theano import cell_arrays, result_json, saliency_maps
from juntingnet_theano.errors import BadFile, MissingFiles

PARTS = {'validation': 'val', 'testing': 'test', 'training': 'train'}
"""Split -> how SALICON's archives call it."""

PREDICTIONS = 'predictions'
LARGEST_MEMBER = 8 * saliency_maps.MAX_PIXELS
_DOING = 'opening predictions'
_EXPECTED = ('a folder of maps (.png, .npy, .mat), a run with {}/, LSUN\'s '
             'results.mat or .zip, SALICON\'s results.zip or .json'.format(
                 PREDICTIONS))


def opened(path, names, split):
    """Predictions of whatever kind lies at a path.

    Parameters
    ----------
    path : str
        A folder of map files named as the images; a run's folder, whose maps
        lie in ``predictions/<split>`` or ``predictions``; LSUN's cell array
        (.mat) in the order of the split; a ZIP of map files; SALICON's
        archive or one of its JSON files.
    names : sequence of str
        Of all images of the split, in its order.
    split : str
        One of `records.SPLITS`.

    Returns
    -------
    object
        With ``names``, the set of images there are maps of, and
        ``read(names)``, an iterator of what `decoded` takes, in that order.

    Raises
    ------
    MissingFiles
        There is nothing at `path`, or a run without predictions.
    BadFile
        It is none of these.
    """
    if not os.path.exists(path):
        raise MissingFiles(_DOING, 'there is no {}'.format(path), _EXPECTED,
                           'juntingnet predict --help')
    if os.path.isdir(path):
        return Folder(_of_run(path, split))
    extension = os.path.splitext(path)[1].lower()
    if extension == '.mat':
        return Cells(path, names)
    if extension == '.json':
        with open(path, 'rb') as file:
            return Pictures(file, path, names)
    if extension == '.zip' and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            listed = archive.namelist()
            found = result_json.members(listed, PARTS[split])
            if not any(name.endswith('.json') for name in listed):
                return Members(path, listed)
            if len(found) == 1:
                with archive.open(found[0]) as file:
                    return Pictures(file, path, names)
            raise BadFile(_DOING, '{}: {} files {}'.format(
                path, len(found), result_json.FILE.format(
                    PARTS[split], '*')), 'one')
    raise BadFile(_DOING, path, _EXPECTED)


def decoded(payload):
    """The map of what ``read`` gave.

    Parameters
    ----------
    payload : str, (str, bytes) or array
        A file's path, a file's name and content, or numbers.

    Returns
    -------
    float array, H x W

    Raises
    ------
    BadFile
        It is no map of finite numbers.
    """
    if isinstance(payload, str):
        return saliency_maps.read(payload)
    if isinstance(payload, tuple):
        name, content = payload
        return saliency_maps.decode(io.BytesIO(content), name)
    values = np.asarray(payload)
    if values.dtype.kind not in 'buif' or values.ndim != 2 or (
            not values.size or not np.isfinite(values).all()):
        raise BadFile('reading a cell', '{} of shape {}'.format(
            values.dtype, values.shape), 'a map of finite numbers')
    return values


class Folder(object):
    """Map files named as the images.

    Parameters
    ----------
    path : str
    """

    def __init__(self, path):
        self._paths = {}
        for entry in sorted(os.listdir(path)):
            stem, extension = os.path.splitext(entry)
            if entry.startswith('.') or (
                    extension.lower() not in saliency_maps.EXTENSIONS):
                continue
            if stem in self._paths:
                raise BadFile(_DOING, '{}: two maps, {} and {}'.format(
                    path, os.path.basename(self._paths[stem]), entry),
                    'one map for each image')
            self._paths[stem] = os.path.join(path, entry)
        self.names = set(self._paths)

    def read(self, names):
        """Paths of the images' maps."""
        return (self._paths[name] for name in names)


class Members(object):
    """A ZIP of map files named as the images, in whatever folder.

    Parameters
    ----------
    path : str
    listed : sequence of str
        The archive's names.
    """

    def __init__(self, path, listed):
        self._path, self._members = path, {}
        for member in listed:
            stem, extension = os.path.splitext(os.path.basename(member))
            if extension.lower() in saliency_maps.EXTENSIONS and (
                    not stem.startswith('.')):
                self._members[stem] = member
        self.names = set(self._members)

    def read(self, names):
        """Names and contents of the images' map files."""
        with zipfile.ZipFile(self._path) as archive:
            for name in names:
                member = self._members[name]
                if archive.getinfo(member).file_size > LARGEST_MEMBER:
                    raise BadFile(_DOING, '{}: {} is too large'.format(
                        self._path, member), 'map files')
                yield member, archive.read(member)


class Cells(object):
    """LSUN's cell array: as many maps as the split has images, unnamed.

    Parameters
    ----------
    path : str
    names : sequence of str
        Of the split's images, in its order.
    """

    def __init__(self, path, names):
        found = cell_arrays.count(path)
        if found != len(names):
            raise BadFile(_DOING, '{}: {} cells'.format(path, found),
                          '{}, one for each image of the split, as their '
                          'order alone says whose they are'.format(
                              len(names)))
        self._path, self._order = path, list(names)
        self.names = set(names)

    def read(self, names):
        """Arrays of the images' maps; `names` in the split's order."""
        wanted = set(names)
        for name, cell in zip(self._order, cell_arrays.read(self._path)):
            if name in wanted:
                yield cell


class Pictures(object):
    """SALICON's result file: pictures in base64 by the image's number.

    Parameters
    ----------
    file : binary file object
    path : str
        Its name, for messages.
    names : sequence of str
        Of the split's images.
    """

    def __init__(self, file, path, names):
        known = {result_json.image_id(name): name for name in names}
        self._pictures = {}
        for item in result_json.items(file):
            number = str(item.get('image_id'))
            name = known.get(int(number) if number.isdecimal() else None,
                             'image_id ' + number)
            if name in self._pictures:
                raise BadFile(_DOING, '{}: {} twice'.format(path, name),
                              'one map for each image')
            try:
                self._pictures[name] = base64.b64decode(item['saliency_map'])
            except (KeyError, TypeError, ValueError) as error:
                raise BadFile(_DOING, '{}: {}: {!r}'.format(
                    path, name, error), 'saliency_map in base64')
        self.names = set(self._pictures)

    def read(self, names):
        """Names and contents of the images' pictures."""
        return ((name + '.png', self._pictures[name]) for name in names)


def _of_run(folder, split):
    """The folder of maps: of a run, the one of its predictions."""
    if not os.path.exists(os.path.join(folder, 'settings.toml')):
        return folder
    within = os.path.join(folder, PREDICTIONS)
    for path in (os.path.join(within, split), within):
        if os.path.isdir(path):
            return path
    raise MissingFiles(
        _DOING, 'the run {} has no predictions'.format(folder), within,
        'juntingnet predict --run {} --dataset NAME --split {} --form npy '
        '--out {}'.format(folder, split, os.path.join(within, split)))
