"""Files in stores that have addresses, such as ``s3://bucket/a.jpg``.

Every address goes through fsspec (extra ``[cluster]``), which uses one library for
each kind of store: s3fs, gcsfs, adlfs. Settings, keys and endpoints are those of
these libraries. The web is not a store: an address there may return anybody's
bytes, and cannot be listed.

>>> is_url('s3://bucket/a.jpg'), is_url('a.jpg'), is_url('C:/a.jpg')
(True, False, False)
"""

import contextlib
import io
import os
import posixpath
import re
import tempfile
import threading
from typing import Any, BinaryIO, Iterator, Optional, Tuple

from juntingnet_theano.errors import (
    BadFile,
    CannotWrite,
    DownloadFailed,
    MissingDependency,
    MissingFile,
)
from juntingnet_theano.files import outside

STORES = ('abfs', 'az', 'file', 'gcs', 'gs', 'hdfs', 'memory', 's3', 's3a', 'sftp', 'smb')
"""Kinds of stores whose folders can be listed and whose files are kept."""
LARGEST = 1 << 29
"""Bytes of a file, which is read as a whole."""
HINT = 'pip install fsspec'
_URL = re.compile(r'[a-zA-Z][a-zA-Z0-9+.-]+:(//|:.*://)')
_RENAMED = 'file', 'hdfs', 'sftp', 'smb'
"""Stores in which a file is seen while it is written."""
_kept = threading.local()


def is_url(path: Any) -> bool:
    """Whether a path is the address of something."""
    return isinstance(path, str) and _URL.match(path) is not None


