"""``juntingnet serve``: the page, and predictions over HTTP."""

import argparse

from juntingnet_theano.cli import options
from juntingnet_theano.cli.output import say

NAME = 'serve'
HELP = 'open a page that shows where people will look, and predict over HTTP'
EXAMPLE = 'juntingnet serve'
LOCAL = ('127.0.0.1', 'localhost', '::1')
SHORTEST_TOKEN = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which model, which address, which limits."""
    parser.add_argument(
        '--weights',
        help='a weights file, the folder of a run, or a name from juntingnet weights list '
        '(default: the weights that come with the package)',
    )
    parser.add_argument('--host', default='127.0.0.1', help='address to listen on')
    parser.add_argument(
        '--port', type=options.whole(0, 65535), default=8765, help='0 for any that is free'
    )
    parser.add_argument(
        '--name',
        action='append',
        default=[],
        help='another name that requests may call this machine by; repeatable',
    )
    access = parser.add_mutually_exclusive_group()
    access.add_argument('--token', help='what every request must send; @FILE reads it from a file')
    access.add_argument('--no-token', action='store_true', help='answer anybody who reaches --host')
    parser.add_argument(
        '--ready-file', help='file to write the address to, once the service is ready'
    )
    limits = parser.add_argument_group('limits of a request')
    limits.add_argument(
        '--megabytes', type=options.whole(1, 1024), default=64, help='size of a picture as a file'
    )
    limits.add_argument(
        '--megapixels',
        type=options.whole(1, 256),
        default=64,
        help='size of a picture once decoded',
    )
    limits.add_argument(
        '--seconds', type=options.real(0.1, 3600), default=30, help='time to predict'
    )
    limits.add_argument(
        '--slowest', type=options.real(0.1, 3600), default=30, help='seconds to send a request in'
    )
    limits.add_argument(
        '--waiting', type=options.whole(1, 10000), default=128, help='requests that may wait'
    )


def run(args: argparse.Namespace) -> None:
    """Serve until Ctrl-C."""
    from juntingnet_theano.web.server import Options, serve
    from juntingnet_theano.web.service import Limits

    token = _token(args)
    if args.host not in LOCAL:
        say(
            f'--host {args.host}: anybody who can reach this address can send pictures'
            + (
                ', with the token, which travels unencrypted: put a proxy with TLS in front of it'
                if token
                else ', without a token'
            )
        )
    serve(
        Options(
            weights=args.weights,
            host=args.host,
            port=args.port,
            names=tuple(args.name),
            token=token,
            ready_file=args.ready_file,
            limits=Limits(
                largest=args.megabytes << 20,
                pixels=args.megapixels * 10**6,
                seconds=args.seconds,
                waiting=args.waiting,
                slowest=args.slowest,
            ),
        ),
        say,
    )


def _token(args):
    """The token, or None where none is wanted."""
    from juntingnet_theano.errors import BadSetting
    from juntingnet_theano.files import outside

    doing = 'starting the service'
    token = args.token
    if token and token.startswith('@'):
        with outside.opened(token[1:], doing) as file:
            token = file.read(4096).decode('latin-1').strip()
    if token is not None and not (
        len(token) >= SHORTEST_TOKEN and token.isascii() and token.isprintable()
    ):
        raise BadSetting(
            doing,
            f'a token of {len(token)} characters',
            f'at least {SHORTEST_TOKEN}, of plain ASCII',
            '--token "$(openssl rand -hex 16)"',
        )
    if token is None and args.host not in LOCAL and not args.no_token:
        raise BadSetting(
            doing,
            f'--host {args.host}, which others can reach, and no token',
            '--token TOKEN, or --no-token to answer everybody',
            f'juntingnet serve --host {args.host} --token "$(openssl rand -hex 16)"',
        )
    return token
