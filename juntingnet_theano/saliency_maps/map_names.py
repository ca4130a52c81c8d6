"""Which file of a folder, an archive or a run is the map of which image.

One rule serves all three. Two maps of one image are reported by name:

>>> found, twins = named(['maps/Action/001.png', 'maps/overlays/b.jpg',
...                       'maps/b.npy', 'maps/b.png', 'info.json'],
...                      ['Action/001', 'b'])
>>> sorted(found.items())
[('Action/001', 'maps/Action/001.png'), ('b', 'maps/b.npy')]
>>> twins
['b: two maps, maps/b.npy and maps/b.png']
"""

import os
from typing import Dict, Iterable, List, Tuple

from juntingnet_theano.files import outside
from juntingnet_theano.names import key
from juntingnet_theano.saliency_maps.map_folders import OVERLAYS
from juntingnet_theano.saliency_maps.maps import EXTENSIONS

_OVERLAY = ('.jpg', '.jpeg')


def of_folder(folder: str, doing: str) -> List[str]:
    """Paths of all files in a folder and its sub-folders.

    Hidden files and folders, and links to folders, are skipped, as
    `pictures.stimuli` does.

    Parameters
    ----------
    folder : str
    doing : str
        For messages.

    Returns
    -------
    list of str
        Relative, with forward slashes.

    Raises
    ------
    BadFile
        The system refuses to list one of the folders.
    """
    found, waiting = [], ['']
    for prefix in waiting:  # grows while it is walked
        for entry in outside.entries(os.path.join(folder, prefix), doing):
            if entry.is_dir(follow_symlinks=False):
                if is_seen(entry.name):
                    waiting.append(prefix + entry.name + '/')
            elif is_seen(entry.name):
                found.append(prefix + entry.name)
    return found


def is_seen(path: str) -> bool:
    """Whether no part of a path is hidden, or what a Mac adds to archives."""
    return not any(part.startswith('.') or part == '__MACOSX' for part in path.split('/'))


def named(paths: Iterable[str], wanted: Iterable[str]) -> Tuple[Dict[str, str], List[str]]:
    """The maps among files, by the names of their images.

    A file is a map if its extension says so, unless it is a JPEG in a folder
    ``overlays``. A map belongs to the image whose name is the end
    of its path, the longest one: ``out/Action/001.png`` is the map of
    ``Action/001``. Case of letters and form of accents do not count where no
    image has exactly that name.

    Parameters
    ----------
    paths : iterable of str
        Relative, with forward slashes.
    wanted : iterable of str
        Names of the images.

    Returns
    -------
    dict of str to str
        Name -> path. A map that belongs to no image goes by its whole path
        without the extension.
    list of str
        A text for each pair of maps of one image.
    """
    wanted = list(wanted)
    names = {key(name): name for name in wanted}
    names.update((name, name) for name in wanted)
    found, keys, twins = {}, {}, []
    for path in sorted(filter(_is_map, paths)):
        stem = os.path.splitext(path)[0]
        name = _longest(stem, names) or stem
        # Of two images that only letters' case tells apart, each has a key.
        same = name if name in names else key(name)
        if same in keys:
            twins.append(f'{keys[same]}: two maps, {found[keys[same]]} and {path}')
            continue
        keys[same], found[name] = name, path
    return found, twins


def _is_map(path):
    *folders, name = path.split('/')
    extension = os.path.splitext(name)[1].lower()
    return extension in EXTENSIONS and not (OVERLAYS in folders and extension in _OVERLAY)


def _longest(stem, names):
    """The image whose name is the end of a path, or None."""
    parts = stem.split('/')
    for start in range(len(parts)):
        end = '/'.join(parts[start:])
        if end in names or key(end) in names:
            return names.get(end) or names[key(end)]
    return None
