"""The process of the service: an address, a log, and a graceful end.

>>> options = Options(port=0)
>>> options.host
'127.0.0.1'
"""

import asyncio
import contextlib
import importlib.util
import logging
import os
import socket
import sys
from typing import Any, Callable, NamedTuple, Optional, Tuple

try:
    import resource
except ImportError:  # Windows
    resource = None

from juntingnet_theano import interrupts
from juntingnet_theano.errors import BadSetting, JuntingNetError, MissingDependency
from juntingnet_theano.files.writing import atomic_path
from juntingnet_theano.names import printable
from juntingnet_theano.web import guard, service

SECONDS_TO_FINISH = 4
"""For what is under way when the end is asked for; then the rest is cut off,
within 5 s."""
MOST_CONNECTIONS = 2000
BACKLOG = 1024


class Options(NamedTuple):
    """How to serve.

    Attributes
    ----------
    weights : str or None
        As for `service.Service`.
    host, port
        Where to listen; port 0 takes any that is free.
    names : tuple of str
        Others that the service is called by.
    token : str or None
        What every request for a map must bring.
    ready_file : str or None
        Written with the address once the network answers.
    limits : service.Limits
    """

    weights: Optional[str] = None
    host: str = '127.0.0.1'
    port: int = 8765
    names: Tuple[str, ...] = ()
    token: Optional[str] = None
    ready_file: Optional[str] = None
    limits: service.Limits = service.DEFAULTS


def serve(options: Options, say: Callable[..., Any] = print) -> None:
    """Serve until a signal asks for the end.

    Parameters
    ----------
    options : Options
    say : callable
        Takes a line for the person who started this.

    Raises
    ------
    MissingDependency
        Without the extra ``[web]``.
    BadSetting
        The address cannot be had.
    JuntingNetError
        The model cannot be opened.
    """
    _check_extra()
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(_listening(options.host, options.port))
        behind = service.Service(options.weights, options.limits)
        say(f'juntingnet serve: preparing {behind.default} ...')
        behind.start()
        stack.callback(behind.close)
        # Here: it is imported while the network's process starts.
        import uvicorn

        hosts = guard.Hosts(options.host, options.names)
        server = _server(uvicorn)(
            uvicorn.Config(
                service.application(behind, hosts, options.token),
                http=_protocol(uvicorn, options.limits.slowest),
                ws='none',
                lifespan='off',
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=SECONDS_TO_FINISH,
                h11_max_incomplete_event_size=1 << 16,
            )
        )
        _start_log()
        _allow_connections()
        failures = []

        async def run():
            told = asyncio.ensure_future(_tell(server, behind, listening, options, say, failures))
            try:
                await server.serve(sockets=[listening])
            finally:
                told.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await told

        asyncio.run(run())
    if failures:
        raise failures[0]
    say('juntingnet serve: ended')


def _check_extra():
    for name in ('starlette', 'uvicorn', 'python_multipart'):
        if importlib.util.find_spec(name) is None:
            raise MissingDependency(
                'starting the service',
                f'no module {name}',
                None,
                'pip install starlette uvicorn python-multipart',
            )


def _listening(host, port):
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise BadSetting(
            'starting the service',
            f'--host {host} --port {port}: {error.strerror or error}',
            'an address of this machine that is free',
            'juntingnet serve --port 0',
        ) from None


def address(host: str, listening: socket.socket) -> str:
    """What to type into a browser.

    >>> with socket.create_server(('127.0.0.1', 0)) as listening:
    ...     address('127.0.0.1', listening)[:17]
    'http://127.0.0.1:'
    """
    if host in ('0.0.0.0', '::'):
        host = socket.gethostname()
    host = f'[{host}]' if ':' in host else host
    return f'http://{host}:{listening.getsockname()[1]}/'


async def _tell(server, behind, listening, options, say, failures):
    """Say that all is ready, once; or end what will never be."""
    while not behind.network.ready.is_set():
        failure = behind.network.failure
        if failure:
            if not isinstance(failure, JuntingNetError):
                failure = MissingDependency('starting the network', f'{failure!r}')
            failures.append(failure)
            server.should_exit = True
            return
        await asyncio.sleep(0.02)
    where = address(options.host, listening)
    if options.ready_file:
        try:
            with atomic_path(options.ready_file) as part, open(part, 'w') as file:
                file.write(where + '\n')
        except JuntingNetError as error:
            failures.append(error)
            server.should_exit = True
            return
    say(f'juntingnet serve: {where} is ready; Ctrl-C ends it')


def _server(uvicorn):
    class Server(uvicorn.Server):
        """Ends with code 0 when a signal asks for it, as that is its end."""

        @contextlib.contextmanager
        def capture_signals(self):
            with interrupts.handled(self.handle_exit):
                yield

    return Server


def _protocol(uvicorn, seconds):
    """HTTP/1.1 that does not wait for ever for a request's headers."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        _patience = None

        def connection_made(self, transport):
            super().connection_made(transport)
            self._patience = self.loop.call_later(seconds, self._lose_patience)

        def data_received(self, data):
            super().data_received(data)
            answering = self.cycle is not None and not self.cycle.response_complete
            if answering and self._patience is not None:
                self._patience.cancel()
                self._patience = None
            elif not answering and self._patience is None:
                self._patience = self.loop.call_later(seconds, self._lose_patience)

        def connection_lost(self, exc):
            if self._patience is not None:
                self._patience.cancel()
            super().connection_lost(exc)

        def _lose_patience(self):
            self._patience = None
            if self.cycle is None or self.cycle.response_complete:
                self.transport.close()

    return Protocol


def _allow_connections():
    """Raise how many files this process may open, where that is less than
    the connections: who opens a thousand and says nothing keeps nobody out."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + 100
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _start_log():
    """Lines of the log to standard error; of libraries only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line('%(asctime)s %(message)s', '%Y-%m-%dT%H:%M:%S%z'))
    guard.LOG.addHandler(handler)
    guard.LOG.setLevel(os.environ.get('JUNTINGNET_LOG', 'INFO').upper())
    guard.LOG.propagate = False
    logging.getLogger('uvicorn').addHandler(handler)
    logging.getLogger('uvicorn').setLevel('CRITICAL')


class _Line(logging.Formatter):
    def format(self, record):
        return printable(super().format(record), keep='\n')
