"""Transfers from a server that truncates, stalls, refuses and changes."""

import contextlib
import gzip
import hashlib
import multiprocessing
import os
import tempfile
import threading
import time
from unittest import mock

from nose.tools import (
    assert_equal,
    assert_false,
    assert_greater,
    assert_in,
    assert_is_none,
    assert_less,
    assert_raises,
    assert_true,
)

from juntingnet_theano.errors import BadFile, Busy, NotEnoughSpace
from juntingnet_theano.files import transfer, writing
from juntingnet_theano.files.http_answers import Failed, Patience
from tests.helpers import servers
from tests.helpers.servers import Server, serve, status

DATA = hashlib.sha256(b'seed').digest() * 40000  # 1.28 MB
CUT = 15 << 15  # 491520: whole blocks, so that nothing of them is lost
OTHER = DATA[::-1]
HASH = 'md5:' + hashlib.md5(DATA).hexdigest()
QUICK = Patience(connect=2.0, read=0.3, attempts=3, pause=0.01, longest=0.05)


def setup_module():
    # A proxy of this machine's would stand between the tests and their
    # server.
    os.environ['no_proxy'] = '127.0.0.1'


@contextlib.contextmanager
def quiet(label, total=None, done=0):
    yield lambda count: None


def fetch(url, path, known_hash=HASH, **options):
    options.setdefault('patience', QUICK)
    transfer.fetch(url, path, known_hash, watch=quiet, **options)


def place():
    return os.path.join(tempfile.mkdtemp(), 'file.bin')


def content(path):
    with open(path, 'rb') as file:
        return file.read()


def beside(path):
    return sorted(os.listdir(os.path.dirname(path)))


def failure(server, path, known_hash=HASH, **options):
    """The cause of a transfer that must fail, and leave no final name."""
    with assert_raises(Failed) as raised:
        fetch(server.url(), path, known_hash, **options)
    assert_false(os.path.exists(path))
    return raised.exception


def test_a_file_comes_whole_and_leaves_nothing_beside_it():
    path = place()
    with Server(serve(DATA)) as server:
        fetch(server.url(), path)
    assert_equal(content(path), DATA)
    assert_equal(beside(path), ['file.bin'])


def test_a_truncated_transfer_is_gone_on_with_where_it_broke_off():
    path = place()
    with Server(serve(DATA, '"1"', cut=CUT), serve(DATA, '"1"')) as server:
        fetch(server.url(), path)
        ranges = server.ranges()
    assert_equal(content(path), DATA)
    assert_equal(ranges, [None, 'bytes=491520-'])
    assert_equal(server.log[1][1]['If-Range'], '"1"')


def test_a_stalled_transfer_is_gone_on_with():
    path = place()
    started = time.monotonic()
    with Server(serve(DATA, '"1"', cut=CUT, stall=True), serve(DATA, '"1"')) as server:
        fetch(server.url(), path)
    assert_equal(content(path), DATA)
    assert_less(time.monotonic() - started, servers.STALL)


def test_the_next_command_goes_on_too():
    path = place()
    with Server(serve(DATA, '"1"', cut=CUT), status(503)) as server:
        failure(server, path)
        assert_equal(beside(path), ['.file.bin.fetch'])
        server._answers.append(serve(DATA, '"1"'))
        fetch(server.url(), path)
        assert_equal(server.ranges()[-1], 'bytes=491520-')
    assert_equal(content(path), DATA)
    assert_equal(beside(path), ['file.bin'])


def test_a_server_that_ignores_range_sends_all_again():
    path = place()
    with Server(serve(DATA, '"1"', cut=CUT), serve(DATA, '"1"', ranges=False)) as server:
        fetch(server.url(), path)
    assert_equal(content(path), DATA)


