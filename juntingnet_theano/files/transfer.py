"""Fetch one file over HTTP, and resume a broken transfer.

`pooch` chooses the temporary name, checks the hash and moves the file to its
place. `gdown` answers the question that Google Drive asks before it sends a
large file. Neither is safe with a bad server. Against the server of the tests
(pooch 1.9 with retries, gdown 6.5 with ``resume``) both started a broken
transfer again from its first byte, waited for ever for a server that sends a
byte now and then, and let ValueErrors and UnicodeDecodeErrors of a bad
``Location`` escape; gdown gave a web page the final name. So pooch gets our own
downloader. It resumes a broken transfer (``Range`` with ``If-Range``), waits
longer after each failure and then gives up, tells a web page from data, and keeps
a file with the wrong hash for inspection.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), 'a')
>>> open(path, 'w').close()
>>> mismatch(path, 'md5:d41d8cd98f00b204e9800998ecf8427e') is None
True
"""

import json
import os
import shutil
import time
from typing import Any, Callable, Optional

from juntingnet_theano.errors import NotEnoughSpace
from juntingnet_theano.files import http_answers, writing
from juntingnet_theano.files.http_answers import Again, Failed, Patience
from juntingnet_theano.names import printable
from juntingnet_theano.progress import byte_progress
from juntingnet_theano.version import __version__

DRIVE = 'gdrive:'
DRIVE_URL = 'https://drive.google.com/uc?export=download&id={}'
ASIDE = '.wrong-hash'  # behind the name of a file that is not what it should

BLOCK = 1 << 15  # what a break costs at most, and counts as progress
_LARGEST = 1 << 36  # of a file of unknown size
_PAGE = 1 << 20  # no page of Google Drive's is larger
_HEADERS = {
    'User-Agent': 'juntingnet_theano/' + __version__,
    # Offsets count the file's own bytes.
    'Accept-Encoding': 'identity',
}


def fetch(
    url: str,
    path: str,
    known_hash: Optional[str] = None,
    proxy: Optional[str] = None,
    patience: Patience = Patience(),
    watch: Callable[..., Any] = byte_progress,
    drive_url: str = DRIVE_URL,
    size: Optional[int] = None,
) -> None:
    """Fetch a file, or resume its transfer.

    Parameters
    ----------
    url : str
        ``http:``, ``https:`` or ``gdrive:ID``.
    path : str
        Final name, which the file gets when it is whole and its hash is
        right. Until then it lies in the hidden folder ``.<name>.fetch``.
    known_hash : str, optional
        ``md5:...`` or ``sha256:...``.
    proxy : str, optional
        Address of a proxy; those of the environment (``https_proxy``) if not
        given.
    patience : Patience
    watch : callable
        ``watch(label, total, done)``, see `progress.byte_progress`.
    drive_url : str
        Where Google Drive takes an ID.
    size : int, optional
        Bytes of the file, about. A server that sends more than four times as
        many is cut off.

    Raises
    ------
    Failed
        With the cause. A file of the wrong hash is kept as
        ``<name>.wrong-hash``.
    NotEnoughSpace
        When the server tells how large the file is.
    Busy
        Where another process fetches it.
    """
    import pooch

    pooch.get_logger().setLevel('WARNING')
    folder, name = os.path.split(os.path.abspath(path))
    staging = os.path.join(folder, f'.{name}.fetch')
    with writing.locked(path, 'downloading ' + name):
        writing.make_folder(staging)
        downloader = Resuming(path, staging, known_hash, proxy, patience, watch, drive_url, size)
        try:
            # Its type of a downloader has other names than its calls.
            take: Any = downloader
            pooch.retrieve(url, known_hash, fname=name, path=staging, downloader=take)
            os.replace(os.path.join(staging, name), path)
        finally:
            if not downloader.has_part:
                shutil.rmtree(staging)


def mismatch(path: str, known_hash: Optional[str]) -> Optional[str]:
    """What is wrong with a file's hash, in words; None where nothing is.

    Parameters
    ----------
    path : str
    known_hash : str or None
        ``md5:...`` or ``sha256:...``; None fits all files.
    """
    from pooch.hashes import file_hash

    if known_hash is None:
        return None
    algorithm, expected = known_hash.split(':')
    got = file_hash(path, alg=algorithm)
    return None if got == expected else f'{algorithm.upper()} expected {expected}, got {got}'


