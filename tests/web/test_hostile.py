"""Files and requests that mean harm, through the real service.

FUZZ=1000 looks longer.
"""

import gzip
import io
import json
import os
import struct
import sys
import tempfile
import threading
import time
import unittest
import zipfile
import zlib

import numpy as np
import scipy.io
from hypothesis import given, strategies
from nose.tools import assert_equal, assert_in, assert_not_in
from PIL import Image

import juntingnet_theano
from tests.helpers import scenes, services
from tests.helpers.damaged_files import claiming_jpeg, damaged, few, picture, saved
from tests.helpers.mat_files import structs
from tests.hostile.test_corpus import images, maps

PLACES = {
    os.path.dirname(juntingnet_theano.__file__),
    sys.prefix,
    sys.base_prefix,
    tempfile.gettempdir() + '/',
    'Traceback',
}
"""What no answer may hold."""
running = witness = None


class Witness(threading.Thread):
    """Somebody who asks for a map all the time, and must get it."""

    def __init__(self):
        super().__init__()
        self._ended, self.answers = threading.Event(), []
        self._picture = saved(Image.fromarray(scenes.texture(60, 80, 1)).save, 'PNG')

    def run(self):
        while not self._ended.is_set():
            self.answers.append(running.ask('/predict', self._picture)[::2])
            time.sleep(0.1)

    def end(self):
        self._ended.set()
        self.join()
        assert_equal(set(self.answers), {self.answers[0]})
        assert_equal(self.answers[0][0], 200)


def setup_module():
    global running, witness
    reason = services.missing()
    if reason:
        raise unittest.SkipTest(reason)
    running = services.Service().__enter__()
    witness = Witness()
    witness.start()


def teardown_module():
    if running is None:
        return
    try:
        witness.end()
        numbers = running.ask('/metrics')[2].decode()
        assert_in('juntingnet_restarts_total 0\n', numbers)  # none was killed, none hung
        assert_in('juntingnet_held_bytes 0\n', numbers)
        assert_not_in('Traceback', running.log())
    finally:
        running.__exit__()


def asked(path, body, headers=(), allowed=(200, 413, 422)):
    """An answer of one of these statuses that tells nothing of this machine."""
    status, heads, content = running.ask(path, body, headers)
    assert_in(status, allowed)
    if status != 200:
        assert_equal(heads['content-type'], 'application/json')
        text = json.dumps(json.loads(content)['error'], ensure_ascii=False)
        for place in PLACES:
            assert_not_in(place, text)
    return status, content


uploads = strategies.one_of(
    *(damaged(picture(form)) for form in ('JPEG', 'PNG', 'TIFF', 'BMP', 'WEBP', 'PPM')),
    damaged(picture('GIF', mode='P')),
    damaged(picture('TIFF', mode='1')),
    damaged(picture('JPEG', mode='CMYK')),
)


@few
@given(uploads, strategies.sampled_from(['', '?form=overlay', '?model=centre&form=npy']))
def test_damaged_pictures_are_refused_or_served(data, options):
    asked('/predict' + options, data)


@few
@given(damaged(services.form(boundary='b', file=picture('PNG'), model='centre')[0]))
def test_damaged_forms_are_refused_or_served(data):
    asked(
        '/predict', data, {'Content-Type': 'multipart/form-data; boundary=b'}, (200, 400, 413, 422)
    )


@few
@given(damaged(b'x,y,subject,t\n3,4,ann,0.5\n"5,5";6\n'))
def test_damaged_fixations_are_refused_or_scored(data):
    body, headers = services.form(file=picture('PNG'), fixations=data)
    asked('/score?model=centre', body, headers)


GAZE = {
    'image': 'a',
    'resolution': np.array([[30, 40]]),
    'gaze': structs([{'fixations': np.ones((2, 2))}] * 2),
}


@few
@given(
    damaged(saved(scipy.io.savemat, GAZE))
    | damaged(saved(scipy.io.savemat, GAZE, do_compression=True))
    | damaged(saved(scipy.io.savemat, {'training': structs([GAZE] * 2)}))
    | damaged(b'image,x,y\na,3,4\nb,5,6\n')
)
def test_damaged_files_of_gaze_are_refused_or_read(data):
    asked('/gaze', data)


def test_every_bad_map_is_no_gaze():
    for name, (data, _) in maps().items():
        assert_equal(asked('/gaze', data)[0], 422, name)


def test_every_bad_picture_is_named_with_its_cause():
    for name, (data, cause) in images().items():
        if name not in ('empty.jpg', 'large.png'):
            status, content = asked('/predict', data)
            assert_equal(status, 422, name)
            assert_in(cause, content.decode())


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def test_bombs_are_refused():
    zeros = bytes(64 << 20)
    whole = picture('PNG')
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        opened.writestr('a.jpg', zeros)
    packed = b'a\0\0' + zlib.compress(zeros, 1)
    text, profile = chunk(b'zTXt', packed), chunk(b'iCCP', packed)
    for data, statuses in (
        (archive.getvalue(), (422,)),
        (gzip.compress(whole), (422,)),
        (gzip.compress(zeros, 1), (422,)),
        # Beside the picture, which may be served without reading them.
        (whole[:33] + text + whole[33:], (200, 422)),
        (whole[:33] + profile + whole[33:], (200, 422)),
        (whole[:-12] + text + whole[-12:], (200, 422)),
    ):
        asked('/predict?model=centre', data, allowed=statuses)
    # A body that is packed is not unpacked.
    asked('/predict', gzip.compress(whole), {'Content-Encoding': 'gzip'}, (422,))


def test_a_jpeg_of_200_megapixels_is_refused_by_its_head():
    status, content = asked('/predict', claiming_jpeg(20000, 10000))
    assert_equal(status, 413)
    assert_in('20,000 x 10,000', json.loads(content)['error']['got'])


def test_what_many_send_slowly_keeps_nobody_out():
    heads = (
        b'',
        b'POST /predict HTTP/1.1\r\nHost: local',
        b'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\na',
        b'POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na',
    )
    slow = [(running.connection(), head) for head in heads for _ in range(20)]
    try:
        for connection, head in slow:
            connection.sendall(head)
        for connection, head in slow:
            if head:
                connection.sendall(b'a')
        assert_equal(asked('/predict?model=centre', picture('PNG'))[0], 200)
    finally:
        for connection, _ in slow:
            connection.close()


def test_requests_that_are_none_are_refused():
    for head, status in (
        (b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(50) + b'\r\n\r\n', 400),  # TLS
        (b'GET / HTTP/9.9\r\nHost: evil.example\r\n\r\n', 421),
        (b'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n', 400),
        (b'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9e9\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\nHost: localhost\r\n' + b'X: a\r\n' * 200000 + b'\r\n', 400),
        (b'GET /' + b'a' * (1 << 20) + b' HTTP/1.1\r\nHost: localhost\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n', 400),
        (b'GET / HTTP/1.1\r\n\r\n', 400),
        (b'GET / HTTP/1.0\r\n\r\n', 421),
        (b'GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n', 421),
    ):
        with running.connection() as connection:
            try:
                connection.sendall(head)
                answer = connection.recv(100)
            except ConnectionError:  # refused while it was still being sent
                continue
            assert_in(f' {status} '.encode(), answer[:20], head[:60])
    assert_equal(running.ask('/health')[0], 200)
