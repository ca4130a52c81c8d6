"""Which requests are answered, and the headers of all answers: an ASGI layer.

Somebody else's page must not reach a service on this machine: its name may be
pointed here (DNS rebinding, seen in Host), and its forms may post here (seen in
Origin). One line per request is logged, without the query.

>>> hosts = Hosts('127.0.0.1')
>>> hosts.known('localhost:8000'), hosts.known('evil.example'), hosts.known('10.0.0.1')
(True, False, False)
>>> Hosts('0.0.0.0').known('10.0.0.1:80')
True
"""

import hmac
import ipaddress
import json
import logging
import socket
import time
from typing import Any, Callable, Iterable, Optional, Sequence

from juntingnet_theano.names import printable, shortened
from juntingnet_theano.web.counters import Counters

LOG = logging.getLogger('juntingnet.web')
LOCAL = ('localhost', '127.0.0.1', '::1')

HEADERS = {
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'geolocation=(), microphone=(), camera=()',
    'cache-control': 'no-store',
}
"""Of every answer, unless it says otherwise."""


class Hosts:
    """Names under which the service may be called.

    Parameters
    ----------
    bound : str
        The address that it is bound to.
    names : iterable of str
        More of them, for one that others reach.
    """

    def __init__(self, bound: str, names: Iterable[str] = ()) -> None:
        self.local = bound in LOCAL
        self._names = {*LOCAL, bound.lower(), *(name.lower() for name in names)}
        if not self.local:
            self._names.add(socket.gethostname().lower())

    def known(self, header: str) -> bool:
        """May a request with this header Host be answered?

        A number always may where others reach the service: only names can be
        made to lead to somebody else.
        """
        name = hostname(header)
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return not self.local


def hostname(header: str) -> str:
    """The name in a header Host, without its port.

    >>> hostname('[::1]:80'), hostname('A.example:80')
    ('::1', 'a.example')
    """
    if header.startswith('['):
        return header[1:].partition(']')[0].lower()
    return header.partition(':')[0].lower()


class Guard:
    """ASGI middleware: refuses, counts, logs, and puts headers on answers.

    Parameters
    ----------
    app : callable
        ASGI.
    hosts : Hosts
    counters : counters.Counters
    token : str or None
        What ``Authorization: Bearer`` must bring.
    open_paths : iterable of str
        Paths without a token; those that end in / stand for all below.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        hosts: Hosts,
        counters: Counters,
        token: Optional[str] = None,
        open_paths: Sequence[str] = (),
    ) -> None:
        self._app, self._hosts, self._counters = app, hosts, counters
        self._token = token and token.encode()
        self._open = tuple(open_paths)

    async def __call__(
        self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        if scope['type'] != 'http':
            if scope['type'] == 'lifespan':
                await self._app(scope, receive, send)
            return
        started, answer = time.monotonic(), {'status': 500, 'bytes': 0, 'begun': False}

        async def sent(message):
            if message['type'] == 'http.response.start':
                answer.update(status=message['status'], begun=True)
                there = {name.lower() for name, _ in message['headers']}
                message['headers'] = list(message['headers']) + [
                    (name.encode(), value.encode())
                    for name, value in HEADERS.items()
                    if name.encode() not in there
                ]
            else:
                answer['bytes'] += len(message.get('body', b''))
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal:
                await _refuse(sent, *refusal)
            else:
                await self._app(scope, receive, sent)
        except Exception as error:
            # Its text may tell what is in a picture or where things lie.
            LOG.error('failed: %s', type(error).__name__, exc_info=LOG.isEnabledFor(logging.DEBUG))
            if not answer['begun']:
                await _refuse(
                    sent, 500, 'answering', 'something failed here', 'the log says what kind'
                )
        finally:
            seconds = time.monotonic() - started
            self._counters.count(scope['path'], answer['status'], seconds)
            LOG.info(
                '%s %s %d %d bytes %.0f ms',
                printable(scope['method']),
                shortened(printable(scope['path']), 80),
                answer['status'],
                answer['bytes'],
                1000 * seconds,
            )

    def _refusal(self, scope):
        """Status, what we did, what we got, what next; None to go on."""
        headers = {}
        for name, value in scope['headers']:
            if name in (b'host', b'origin', b'authorization') and name in headers:
                return 400, 'reading the headers', 'one of them twice', 'send each once'
            headers[name] = value.decode('latin-1')
        host, origin = headers.get(b'host', ''), headers.get(b'origin')
        if not self._hosts.known(host):
            return 421, 'reading Host', 'a name that is not mine', 'juntingnet serve --name NAME'
        if scope['method'] not in ('GET', 'HEAD'):
            foreign = headers.get(b'sec-fetch-site') in ('cross-site', 'same-site')
            if foreign or (origin and origin not in (f'http://{host}', f'https://{host}')):
                return 403, 'reading Origin', 'a request of another page', 'send it from my own'
        if self._token and not self._is_open(scope['path']):
            scheme, _, given = headers.get(b'authorization', '').partition(' ')
            if scheme.lower() != 'bearer' or not hmac.compare_digest(
                given.strip().encode('latin-1'), self._token
            ):
                return (
                    401,
                    'reading the token',
                    'none, or a wrong one',
                    'Authorization: Bearer TOKEN',
                )
        return None

    def _is_open(self, path):
        return any(
            path.startswith(each) if each.endswith('/') and each != '/' else path == each
            for each in self._open
        )


def error_body(
    doing: str, got: str, expected: Optional[str] = None, hint: Optional[str] = None
) -> bytes:
    """The body of every answer that is none, as JSON."""
    return json.dumps(
        {'error': {'doing': doing, 'got': got, 'expected': expected, 'next': hint}}
    ).encode()


async def _refuse(send, status, doing, got, hint):
    body = error_body(doing, got, hint=hint)
    headers = [
        (b'content-type', b'application/json'),
        (b'content-length', b'%d' % len(body)),
        (b'connection', b'close'),  # what it still sends is not read
    ]
    if status == 401:
        headers.append((b'www-authenticate', b'Bearer'))
    await send({'type': 'http.response.start', 'status': status, 'headers': headers})
    await send({'type': 'http.response.body', 'body': body})
