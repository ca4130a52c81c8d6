"""Weights that need no training: ``pretrained.toml`` lists them.

>>> [each.name for each in entries()]
['isun', 'published']
>>> entry('publisched')
Traceback (most recent call last):
    ...
juntingnet_theano.errors.BadSetting: While ...
"""

import os
import sys
from typing import Any, List, NamedTuple, Optional

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from juntingnet_theano.errors import BadSetting, CannotWrite, DownloadFailed, did_you_mean
from juntingnet_theano.files.writing import check_space

DEFAULT = 'isun'
PACKAGE = os.path.dirname(os.path.abspath(__file__))


class Entry(NamedTuple):
    """Weights that need no training.

    Attributes
    ----------
    name, title, licence : str
    path : str or None
        Where they lie in the package.
    url : str or None
        Where they are fetched from.
    bytes : int or None
        Size of what is fetched, about.
    """

    name: str
    title: str
    licence: str
    path: Optional[str] = None
    url: Optional[str] = None
    bytes: Optional[int] = None

    @property
    def place(self) -> Optional[str]:
        """Full path in the package, or None."""
        return self.path and os.path.join(PACKAGE, *self.path.split('/'))


def entries() -> List[Entry]:
    """All `Entry`, in the order of the file."""
    with open(os.path.join(PACKAGE, 'pretrained.toml'), 'rb') as file:
        return [Entry(name, **values) for name, values in tomllib.load(file).items()]


def entry(name: str) -> Entry:
    """The `Entry` of a name.

    Raises
    ------
    BadSetting
        For an unknown name, with the nearest one.
    """
    known = {each.name: each for each in entries()}
    if name not in known:
        raise BadSetting(
            'choosing weights', repr(name), did_you_mean(name, known), 'juntingnet weights list'
        )
    return known[name]


def fetch(name: str, path: str, proxy: Optional[str] = None, **options: Any) -> None:
    """Fetch weights; resume a download that was cut short.

    Parameters
    ----------
    name : str
        Of an entry with a `url`.
    path : str
        File to write; what is there already stays.
    proxy : str, optional
        As in `transfer.fetch`, which takes the other `options` too.

    Raises
    ------
    BadSetting
        For an unknown name, or weights that come with the package.
    DownloadFailed
        Where the server did not send the file; names its address.
    NotEnoughSpace, Busy
        As `transfer.fetch`.
    """
    # Imported here: opening a model needs no HTTP.
    from juntingnet_theano.files import http_answers, transfer

    chosen = entry(name)
    doing = 'fetching the weights ' + name
    if chosen.url is None or chosen.bytes is None:
        raise BadSetting(doing, f'they come with the package: {chosen.place}', 'others')
    if os.path.isfile(path):
        return
    if os.path.lexists(path):
        raise CannotWrite(doing, path + ' exists and is not a file', 'a name that is free')
    check_space(os.path.dirname(os.path.abspath(path)), chosen.bytes, doing)
    try:
        transfer.fetch(chosen.url, path, proxy=proxy, size=chosen.bytes, **options)
    except http_answers.Failed as failure:
        raise DownloadFailed(
            doing,
            f'{chosen.url}: {failure.cause}',
            None,
            'fetch it with a browser, and: juntingnet weights import FILE',
        ) from failure
