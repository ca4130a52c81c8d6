"""The service through a real process: `web`."""

import contextlib
import glob
import io
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import numpy as np
import scipy.io
from nose.tools import assert_equal, assert_greater, assert_in, assert_not_in
from PIL import Image

import juntingnet_theano
from tests.helpers import scenes, services
from tests.helpers.damaged_files import png, saved
from tests.helpers.mat_files import structs

PICTURES = os.path.join(os.path.dirname(juntingnet_theano.__file__), 'web', 'static', 'pictures')
running = None


def setup_module():
    global running
    reason = services.missing()
    if reason:
        raise unittest.SkipTest(reason)
    running = services.Service('--megapixels', '2', '--megabytes', '4').__enter__()


def teardown_module():
    if running is not None:
        running.__exit__()


def photo(name='coffee'):
    with open(os.path.join(PICTURES, name + '.jpg'), 'rb') as file:
        return file.read()


def large():
    """A small file of many pixels, more than this service takes."""
    return png(np.zeros((2000, 1500, 3), 'uint8'))


def test_a_photo_gets_the_map_of_the_command_line():
    with tempfile.TemporaryDirectory() as folder:
        for name in ('network', 'gbvs'):
            out = os.path.join(folder, name)
            subprocess.run(
                [sys.executable, '-m', 'juntingnet_theano', 'predict', '--out', out]
                + ([] if name == 'network' else ['--model', name])
                + [os.path.join(PICTURES, 'coffee.jpg')],
                check=True,
                capture_output=True,
            )
            with open(os.path.join(out, 'coffee.png'), 'rb') as file:
                expected = np.asarray(Image.open(file))
            options = '' if name == 'network' else '?model=' + name
            body, headers = services.form(file=photo())
            status, heads, found = running.ask('/predict' + options, body, headers)
            assert_equal((status, heads['content-type']), (200, 'image/png'))
            np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(found))), expected)


def test_a_body_and_a_form_are_the_same_picture():
    body, headers = services.form(file=photo(), model='itti')
    in_form = running.ask('/predict', body, headers)
    assert_equal(in_form[0], 200)
    assert_equal(in_form[2], running.ask('/predict?model=itti', photo())[2])


def test_all_forms_hold_the_same_map():
    answers = {
        form: running.ask('/predict?model=itti&form=' + form, photo())
        for form in ('png', 'png16', 'npy', 'json', 'overlay')
    }
    assert_equal([each[0] for each in answers.values()], [200] * 5)
    values = np.load(io.BytesIO(answers['npy'][2]))
    assert_equal((values.dtype, values.shape), (np.dtype('<f4'), (400, 600)))
    for form, steps in (('png', 255), ('png16', 65535)):
        image = np.asarray(Image.open(io.BytesIO(answers[form][2])))
        np.testing.assert_allclose(image / steps, values, atol=0.501 / steps)
    said = json.loads(answers['json'][2])
    np.testing.assert_allclose(said['map'], values, atol=5.1e-5)
    assert_equal((said['model'], said['height'], said['width']), ('itti', 400, 600))
    assert_equal(Image.open(io.BytesIO(answers['overlay'][2])).size, (600, 400))