def test_a_changed_file_is_begun_anew():
    for if_range in (True, False):  # also where the server ignores that
        path = place()
        with Server(serve(OTHER, '"1"', cut=CUT), serve(DATA, '"2"', if_range=if_range)) as server:
            fetch(server.url(), path)
        assert_equal(content(path), DATA)


def test_a_file_that_became_shorter_is_begun_anew():
    path = place()
    short = DATA[:1000]
    with Server(serve(DATA, '"1"', cut=CUT), serve(short, '"1"')) as server:
        fetch(server.url(), path, 'md5:' + hashlib.md5(short).hexdigest())
    assert_equal(content(path), short)


def test_without_a_hash_or_a_tag_a_part_is_not_trusted():
    path = place()
    with Server(serve(OTHER, cut=CUT), serve(DATA)) as server:
        fetch(server.url(), path, None)
        assert_equal(server.ranges(), [None, None])
    assert_equal(content(path), DATA)


def test_progress_counts_as_patience_renewed():
    # Five breaks in a row, and three attempts: each brought something.
    cuts = [serve(DATA, '"1"', cut=CUT // 4) for _ in range(5)]
    path = place()
    with Server(*(cuts + [serve(DATA, '"1"')])) as server:
        fetch(server.url(), path)
    assert_equal(content(path), DATA)


def test_a_chunked_answer_has_no_length_and_is_read_to_its_end():
    path = place()
    with Server(serve(DATA, length=False)) as server:
        fetch(server.url(), path)
    assert_equal(content(path), DATA)


def test_what_is_refused_is_not_asked_for_again():
    for code in (403, 404, 410, 401):
        path = place()
        with Server(status(code)) as server:
            assert_in(str(code), failure(server, path).cause)
            assert_equal(len(server.log), 1)
        assert_equal(beside(path), [])


def test_an_overloaded_server_is_asked_again_and_then_given_up():
    for code in (500, 503, 429):
        path = place()
        with Server(status(code), serve(DATA)) as server:
            fetch(server.url(), path)
        assert_equal(content(path), DATA)
        path = place()
        with Server(status(code)) as server:
            assert_in(str(code), failure(server, path).cause)
            assert_equal(len(server.log), QUICK.attempts)


def test_a_server_says_how_long_to_wait():
    patience = QUICK._replace(longest=0.4)
    started = time.monotonic()
    with Server(status(503, [('Retry-After', '1')]), serve(DATA)) as server:
        fetch(server.url(), place(), patience=patience)
    # It asked for a second; the longest pause is shorter.
    assert_greater(time.monotonic() - started, 0.39)
    assert_less(time.monotonic() - started, 1.0)


def test_a_redirection_that_is_no_address_is_a_failure_in_words():
    for location in (
        b'http://[::1:bad',
        b'/\xff\xfe',
        b'http://',
        b'//',
        b'http://a:99999/',
        b'http://a:b/',
        b'http://\x1b[31m/',
        b'http://a\x00b/',
        b'file:///etc/passwd',
        b'http://%',
        b'http://' + b'a' * 300 + b'/',
        b'gdrive:ID',
        b'http://xn--\xe9/',
        b'http://.../',
        b'javascript:1',
    ):
        path = place()
        with Server(
            servers.raw(b'HTTP/1.0 302 Found\r\nLocation: ' + location + b'\r\n')
        ) as server:
            failure(server, path)
        assert_equal(beside(path), [])


def test_a_redirection_in_a_circle_or_with_a_body_without_end_is_left():
    path = place()
    circle = servers.raw(b'HTTP/1.0 302 Found\r\nLocation: /file.bin\r\n')
    with Server(circle) as server:
        assert_in('redirects', failure(server, path).cause)
    with Server(
        servers.raw(b'HTTP/1.0 302 Found\r\nLocation: /b\r\n', bytes(1 << 16), endless=True),
        serve(DATA),
    ) as server:
        fetch(server.url(), path)
    assert_equal(content(path), DATA)


def test_numbers_of_headers_that_int_does_not_take_are_none():
    for number in (b'\xb2', b'-1', b'+5', b'1_0', b'9' * 5000, b'', b' '):
        path = place()
        with Server(
            servers.raw(b'HTTP/1.0 200 OK\r\nContent-Length: ' + number + b'\r\n', DATA)
        ) as server, contextlib.suppress(Failed):  # or fetched, to its end
            fetch(server.url(), path)
            assert_equal(content(path), DATA)
        with Server(
            servers.raw(b'HTTP/1.0 503 Later\r\nRetry-After: ' + number + b'\r\n'), serve(DATA)
        ) as server:
            fetch(server.url(), path)


def test_a_server_that_drips_is_given_up_in_head_and_body():
    head = b'HTTP/1.0 200 OK\r\nContent-Length: 99999\r\n'
    patience = QUICK._replace(attempts=2, slowest=100.0)
    for answer in (
        servers.raw(head, b'x' * 99, endless=True, pause=0.05),
        servers.raw(b'HTTP/1.0 302 Found\r\nLocation: /' + b'a' * 999 + b'\r\n', pause=0.05),
    ):
        path = place()
        with Server(answer) as server:
            assert_in('timed out', failure(server, path, patience=patience).cause)
            assert_equal(len(server.log), 2)


def test_a_file_that_never_ends_or_is_far_too_large_is_left():
    head = b'HTTP/1.0 200 OK\r\n'
    path = place()
    for answer in (
        servers.raw(head, bytes(1 << 16), endless=True),
        servers.raw(head + b'Content-Length: 5000001\r\n', DATA),
    ):
        with Server(answer) as server:
            assert_in('more than 4,000,000 bytes', failure(server, path, size=10**6).cause)


def test_what_is_packed_on_the_way_is_refused():
    # Ranges would count the packed bytes, and few of those make many.
    with Server(
        servers.raw(b'HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n', gzip.compress(DATA))
    ) as server:
        assert_in('compresses it as gzip', failure(server, place()).cause)


def test_a_web_page_is_no_data():
    page = b'\n<!doctype HTML><title>Sign in</title>'
    for answer in (serve(page, content_type='text/html; charset=utf-8'), serve(page)):
        path = place()
        with Server(answer) as server:
            assert_in('web page', failure(server, path, None).cause)
        assert_equal(beside(path), [])


def test_a_wrong_hash_keeps_the_file_aside_and_says_all():
    path = place()
    with Server(serve(OTHER)) as server:
        cause = failure(server, path).cause
    for part in (
        hashlib.md5(DATA).hexdigest(),
        'MD5',
        hashlib.md5(OTHER).hexdigest(),
        path + '.wrong-hash',
        'edition',
    ):
        assert_in(part, cause)
    assert_equal(content(path + '.wrong-hash'), OTHER)
    assert_equal(beside(path), ['file.bin.wrong-hash'])


def test_sha256_is_understood():
    path = place()
    with Server(serve(DATA)) as server:
        fetch(server.url(), path, 'sha256:' + hashlib.sha256(DATA).hexdigest())
    assert_equal(content(path), DATA)


def test_nobody_at_the_other_end():
    with Server(serve(DATA)) as server:
        url = server.url()
    path = place()
    with assert_raises(Failed) as raised:
        fetch(url, path)
    assert_true(raised.exception.unreachable)
    assert_in('refused', raised.exception.cause)
    with assert_raises(Failed) as raised:
        fetch('http://nobody.invalid/file.bin', path)
    assert_true(raised.exception.unreachable)
    assert_equal(beside(path), [])


def test_a_proxy_is_asked_instead_of_the_host():
    path = place()
    with Server(serve(DATA)) as proxy:
        fetch('http://nobody.invalid/file.bin', path, proxy=proxy.url(''))
        assert_equal(proxy.log[0][0], 'http://nobody.invalid/file.bin')
    assert_equal(content(path), DATA)


def test_a_proxy_of_the_environment_is_asked_too():
    path = place()
    with Server(serve(DATA)) as proxy:
        os.environ['http_proxy'] = proxy.url('')
        try:
            fetch('http://nobody.invalid/file.bin', path)
        finally:
            del os.environ['http_proxy']
    assert_equal(content(path), DATA)


def test_settings_of_requests_that_are_a_pipe_are_refused():
    path = place()
    os.mkfifo(path)
    for name in ('NETRC', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'):
        with mock.patch.dict(os.environ, {name: path}), assert_raises(BadFile) as caught:
            fetch('http://127.0.0.1:1/file.bin', place())
        assert_in('a named pipe', str(caught.exception))


def test_the_disk_is_asked_when_the_size_is_known():
    path = place()

    def answer(handler):
        handler.send_response(200)
        handler.send_header('Content-Length', str(1 << 60))
        handler.end_headers()

    with Server(answer) as server, assert_raises(NotEnoughSpace) as raised:
        fetch(server.url(), path)
    assert_in('1,152,921,504,607 MB', str(raised.exception))
    assert_equal(beside(path), [])


def drive_page(server):
    return serve(
        '<html><form id="download-form" action="{}" method="get"><input '
        'type="hidden" name="id" value="ID"><input type="hidden" '
        'name="confirm" value="t"></form></html>'.format(server.url('/download')).encode(),
        content_type='text/html; charset=utf-8',
    )


def test_google_drive_asks_before_a_large_file():
    path = place()
    with Server() as server:
        server._answers += [
            drive_page(server),
            serve(DATA, '"1"', cut=CUT),
            drive_page(server),
            serve(DATA, '"1"'),
        ]
        fetch('gdrive:ID', path, drive_url=server.url('/uc?id={}'))
        paths = [path for path, _ in server.log]
        assert_equal(paths, ['/uc?id=ID', '/download?id=ID&confirm=t'] * 2)
        assert_equal(server.ranges()[-1], 'bytes=491520-')
    assert_equal(content(path), DATA)


def test_google_drive_refuses_when_too_many_ask():
    page = (
        b'<html><p class="uc-error-subcaption">Too many users have '
        b'viewed or downloaded this file recently.</p></html>'
    )
    path = place()
    answer = serve(page, content_type='text/html')
    with Server(answer) as server, assert_raises(Failed) as raised:
        fetch('gdrive:ID', path, drive_url=server.url('/uc?id={}'))
    assert_in('Too many users', raised.exception.cause)
    assert_false(os.path.exists(path))


def test_two_at_once_do_not_mix_their_parts():
    path = place()
    with Server(serve(DATA, cut=CUT, stall=True)) as server:
        other = threading.Thread(
            target=lambda: failure(server, path, patience=QUICK._replace(read=1.0, attempts=1))
        )
        other.start()
        while not server.log:
            time.sleep(0.01)
        with assert_raises(Busy) as raised:
            fetch(server.url(), path)
        assert_in(path, str(raised.exception))
        server.leaving.set()
        other.join()


def hold(path, ready):
    with writing.locked(path, 'holding'):
        ready.set()
        time.sleep(60)


def test_a_lock_ends_with_its_process():
    context = multiprocessing.get_context('spawn')
    path, ready = place(), context.Event()
    holder = context.Process(target=hold, args=(path, ready))
    holder.start()
    assert_true(ready.wait(30))
    with assert_raises(Busy), writing.locked(path, 'trying'):
        pass
    holder.kill()
    holder.join()
    with writing.locked(path, 'trying'):
        assert_equal(beside(path), ['.file.bin.lock'])
    assert_equal(beside(path), [])


def test_a_right_hash_is_no_mismatch():
    path = place()
    with open(path, 'wb') as file:
        file.write(DATA)
    assert_is_none(transfer.mismatch(path, HASH))
    assert_is_none(transfer.mismatch(path, None))
