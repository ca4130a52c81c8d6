"""Fetch, verify and unpack a data set, as the registry says.

Files that exist are not fetched: an archive that somebody put into the folder of
the set is verified and unpacked like a download.

>>> import os, tempfile
>>> root = tempfile.mkdtemp()
>>> [need.path for need in missing(registry.entry('toronto'), root)]
['eyetrackingdata.zip']
>>> os.mkdir(os.path.join(root, 'eyetrackingdata'))
>>> open(os.path.join(root, 'eyetrackingdata', 'a'), 'w').close()
>>> missing(registry.entry('toronto'), root)
[]
"""

import os
from typing import Any, Callable, List, NamedTuple, Optional
from urllib.parse import urlsplit

from juntingnet_theano.datasets import registry
from juntingnet_theano.errors import BadFile, DownloadFailed
from juntingnet_theano.files import archives, transfer, writing
from juntingnet_theano.files.http_answers import Failed, Patience
from juntingnet_theano.progress import byte_progress, progress


class Need(NamedTuple):
    """A file of the registry that a folder lacks, and its `path` in it."""

    file: registry.File
    path: str


def missing(entry: registry.Entry, root: str) -> List[Need]:
    """The files of a data set that a folder lacks, packed and unpacked.

    Parameters
    ----------
    entry : registry.Entry
    root : str

    Returns
    -------
    list of Need
    """
    return [
        need
        for need in _needs(entry)
        if not _is_there(need, root) and not os.path.isfile(os.path.join(root, need.path))
    ]


def download(
    entry: registry.Entry,
    root: str,
    proxy: Optional[str] = None,
    patience: Patience = Patience(),
    say: Callable[[str], object] = print,
    watch_bytes: Callable[..., Any] = byte_progress,
    watch: Callable[..., Any] = progress,
) -> None:
    """Fetch what is missing, verify it and unpack it.

    Parameters
    ----------
    entry : registry.Entry
    root : str
        The folder of the set; made if it is missing.
    proxy : str, optional
        Address of a proxy; the environment's if not given.
    patience : Patience
    say : callable
        Takes a line for the user.
    watch_bytes, watch : callable
        See `progress`.

    Raises
    ------
    DownloadFailed
        After all files were tried: those that did not come, each with its
        addresses and causes, and where to put it by hand.
    NotEnoughSpace
        Before anything is fetched, if sizes are known.
    Busy
        Where another process downloads into the folder.
    """
    doing = 'downloading ' + entry.name
    needs = missing(entry, root)
    writing.check_space(root, sum(_room(need.file) for need in needs), doing)
    with writing.locked(os.path.join(root, 'download'), doing):
        fetching = _Fetching(root, proxy, patience, watch_bytes)
        failures = fetching.all(needs)
        failures += [
            failure
            for failure in (
                _unpack(need, root, say, watch)
                for need in _needs(entry)
                if not _is_there(need, root) and os.path.isfile(os.path.join(root, need.path))
            )
            if failure
        ]
    if failures:
        raise DownloadFailed(
            doing, _report(entry, root, failures, fetching.is_cut_off), None, _advice(entry, root)
        )


def _needs(entry):
    return [Need(file, os.path.join(file.place, file.name)) for file in entry.files]


def _is_there(need, root):
    """Whether a file was unpacked, by this program or by hand.

    A file that is no archive counts here only when its hash is not known:
    else it is verified each time.
    """
    archive = os.path.join(root, need.path)
    if need.file.unpack is None:
        return need.file.hash is None and os.path.isfile(archive)
    if archives.is_complete(archive, root):
        return True
    # An archive that lies there is unpacked, whatever else lies there.
    return not (os.path.isfile(archive) or archives.is_partial(archive, root)) and all(
        _has(root, path) for path in need.file.gives
    )


def _has(root, path):
    full = os.path.join(root, path)
    if not path.endswith('/'):
        return os.path.isfile(full)
    return os.path.isdir(full) and bool(os.listdir(full))


def _room(file):
    """Bytes that a file takes, packed and unpacked; 0 if unknown."""
    return (file.bytes or 0) * (1 if file.unpack is None else 2)


class _Fetching:
    """Tries every address of every file; remembers hosts that do not answer."""

    def __init__(self, root, proxy, patience, watch):
        self._root, self._proxy = root, proxy
        self._patience, self._watch = patience, watch
        self._gone, self._reached = set(), False

    @property
    def is_cut_off(self):
        """Whether hosts were asked and none of them answered."""
        return bool(self._gone) and not self._reached

    def all(self, needs):
        """(need, causes) of each file that did not come."""
        tried = [(need, self._one(need)) for need in needs]
        return [(need, causes) for need, causes in tried if causes]

    def _one(self, need):
        """Causes, an address each; none where the file came."""
        causes = []
        for url, page in zip(need.file.urls, need.file.pages):
            cause = self._try(url, need)
            if cause is None:
                return []
            causes.append(f'{page}: {cause}')
        return causes

    def _try(self, url, need):
        host = urlsplit(url).netloc or registry.DRIVE
        if host in self._gone:
            return 'not tried, the host did not answer before'
        try:
            transfer.fetch(
                url,
                os.path.join(self._root, need.path),
                need.file.hash,
                self._proxy,
                self._patience,
                self._watch,
                size=need.file.bytes,
            )
        except Failed as failure:
            if failure.unreachable:
                self._gone.add(host)
            else:
                self._reached = True
            return failure.cause
        self._reached = True
        return None


def _unpack(need, root, say, watch):
    """Verify a file that lies there and unpack it; (need, causes) if bad."""
    path = os.path.join(root, need.path)
    wrong = transfer.mismatch(path, need.file.hash)
    if wrong is not None:
        return need, ['it is there, but it is another file: ' + wrong]
    if need.file.unpack is None:
        return None
    try:
        count = archives.unpack(
            path,
            root,
            need.file.unpack,
            lambda names: watch(names, 'unpacking ' + need.file.name, 'files'),
        )
    except BadFile as error:
        return need, [f'{error.got}; {error.hint}']
    say(f'unpacked {path}: {count:,} files')
    return None


def _report(entry, root, failures, is_cut_off):
    cut_off = 'no host could be reached; ' if is_cut_off else ''
    lines = [f'{cut_off}{len(failures)} of {len(entry.files)} files are not there:']
    for need, causes in failures:
        lines.append(f'    {os.path.join(root, need.path)}  ({need.file.about})')
        lines.extend('        ' + cause for cause in causes)
    lines.append('  host: ' + entry.host)
    lines.extend(f'  mirror: {mirror.url}: {mirror.use}' for mirror in entry.mirrors)
    return '\n'.join(lines)


def _advice(entry, root):
    again = f'juntingnet download {entry.name} --raw {root}'
    if entry.dead:
        return (
            'get the files from somebody who has them, put them there, and type: '
            f'{again} (it verifies and unpacks them)'
        )
    return (
        f'type {again} again (it continues where it stopped); or fetch the '
        'files with a browser, put them there, and type it then (it '
        'verifies and unpacks them)'
    )
