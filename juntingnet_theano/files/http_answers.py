"""What a server's answer, or its silence, means for a transfer.

It knows answers of `requests`, and makes no request: `transfer` does.

>>> list(Patience(attempts=5, pause=1., longest=3.).pauses())
[1.0, 2.0, 3.0, 3.0]
>>> looks_like_page(b'<!DOCTYPE html><title>Sign in</title>')
True
"""

import re
from typing import TYPE_CHECKING, Iterator, Mapping, NamedTuple, Optional, Tuple

if TYPE_CHECKING:
    import requests

PAGE = 'a web page came instead of the file'
_TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)


class Patience(NamedTuple):
    """How long to wait for a server; all in seconds.

    Attributes
    ----------
    connect, read : float
        For a connection, and for the next bytes.
    slowest : float
        Bytes per second, in the mean over `read` seconds of waiting.
    attempts : int
        Without `transfer.BLOCK` new bytes; an attempt that brought them
        begins the count anew.
    pause, longest : float
        The first pause between attempts; each is twice the one before, up to
        the longest.
    """

    connect: float = 15.0
    read: float = 60.0
    attempts: int = 6
    pause: float = 2.0
    longest: float = 60.0
    slowest: float = 100.0

    def pauses(self) -> Iterator[float]:
        """The pauses between attempts, in their order."""
        for attempt in range(self.attempts - 1):
            yield min(self.pause * 2**attempt, self.longest)


class Failed(Exception):
    """One address did not give the file.

    Attributes
    ----------
    cause : str
    unreachable : bool
        Whether no connection came about at all.
    """

    def __init__(self, cause: str, unreachable: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.unreachable = cause, unreachable


class Again(Exception):
    """A failure that may pass; `wait` is the pause that the server asked for."""

    def __init__(self, cause: str, wait: float = 0.0) -> None:
        super().__init__(cause)
        self.wait = wait


def refuse(response: 'requests.Response') -> None:
    """Raise for an answer that is not the file, or a part of it.

    Raises
    ------
    Again
        For what may pass, such as an overloaded server.
    Failed
        For what will not, and for a web page.
    """
    code = response.status_code
    if code in _TRY_AGAIN:
        raise Again(f'{code} {response.reason}', _seconds(response.headers.get('Retry-After')))
    if code not in (200, 206):
        raise Failed(f'{code} {response.reason}')
    if is_page(response):
        raise Failed(PAGE)
    packing = response.headers.get('Content-Encoding', 'identity')
    if packing.lower() != 'identity':
        raise Failed(f'the server compresses it as {packing:.40}, although asked not to')


def extent(response: 'requests.Response', offset: int) -> Tuple[int, Optional[int]]:
    """Where the bytes of a response begin, and how many the file has.

    Parameters
    ----------
    response : requests.Response
        With status 200 or 206.
    offset : int
        Of the first byte that was asked for.

    Returns
    -------
    (int, int or None)
        The second is None where the server does not say.

    Raises
    ------
    Failed
        Where another part came than the one asked for.
    """
    if response.status_code == 200:
        return 0, _whole(response.headers.get('Content-Length'))
    start, _, rest = response.headers.get('Content-Range', '').partition('-')
    if start != f'bytes {offset}':
        raise Failed('the server sent a different part from the one requested')
    return offset, _whole(rest.partition('/')[2])


def validator(headers: Mapping[str, str]) -> Optional[str]:
    """What ``If-Range`` takes to tell one edition of a file from another; None
    if the server sends nothing for it."""
    tag = headers.get('ETag', '')
    # A weak tag does not promise the same bytes (RFC 9110, 13.1.5).
    return tag if tag.startswith('"') else headers.get('Last-Modified')


def is_page(response: 'requests.Response') -> bool:
    """Whether a response calls itself a web page."""
    return response.headers.get('Content-Type', '').startswith('text/html')


def looks_like_page(block: bytes) -> bool:
    """Whether the first bytes of a file are those of a web page."""
    return block.lstrip()[:14].lower().startswith((b'<!doctype html', b'<html'))


def _seconds(text):
    """Seconds of a Retry-After header; dates are left alone."""
    return float(_whole(text) or 0)


def _whole(text):
    """The number of a header; None for what is none."""
    # Not isdigit, which takes superscripts; nor a number without end.
    return int(text) if re.match('[0-9]{1,19}$', text or '') else None


def _reason(error):
    return getattr(error.args[0] if error.args else None, 'reason', None)


def is_unresolved(error: BaseException) -> bool:
    """Whether an error of `requests` means a host, or a proxy, without an
    address."""
    reason = _reason(error)
    reason = getattr(reason, 'original_error', reason)
    return type(reason).__name__ == 'NameResolutionError'


def is_connecting(error: BaseException) -> bool:
    """Whether an error of `requests` means that no connection came about."""
    return type(_reason(error)).__name__ in (
        'NewConnectionError',
        'ConnectTimeoutError',
        'NameResolutionError',
        'ProxyError',
        'SSLError',
    )


def words(error: BaseException) -> str:
    """The cause in a few words, without objects' addresses."""
    if is_unresolved(error):
        who = 'the proxy' if hasattr(_reason(error), 'original_error') else 'its host'
        return f'{who} has no address (no network, or the host is gone)'
    text = str(_reason(error) or error)
    text = re.sub(r'<[^>]*>:? ?|\w+\(host=.*?\): ?', '', text)
    return ' '.join(text.split())[:200] or type(error).__name__