def test_a_side_averages_a_map_down():
    whole = np.load(io.BytesIO(running.ask('/predict?model=itti&form=npy', photo())[2]))
    small = np.load(io.BytesIO(running.ask('/predict?model=itti&form=npy&side=150', photo())[2]))
    expected = whole.reshape(100, 4, 150, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(small, expected, atol=1e-6)


def test_what_is_wrong_is_said_and_where_things_lie_is_not():
    for path, body, status, part in (
        ('/predict', b'no picture', 422, 'not an image'),
        ('/predict', photo()[:9000], 422, 'truncated'),
        ('/predict', b'', 422, 'no picture'),
        ('/predict?model=../../etc/passwd', photo(), 400, 'model='),
        ('/predict?model=mean-map', photo(), 400, 'mean-map'),
        ('/predict?views=3', photo(), 400, 'views=3'),
        ('/predict?views=2&model=itti', photo(), 400, 'views=2'),
        ('/predict?form=exe', photo(), 400, 'form=exe'),
        ('/predict?side=0', photo(), 400, 'side=0'),
        ('/predict?modle=itti', photo(), 400, 'modle='),
        ('/predict?model=itti&model=bms', photo(), 400, 'model='),
        ('/predict', large(), 413, '1,500 x 2,000'),
        ('/predict?model=bms', large(), 413, '1,500 x 2,000'),
        ('/predict', bytes(5 << 20), 413, '5,242,880'),
        ('/predict?form=json', png(np.zeros((1100, 1000), 'uint8')), 400, '1000 x 1100'),
    ):
        found, error = running.error(path, body)
        assert_equal(found, status, (path, error))
        assert_in(part, error['got'])
        assert_not_in(os.path.dirname(juntingnet_theano.__file__), json.dumps(error))
        assert_not_in('--', json.dumps(error))


def test_broken_forms_are_refused():
    body, headers = services.form(file=photo())
    for sent, kind in (
        (body[:-60], headers['Content-Type']),
        (body, 'multipart/form-data'),
        (body, 'multipart/form-data; boundary=other'),
        (services.form(other='x')[0], headers['Content-Type']),
    ):
        assert_equal(running.ask('/predict', sent, {'Content-Type': kind})[0], 422)


def test_other_paths_and_methods_are_refused():
    assert_equal(running.error('/nowhere')[0], 404)
    assert_equal(running.error('/predict')[0], 405)
    for path in ('/static/../service.py', '/static/%2e%2e/service.py', '/static/..%2fservice.py'):
        assert_equal(running.ask(path)[0], 404)


def test_other_names_and_other_pages_are_not_heard():
    for headers, status in (
        ({'Host': 'evil.example'}, 421),
        ({'Host': f'evil.example:{running.port}'}, 421),
        ({'Host': '10.1.2.3'}, 421),
        ({'Origin': 'http://evil.example'}, 403),
        ({'Origin': 'null'}, 403),
        ({'Origin': 'http://localhost:1'}, 403),
        ({'Sec-Fetch-Site': 'cross-site'}, 403),
        ({'Host': 'localhost:80', 'Origin': 'http://localhost:80'}, 200),
        ({'Host': '[::1]'}, 200),
    ):
        assert_equal(running.ask('/predict?model=centre', photo(), headers)[0], status, headers)


def test_every_answer_carries_the_headers_of_security():
    for path in ('/', '/static/app.js', '/health', '/models', '/nowhere'):
        _, headers, _ = running.ask(path)
        policy = headers['content-security-policy']
        assert_in("default-src 'none'", policy)
        assert_not_in('unsafe', policy)
        assert_equal(headers['x-content-type-options'], 'nosniff')
        assert_equal(headers['x-frame-options'], 'DENY')
        assert_equal(headers['access-control-allow-origin'], None)
        assert_equal(headers['server'], None)


def test_a_picture_leaves_nothing_in_log_and_files():
    mark = 'secret-of-somebody'
    before = set(glob.glob(os.path.join(tempfile.gettempdir(), '*')))
    body, headers = services.form(file=photo())
    body = body.replace(b'filename="x"', f'filename="{mark}.jpg"'.encode())
    assert_equal(running.ask(f'/predict?model=centre&form={mark}', body, headers)[0], 400)
    assert_equal(running.ask('/predict?model=centre', body, headers)[0], 200)
    assert_not_in(mark, running.log())
    after = set(glob.glob(os.path.join(tempfile.gettempdir(), '*')))
    assert_equal([each for each in after - before if mark in each], [])
    lines = [line for line in running.log().splitlines() if ' POST /predict ' in line]
    assert_in(' 200 ', lines[-1])


def test_fixations_are_scored_as_by_the_metrics():
    from juntingnet_theano import metrics

    points = np.array([[100, 150], [300, 200], [310.4, 190], [599, 399]])
    table = 'x,y\n' + '\n'.join('{},{}'.format(*point) for point in points)
    body, headers = services.form(file=photo(), fixations=table.encode())
    status, _, found = running.ask('/score?model=itti', body, headers)
    assert_equal(status, 200)
    scores = {each['name']: each['value'] for each in json.loads(found)['scores']}
    values = np.load(io.BytesIO(running.ask('/predict?model=itti&form=npy', photo())[2]))
    fixations = metrics.fixation_map(points[:, 0], points[:, 1], values.shape)
    assert_equal(list(scores), ['similarity', 'cc', 'auc_borji', 'auc_judd', 'nss'])
    np.testing.assert_allclose(scores['nss'], metrics.nss(values, fixations), atol=1e-9)
    np.testing.assert_allclose(
        scores['cc'], metrics.cc(values, metrics.lowpass(fixations)), atol=1e-9
    )
    for wrong in (b'', b'a,b\n', b'1,2\nx,y\n', b'900,3', b'\xff\xfe', b'nan,1', b'i,x,y\n' * 9):
        body, headers = services.form(file=photo(), fixations=wrong)
        assert_equal(running.ask('/score?model=centre', body, headers)[0], 422, wrong)
    body, headers = services.form(file=photo(), fixations=b'image,x,y\na,1,2\nb,3,4')
    assert_in('2 pictures', running.error('/score?model=centre', body, headers)[1]['got'])


def test_auc_shuffled_is_scored_where_the_gaze_at_others_is_known():
    from juntingnet_theano import metrics

    rng = np.random.RandomState(0)
    points, others = rng.uniform(0, 399, (2, 30, 2))
    tables = [
        'x,y\n' + '\n'.join('{},{}'.format(*each) for each in some) for some in (points, others)
    ]
    tables[0] += '\n700,3\n'
    body, headers = services.form(
        file=photo(), fixations=tables[0].encode(), others=tables[1].encode()
    )
    found = json.loads(running.ask('/score?model=itti', body, headers)[2])
    assert_equal((found['fixations'], found['outside']), (30, 1))
    scores = {each['name']: each['value'] for each in found['scores']}
    assert_equal(list(scores), ['similarity', 'cc', 'auc_shuffled', 'auc_borji', 'auc_judd', 'nss'])
    values = np.load(io.BytesIO(running.ask('/predict?model=itti&form=npy', photo())[2]))
    maps = [metrics.fixation_map(*some.T, values.shape) for some in (points, others)]
    protocol = metrics.PROTOCOLS['mit']._replace(metrics=('auc_shuffled',))
    truth = metrics.GroundTruth(maps[0], metrics.lowpass(maps[0]), maps[1])
    expected = metrics.score(values, truth, protocol, np.random.SeedSequence(0))
    np.testing.assert_allclose(scores['auc_shuffled'], expected['auc_shuffled'], atol=1e-9)


def test_files_of_gaze_tell_of_their_pictures():
    observers = structs([{'fixations': np.array([[1.0, 1], [9, 4]])}])
    one = {'image': 'a', 'resolution': np.array([[30, 40]]), 'gaze': observers}
    entry = dict(one, gaze=structs([{'fixation': np.array([[2.0, 3]])}]))
    listed = structs([entry, dict(entry, image='b', gaze=np.zeros((0, 0)))])
    for content, expected in (
        (b'3,1\n4,2.5\n', [('', None, [[3, 1], [4, 2.5]])]),
        (
            b'subject;image;x;y\nann;b/a.jpg;1,5;2\nann;c.jpg;3;4\n',
            [('b/a.jpg', None, [[1.5, 2]]), ('c.jpg', None, [[3, 4]])],
        ),
        (saved(scipy.io.savemat, one), [('a', 40, [[0, 0], [8, 3]])]),
        (saved(scipy.io.savemat, {'validation': listed}), [('a', 40, [[1, 2]])]),
    ):
        status, _, found = running.ask('/gaze', content)
        assert_equal(status, 200, found)
        found = json.loads(found)['pictures']
        assert_equal([(each['name'], each['width'], each['fixations']) for each in found], expected)
    for wrong, part in (
        (b'', 'no file'),
        (photo(), 'neither names'),
        (b'x,y\n', '0 fixations'),
        (saved(scipy.io.savemat, {'a': 1}), 'gaze'),
        (saved(scipy.io.savemat, one)[:200], 'MAT'),
    ):
        status, error = running.error('/gaze', wrong)
        assert_equal(status, 422)
        assert_in(part, json.dumps(error))


def test_the_numbers_count_what_was_answered():
    def counted():
        text = running.ask('/metrics')[2].decode()
        return dict(line.rsplit(' ', 1) for line in text.splitlines() if line[0] != '#')

    name = 'juntingnet_requests_total{path="/predict",status="422"}'
    before = counted()
    running.ask('/predict', b'no picture')
    after = counted()
    assert_equal(int(after[name]), int(before.get(name, 0)) + 1)
    assert_equal(after['juntingnet_ready'], '1')
    assert_equal(after['juntingnet_held_bytes'], '0')


def test_requests_that_come_together_get_their_own_maps():
    pictures = [png(scenes.texture(60, 80, seed)) for seed in range(8)]
    alone = [running.ask('/predict?views=1&form=npy', each)[2] for each in pictures]
    found = [None] * len(pictures)

    def ask(index):
        found[index] = running.ask('/predict?views=1&form=npy', pictures[index])[2]

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_equal(found, alone)


def test_half_a_request_and_strange_headers_harm_nobody():
    with running.connection() as half, running.connection() as strange:
        half.sendall(b'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na')
        strange.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\nX: ' + b'a' * (1 << 20))
        assert_in(b' 400 ', strange.recv(100))
        assert_equal(running.ask('/predict?model=centre', photo())[0], 200)
    assert_equal(running.ask('/health')[0], 200)


def test_a_thousand_silent_connections_keep_nobody_out():
    with contextlib.ExitStack() as stack:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = 1000 if soft < 0 or soft > 1100 else soft - 100
        for _ in range(count):
            stack.enter_context(running.connection())
        assert_equal(running.ask('/predict?model=centre', photo())[0], 200)


def children(process):
    with open(f'/proc/{process.pid}/task/{process.pid}/children') as file:
        found = file.read().split()
    for thread in os.listdir(f'/proc/{process.pid}/task'):
        with open(f'/proc/{process.pid}/task/{thread}/children') as file:
            found += file.read().split()
    workers = []
    for each in set(found):
        with open(f'/proc/{each}/cmdline', 'rb') as file:
            if b'spawn_main' in file.read():
                workers.append(int(each))
    return workers


def test_a_killed_process_is_replaced_and_the_next_request_answered():
    if not os.path.exists('/proc/self/task'):
        raise unittest.SkipTest('finding the process needs /proc')
    expected = running.ask('/predict', photo())[2]
    for each in children(running.process):
        os.kill(each, signal.SIGKILL)
    status, _, found = running.ask('/predict', photo())
    if status != 200:  # it was on its way when the process was killed
        assert_equal(status, 500)
        status, _, found = running.ask('/predict', photo())
    assert_equal((status, found), (200, expected))
    assert_in('juntingnet_restarts_total', running.ask('/metrics')[2].decode())


def test_a_full_queue_says_when_to_come_again():
    with services.Service('--waiting', '1') as small:
        answers = []
        picture = png(scenes.texture(300, 400, 0))

        def ask():
            status, headers, _ = small.ask('/predict?model=bms', picture)
            answers.append((status, headers['retry-after']))

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert_equal(set(answers), {(200, None), (503, '1')})
        assert_equal(small.ask('/predict?model=centre', picture)[0], 200)


def test_limits_of_time_hold_and_cost_one_request():
    with services.Service('--seconds', '0.4', '--slowest', '1') as quick:
        wide = png(scenes.texture(2000, 3000, 0))
        status, error = quick.error('/predict?model=bms', wide)
        assert_equal(status, 504, error)
        assert_equal(quick.ask('/health')[0], 200)
        with quick.connection() as silent, quick.connection() as slow, quick.connection() as body:
            silent.sendall(b'')
            slow.sendall(b'GET / HTTP/1.1\r\nHost: local')
            body.sendall(b'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na')
            assert_equal(silent.recv(100), b'')
            assert_equal(slow.recv(100), b'')
            assert_in(b' 408 ', body.recv(100))


def test_a_token_opens_the_service_to_others():
    token = 'a-token-of-many-characters'
    with services.Service('--token', token, '--host', '0.0.0.0') as guarded:
        for headers, status in (
            ({}, 401),
            ({'Authorization': 'Bearer wrong'}, 401),
            ({'Authorization': token}, 401),
            ({'Authorization': 'Bearer ' + token}, 200),
            ({'Authorization': 'Bearer ' + token, 'Host': '10.1.2.3'}, 200),
            ({'Authorization': 'Bearer ' + token, 'Host': 'evil.example'}, 421),
        ):
            assert_equal(guarded.ask('/models', headers=headers)[0], status, headers)
            assert_equal(guarded.ask('/predict?model=centre', photo(), headers)[0], status, headers)
        assert_equal(guarded.ask('/')[0], 200)
        assert_equal(guarded.ask('/health')[0], 200)
        assert_in('travels unencrypted', guarded.log())


def test_it_finishes_what_it_has_and_ends_with_0():
    with services.Service() as ending:
        answers = []
        body = png(scenes.texture(400, 500, 1))
        thread = threading.Thread(
            target=lambda: answers.append(ending.ask('/predict?model=itti', body)[0])
        )
        before = ending.log().count('\n')
        thread.start()
        deadline = time.monotonic() + 30
        while not _took_in(ending) and time.monotonic() < deadline and not answers:
            time.sleep(0.005)
        assert_equal(ending.end(), 0)
        thread.join()
        assert_equal(answers, [200])
        assert_greater(ending.log().count('\n'), before)


def _took_in(service):
    text = service.ask('/metrics')[2].decode()
    return 'juntingnet_held_bytes 0\n' not in text


def test_the_process_that_answers_imports_no_engine_and_no_scipy():
    # They are the other process's, which starts meanwhile.
    found = subprocess.check_output(
        [sys.executable, '-c']
        + [
            'import sys; from juntingnet_theano.web import guard, service; '
            "service.application(service.Service(), guard.Hosts('127.0.0.1')); "
            "print(sorted({'h5py', 'lasagne', 'numba', 'pytensor', 'scipy'} & set(sys.modules)))"
        ],
        text=True,
    )
    assert_equal(found, '[]\n')


def test_addresses_and_tokens_that_do_not_do_are_refused():
    for options, part in (
        (['--host', '0.0.0.0'], '--no-token'),
        (['--host', '192.0.2.1', '--no-token'], '192.0.2.1'),
        (['--port', str(running.port)], str(running.port)),
        (['--token', 'short'], 'at least 16'),
        (['--weights', 'nowhere.hdf5'], 'nowhere.hdf5'),
    ):
        found = subprocess.run(
            [sys.executable, '-m', 'juntingnet_theano', 'serve', *options],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert_equal(found.returncode, 2, found.stderr)
        assert_in(part, found.stderr)
        assert_not_in('Traceback', found.stderr)


def test_the_description_names_what_there_is():
    described = json.loads(running.ask('/openapi.json')[2])
    for path, methods in described['paths'].items():
        if path in ('/predict', '/score', '/gaze'):
            assert_equal(list(methods), ['post'])
        else:
            assert_equal(running.ask(path)[0], 200, path)
    options = {each['name']: each for each in described['paths']['/predict']['post']['parameters']}
    said = json.loads(running.ask('/models')[2])
    assert_equal(options['form']['schema']['enum'], said['forms'])
    assert_equal(options['model']['schema']['examples'], [each['name'] for each in said['models']])


def test_the_description_holds_for_whatever_schemathesis_sends():
    program = os.path.join(os.path.dirname(sys.executable), 'schemathesis')
    if not os.path.exists(program):
        raise unittest.SkipTest('schemathesis is missing: pip install schemathesis')
    with tempfile.TemporaryDirectory() as folder:
        found = subprocess.run(
            [program, 'run', running.url + 'openapi.json', '--max-examples', '5', '--seed', '1']
            + ['--phases', 'examples,fuzzing', '--suppress-health-check', 'all']
            # That bytes are a picture is nothing that a schema can say.
            + ['--exclude-checks', 'positive_data_acceptance'],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert_equal(found.returncode, 0, found.stdout + found.stderr)


def load(port, count, seed, results):
    """Requests of one client, each checked against its own map."""
    service = services.Service()
    service.port = port
    picture = png(scenes.texture(96, 128, seed))
    maps, seconds = set(), []
    for _ in range(count):
        started = time.monotonic()
        status, _, found = service.ask('/predict?views=1', picture)
        seconds.append(time.monotonic() - started)
        maps.add((status, found))
    results.put((seed, seconds, maps))


def test_many_clients_each_get_their_own_map():
    for clients in (1, 8, 32):
        results = queue.Queue()
        threads = [
            threading.Thread(target=load, args=(running.port, 64 // clients, seed, results))
            for seed in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _ in range(clients):
            seed, _, maps = results.get()
            expected = running.ask('/predict?views=1', png(scenes.texture(96, 128, seed)))[2]
            assert_equal(maps, {(200, expected)})
