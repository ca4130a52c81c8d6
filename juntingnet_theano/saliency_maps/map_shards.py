"""Shards: files of several thousand maps each, where there would be too many.

A shard is a ZIP, or an HDF5 file for pysaliency's forms: ``maps-000000.zip``.
A hidden note beside it says which pictures it was made of, and which of them
were left out. It is written last.

>>> import tempfile
>>> folder = tempfile.mkdtemp()
>>> path(folder, 7, 'png8') == os.path.join(folder, 'maps-000007.zip')
True
>>> write_note(path(folder, 7, 'png8'), ['a', 'b'], [])
>>> read_note(path(folder, 7, 'png8'), ['a', 'b']) is None   # there is no shard
True
"""

import contextlib
import hashlib
import json
import os
import re
from typing import Any, Iterable, List, Optional, Sequence

from juntingnet_theano.errors import BadFile
from juntingnet_theano.files import urls, writing
from juntingnet_theano.saliency_maps import map_hdf5, map_zips

_NAME = re.compile(r'maps-\d{6,}\.(zip|hdf5)')


def path(folder: str, number: int, form: str) -> str:
    """Where a shard lies.

    Parameters
    ----------
    folder : str
    number : int
        From 0.
    form : str
        Of its maps.

    Returns
    -------
    str
    """
    extension = '.hdf5' if form in map_hdf5.FORMS else map_zips.EXTENSION
    return os.path.join(folder, f'maps-{number:06d}{extension}')


def is_shard(name: str) -> bool:
    """Whether a file is called as a shard is.

    >>> is_shard('maps-000007.zip'), is_shard('maps-7.zip')
    (True, False)
    """
    return _NAME.fullmatch(name) is not None


def write_note(shard: str, names: Sequence[str], left_out: Iterable[BadFile]) -> None:
    """Say what a shard that is complete was made of.

    Parameters
    ----------
    shard : str
        Its path.
    names : sequence of str
        Of all its pictures.
    left_out : iterable of BadFile
        One for each picture that has no map in it.
    """
    content = {'pictures': _digest(names), 'left_out': [error.args for error in left_out]}
    with writing.atomic_path(_note(shard)) as part, open(part, 'w', encoding='utf-8') as file:
        json.dump(content, file)


def read_note(shard: str, names: Sequence[str]) -> Optional[List[Any]]:
    """What a shard of these pictures left out.

    Parameters
    ----------
    shard, names
        As for `write_note`.

    Returns
    -------
    list of BadFile, or None
        None where there is no such shard, or it was made of other pictures.
    """
    if not urls.exists(shard):
        return None
    with contextlib.suppress(BadFile, ValueError, KeyError, TypeError):
        with urls.opened(_note(shard), 'reading a note on maps') as file:
            found = json.load(file)
        if found['pictures'] == _digest(names):
            return [BadFile(*each) for each in found['left_out']]
    return None


def _note(shard):
    folder, name = os.path.split(shard)
    return os.path.join(folder, f'.{os.path.splitext(name)[0]}.json')


def _digest(names):
    return hashlib.sha256('\0'.join(names).encode('utf-8', 'surrogateescape')).hexdigest()