class Resuming:
    """A downloader for `pooch`; the parameters are those of `fetch`."""

    def __init__(
        self,
        path: str,
        staging: str,
        known_hash: Optional[str],
        proxy: Optional[str],
        patience: Patience,
        watch: Callable[..., Any],
        drive_url: str,
        size: Optional[int],
    ) -> None:
        # Imported here: most commands fetch nothing.
        from juntingnet_theano.files import pacing

        self._path, self._name = path, os.path.basename(path)
        self._part = os.path.join(staging, 'part')
        self._origin = os.path.join(staging, 'origin.json')
        self._hash, self._patience, self._watch = known_hash, patience, watch
        self._proxies = {'http': proxy, 'https': proxy} if proxy else None
        self._drive_url = drive_url
        self._most = size * 4 if size else _LARGEST
        self._session = pacing.session(patience)

    def __call__(self, url: str, output_file: str, pooch: Any = None) -> None:
        """Fetch, check, and hand the file over under pooch's name."""
        with self._session:
            self._fetch(url)
        self._check_hash()
        os.replace(self._part, output_file)

    def _fetch(self, url):
        import requests

        errors = requests.exceptions
        pauses = self._patience.pauses()
        # No minutes of waiting for a host that does not answer at all.
        knocks = self._patience._replace(attempts=2).pauses()
        while True:
            before = self._size()
            try:
                return self._attempt(url)
            except errors.ConnectTimeout as error:
                raise Failed(http_answers.words(error), unreachable=True) from error
            except (
                Again,
                errors.ConnectionError,
                errors.Timeout,
                errors.ChunkedEncodingError,
            ) as error:
                if http_answers.is_unresolved(error):
                    raise Failed(http_answers.words(error), unreachable=True) from error
                if self._size() >= before + BLOCK:
                    pauses = self._patience.pauses()
                self._rest(error, knocks if http_answers.is_connecting(error) else pauses)
            except errors.RequestException as error:
                raise Failed(http_answers.words(error)) from error

    def _rest(self, error, pauses):
        """Wait before the next attempt, or give up."""
        pause = next(pauses, None)
        if pause is None:
            raise Failed(
                'given up after several attempts: ' + http_answers.words(error),
                unreachable=http_answers.is_connecting(error),
            )
        asked = min(getattr(error, 'wait', 0.0), self._patience.longest)
        time.sleep(max(pause, asked))

    def _attempt(self, url):
        origin = self._known_origin(url)
        offset = self._size() if origin else 0
        if origin and origin['total'] == offset:
            return  # whole; the process ended before the last step
        headers = dict(_HEADERS)
        if origin and offset:
            headers['Range'] = f'bytes={offset}-'
            if origin['validator']:
                headers['If-Range'] = origin['validator']
        with self._open(url, headers) as response:
            self._check(response, origin)
            start, total = http_answers.extent(response, offset)
            if not start:
                self._begin(url, total, response.headers)
            writing.check_space(
                os.path.dirname(self._path), (total or 0) - start, 'downloading ' + self._name
            )
            self._limit(total or 0)
            self._receive(response, start, total)
        if total not in (None, self._size()):
            raise Again(f'{self._size():,} of {total:,} bytes came')

    def _open(self, url, headers):
        """The response that holds the file, past Google Drive's question."""
        if not url.startswith(DRIVE):
            return self._get(url, headers)
        response = self._get(self._drive_url.format(url[len(DRIVE) :]), headers)
        if response.status_code != 200 or not http_answers.is_page(response):
            return response
        from gdown.download import get_url_from_gdrive_confirmation

        with response:
            page = next(response.iter_content(_PAGE), b'')
        try:
            address = get_url_from_gdrive_confirmation(page.decode('utf-8', 'replace'))
        except Exception as error:
            # Its class of error has moved between gdown's versions.
            raise Failed(
                'Google Drive does not deliver it: ' + ' '.join(str(error).split())
            ) from error
        return self._get(address, headers)

    def _get(self, address, headers):
        from requests import RequestException

        try:
            return self._session.get(
                address,
                headers=headers,
                stream=True,
                proxies=self._proxies,
                timeout=(self._patience.connect, self._patience.read),
            )
        except RequestException:
            raise
        except ValueError as error:  # a Location that is no address
            raise Failed('its address is not understood: ' + http_answers.words(error)) from None

    def _check(self, response, origin):
        """Drop our part if the file on the server has changed."""
        validator = http_answers.validator(response.headers)
        if origin is not None and (
            response.status_code == 416
            or response.status_code == 206
            and origin['validator'] not in (None, validator)
        ):
            os.remove(self._part)
            raise Again('the file has changed on the server')
        http_answers.refuse(response)

    def _receive(self, response, start, total):
        with open(self._part, 'r+b') as file:
            file.seek(start)
            with self._watch('downloading ' + printable(self._name), total, start) as advance:
                for block in response.iter_content(BLOCK):
                    if not file.tell() and http_answers.looks_like_page(block):
                        raise Failed(http_answers.PAGE)
                    self._write(file, block)
                    self._limit(file.tell())
                    advance(len(block))

    def _limit(self, size):
        if size > self._most:
            raise Failed(f'the server sends more than {self._most:,} bytes')

    def _write(self, file, block):
        try:
            file.write(block)
        except OSError as error:
            raise NotEnoughSpace(
                'downloading ' + self._name,
                f'{self._part}: {error.strerror}',
                None,
                'free some space and repeat the command: it continues where it stopped',
            ) from error

    @property
    def has_part(self) -> bool:
        """Whether there is a part that can be resumed."""
        return self._size() > 0

    def _size(self):
        return os.path.getsize(self._part) if os.path.exists(self._part) else 0

    def _known_origin(self, url):
        """What was noted about the part, if the transfer can be resumed."""
        try:
            with open(self._origin) as file:
                origin = json.load(file)
            fits = origin['url'] == url and (origin['validator'] or self._hash)
            return origin if fits and self._size() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _begin(self, url, total, headers):
        """An empty part, and a note of where its bytes will come from."""
        open(self._part, 'wb').close()
        with writing.atomic_path(self._origin) as part, open(part, 'w') as file:
            json.dump(
                {'url': url, 'total': total, 'validator': http_answers.validator(headers)}, file
            )

    def _check_hash(self):
        wrong = mismatch(self._part, self._hash)
        if wrong is not None:
            aside = self._path + ASIDE
            os.replace(self._part, aside)
            raise Failed(
                f'{wrong}; kept as {aside}; likely a new edition of the file, or a damaged transfer'
            )