def plain(path: str) -> str:
    """The path of a local file's address; others as they are.

    >>> plain('file:///a/b.jpg'), plain('s3://b/a.jpg'), plain('a.jpg')
    ('/a/b.jpg', 's3://b/a.jpg', 'a.jpg')
    """
    return path.partition('://')[2] if is_url(path) and _scheme(path) == 'file' else path


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Read each address once, in this thread, while the block runs."""
    _kept.found = {}
    try:
        yield
    finally:
        _kept.found = None


@contextlib.contextmanager
def opened(path: str, doing: str, limit: Optional[int] = None) -> Iterator[BinaryIO]:
    """Open a file for reading, as `outside.opened`; an address too.

    Parameters
    ----------
    path : str
    doing : str
        For messages.
    limit : int, optional
        The largest size in bytes.

    Yields
    ------
    binary file object
        At its beginning.

    Raises
    ------
    MissingFile, BadFile
        As `outside.opened`.
    DownloadFailed
        The store does not answer, or not as it should.
    MissingDependency
        The library that speaks to the store is not installed.
    """
    if not is_url(path):
        with outside.opened(path, doing, limit) as file:
            yield file
        return
    found = getattr(_kept, 'found', None)
    if found is None or path not in found:
        content = _content(path, doing, LARGEST if limit is None else limit)
        if found is not None:
            found[path] = content
    else:
        content = found[path]
    yield io.BytesIO(content)


def _content(url, doing, limit):
    with _told(url, doing):
        store, path = _store(url, doing)
        # fsspec's local files may be pipes.
        if getattr(store, 'local_file', False) and store.info(path)['type'] != 'file':
            raise BadFile(doing, f'{url} is not a regular file')
        size = None
        try:
            # One question to the store, and not another one for the size.
            content = store.cat_file(path, start=0, end=limit + 1)
        except (FileNotFoundError, PermissionError, IsADirectoryError):
            raise
        except Exception:  # some refuse ranges, and those of empty files
            size = store.info(path)['size']
            content = store.cat_file(path) if size and size <= limit else b''
        if len(content) > limit or size and size > limit:
            raise BadFile(doing, f'{url} is too large', f'at most {limit / 1e6:,.0f} MB')
        return content


def exists(path: str) -> bool:
    """Whether there is a file or folder; of an address too.

    Raises
    ------
    DownloadFailed, MissingDependency
        As `opened`.
    """
    if not is_url(path):
        return os.path.exists(path)
    with _told(path, 'looking for files'):
        store, inner = _store(path, 'looking for files')
        try:  # `exists` of some stores is False where nobody answers
            store.info(inner)
        except FileNotFoundError:
            return False
        return True


def is_folder(path: str) -> bool:
    """Whether there is a folder; of an address too.

    Raises
    ------
    DownloadFailed, MissingDependency
        As `opened`.
    """
    if not is_url(path):
        return os.path.isdir(path)
    with _told(path, 'looking for files'):
        store, inner = _store(path, 'looking for files')
        return store.isdir(inner)


def files(url: str, doing: str) -> Iterator[Tuple[str, str]]:
    """Files below a folder of a store, folder by folder: fsspec lists each of
    them as a whole.

    Parameters
    ----------
    url : str
    doing : str
        For messages.

    Yields
    ------
    (str, str)
        Path relative to `url`, with forward slashes; and address.

    Raises
    ------
    DownloadFailed, MissingDependency, BadFile
        As `opened`.
    """
    with _told(url, doing):
        store, top = _store(url, doing)
    waiting = [top]
    while waiting:
        here = waiting.pop()
        with _told(url, doing):
            listed = store.ls(here, detail=True)
        for entry in listed:
            name = entry['name'].rstrip('/')
            inner = posixpath.relpath(name, top)
            if inner == '.':  # the marker that some programs make for a folder
                continue
            if entry['type'] == 'directory':
                if not entry.get('islink'):
                    waiting.append(name)
            else:
                yield inner, store.unstrip_protocol(name)


def is_inside(url: str, folder: str) -> bool:
    """Whether an address is that of a folder, or of something in it.

    >>> is_inside('s3://b/a/c.jpg', 's3://b/a/'), is_inside('s3://b/ab', 's3://b/a')
    (True, False)
    """
    first, second = (each.partition('://')[2].strip('/') + '/' for each in (url, folder))
    return first.startswith(second)


@contextlib.contextmanager
def written(url: str) -> Iterator[str]:
    """Give a temporary file for an address, and send it when the block succeeds.

    Parameters
    ----------
    url : str

    Yields
    ------
    str
        Path of a file to be made.

    Raises
    ------
    CannotWrite
        The store refuses it, or does not answer.
    """
    doing = f'writing {url}'
    with tempfile.TemporaryDirectory() as folder:
        part = os.path.join(folder, posixpath.basename(url))
        yield part
        try:
            _send(part, url, doing)
        except (BadFile, MissingDependency):
            raise
        except Exception as error:  # each store has errors of its own
            raise CannotWrite(
                doing, _said(error), 'a store that takes it, and the right to'
            ) from error


def _send(part, url, doing):
    store, path = _store(url, doing)
    if _scheme(url) not in _RENAMED:
        store.put_file(part, path)
        return
    parent, name = posixpath.split(path)
    store.makedirs(parent, exist_ok=True)
    sent = f'{parent}/.part-{os.urandom(8).hex()}-{name}'
    store.put_file(part, sent)
    store.mv(sent, path)


def _scheme(url):
    """The kind of store; nothing for an address behind another one."""
    scheme, _, rest = url.partition(':')
    return scheme.lower() if rest.startswith('//') else ''


def _store(url, doing):
    """The file system of an address, and the path in it."""
    if _scheme(url) not in STORES:
        raise BadFile(
            doing,
            f'{url} is an address',
            'a file, or an address of a store: ' + ', '.join(f'{each}://' for each in STORES),
            'download it first',
        )
    try:
        import fsspec  # pyright: ignore[reportMissingImports]  (an extra)
    except ImportError as error:
        raise MissingDependency(doing, f'fsspec cannot be imported: {error}', None, HINT) from None
    try:
        return fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise MissingDependency(doing, f'{url}: {error}') from None


@contextlib.contextmanager
def _told(url, doing):
    """What stores raise, as our errors."""
    try:
        yield
    except FileNotFoundError:
        raise MissingFile(doing, f'there is no {url}') from None
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise BadFile(doing, f'{url}: {_said(error)}') from None
    except (BadFile, MissingDependency, DownloadFailed):
        raise
    except Exception as error:  # each store has errors of its own
        raise DownloadFailed(
            doing, f'{url}: {_said(error)}', 'a store that answers, and the right to read it'
        ) from error


def _said(error):
    return getattr(error, 'strerror', None) or str(error) or type(error).__name__
