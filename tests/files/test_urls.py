"""Files of stores are read, listed and written as those of a disk."""

import contextlib
import functools
import os
import shutil
import tempfile
import unittest
from unittest import mock

import numpy as np
from nose.tools import assert_equal, assert_false, assert_in, assert_raises, assert_true
from PIL import Image

from juntingnet_theano.cli.main import main
from juntingnet_theano.errors import BadFile, BadSetting, DownloadFailed, MissingFile
from juntingnet_theano.files import urls, writing
from juntingnet_theano.pictures import stimuli
from juntingnet_theano.pictures.images import read_rgb
from tests.helpers.output import said
from tests.helpers.stores import s3

FOLDER = tempfile.mkdtemp()
DOING = 'testing'
_started = contextlib.ExitStack()


def setup_module():
    try:
        import fsspec
    except ImportError as error:
        raise unittest.SkipTest(f"pip install '.[cluster]': {error}") from None
    global memory
    memory = fsspec.filesystem('memory')
    for number in range(3):
        pixels = np.full((40, 50, 3), 60 * number, 'uint8')
        pixels[10:20, 10:20] = 255
        place = os.path.join(FOLDER, 'in', 'sub' if number == 2 else '.', f'{number}.png')
        os.makedirs(os.path.dirname(place), exist_ok=True)
        Image.fromarray(pixels).save(place)
    for name in ('notes.txt', '.hidden.png'):
        with open(os.path.join(FOLDER, 'in', name), 'w'):
            pass


def teardown_module():
    _started.close()
    shutil.rmtree(FOLDER)


@functools.lru_cache(maxsize=None)
def stores():
    """A copy of the folder in each store."""
    here = os.path.join(FOLDER, 'in')
    memory.put(here, '/in', recursive=True)
    _started.enter_context(s3('bucket')).put(here, 'bucket/in', recursive=True)
    return 'memory://in', 's3://bucket/in', 'file://' + here


def test_a_folder_is_the_same_in_every_store():
    for url in stores():
        found = stimuli.from_paths([url])
        assert_equal(found.count, 3)
        assert_equal(dict(found.left_out), {'.txt': 1})
        pictures = dict(found)
        assert_equal(sorted(pictures), ['0', '1', 'sub/2'])
        for name, image in pictures.items():
            np.testing.assert_array_equal(
                read_rgb(image), read_rgb(os.path.join(FOLDER, 'in', name + '.png'))
            )


def test_maps_go_from_store_to_store():
    local = os.path.join(FOLDER, 'local')
    assert_equal(run(os.path.join(FOLDER, 'in'), local), 0)
    first, second, third = stores()
    for source, out in (
        (first, 'memory://out'),
        (second, 's3://bucket/out'),
        (third, 'file://' + os.path.join(FOLDER, 'out')),
        (second, os.path.join(FOLDER, 'far')),
    ):
        assert_equal(run(source, out), 0, out)
        for name in ('0', '1', 'sub/2'):
            with urls.opened(f'{out}/{name}.png', DOING) as file, open(
                f'{local}/{name}.png', 'rb'
            ) as expected:
                assert_equal(file.read(), expected.read(), f'{out} {name}')


def test_shards_lie_in_a_store_and_are_finished_there():
    source = stores()[1]
    for said_there in (False, True):
        code, text = said(lambda: main(command(source, 's3://bucket/shards', '--shards', '12')))
        assert_equal(code, 0)
        assert_equal('there already: 3' in text, said_there)
    assert_true(urls.exists('s3://bucket/shards/maps-000000.zip'))
    code = run(source, 's3://bucket/shards', '--shards', '24')
    assert_equal(code, 2)


def command(source, out, *options):
    return ['predict', source, '--model', 'centre', '--out', out, *options]


def run(source, out, *options):
    return said(lambda: main(command(source, out, *options)))[0]


def test_what_is_missing_is_named():
    stores()
    for url in ('memory://in/none.png', 's3://bucket/none.png', 's3://none/a.png'):
        with assert_raises(MissingFile) as caught, urls.opened(url, DOING):
            pass
        assert_in(url, str(caught.exception))
        assert_equal(run(url, os.path.join(FOLDER, 'nothing')), 2)
    assert_false(os.path.exists(os.path.join(FOLDER, 'nothing')))


def test_empty_and_large_files_are_refused_as_on_the_disk():
    stores()
    for place in ('memory://a/empty.png', 's3://bucket/empty.png'):
        with writing.atomic_path(place) as part, open(part, 'wb'):
            pass
        with urls.opened(place, DOING) as file:
            assert_equal(file.read(), b'')
        with assert_raises(BadFile):
            read_rgb(place)
    with writing.atomic_path('s3://bucket/large') as part, open(part, 'wb') as file:
        file.write(bytes(1000))
    with assert_raises(BadFile), urls.opened('s3://bucket/large', DOING, limit=999):
        pass
    with urls.opened('s3://bucket/large', DOING, limit=1000) as file:
        assert_equal(len(file.read()), 1000)


def test_a_pipe_is_refused_by_its_address_too():
    pipe = os.path.join(FOLDER, 'pipe.png')
    os.mkfifo(pipe)
    with assert_raises(BadFile), urls.opened('file://' + pipe, DOING):
        pass


def test_pages_of_the_web_are_refused():
    for url in (
        'http://example.org/a.jpg',
        'https://a/b',
        'simplecache::http://a/b.jpg',
        'ftp://a',
    ):
        assert_true(urls.is_url(url))
        with assert_raises(BadFile) as caught:
            stimuli.from_paths([url])
        assert_in('download it first', str(caught.exception))
        with assert_raises(BadFile):
            read_rgb(url)


def test_a_store_that_does_not_answer_is_told():
    import s3fs

    url = stores()[1]
    with mock.patch.dict(
        os.environ,
        {
            'AWS_ENDPOINT_URL': 'http://127.0.0.1:9',
            'AWS_ACCESS_KEY_ID': 'a',
            'AWS_SECRET_ACCESS_KEY': 'b',
            'AWS_MAX_ATTEMPTS': '1',
        },
    ), assert_raises(DownloadFailed) as caught:
        s3fs.S3FileSystem.clear_instance_cache()
        stimuli.from_paths([url])
    s3fs.S3FileSystem.clear_instance_cache()
    assert_in(url, str(caught.exception))


def test_an_output_that_holds_the_pictures_is_refused():
    stimuli_folder = 'memory://in'
    memory.put(os.path.join(FOLDER, 'in'), '/in', recursive=True)
    with assert_raises(BadSetting):
        stimuli.from_paths([stimuli_folder + '/sub'], stimuli_folder)
    before = memory.cat_file('/in/0.png')
    assert_equal(run('memory://in/0.png', 'memory://in'), 2)
    assert_equal(memory.cat_file('/in/0.png'), before)
    here = os.path.join(FOLDER, 'in')
    for source, out in (('file://' + here, here), (here, 'file://' + here)):
        assert_equal(run(source, out), 2)
        assert_equal(run(source + '/0.png', out), 2)
    with open(os.path.join(here, '0.png'), 'rb') as file:
        assert_equal(file.read(), before)


def test_nothing_is_sent_of_what_was_not_finished():
    with assert_raises(ZeroDivisionError), writing.atomic_path('memory://half/a.txt') as part:
        with open(part, 'w') as file:
            file.write('half')
        1 / 0  # noqa: B018
    assert_false(urls.exists('memory://half/a.txt'))
