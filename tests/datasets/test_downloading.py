"""Whole data sets: fetched, put there by hand, broken off, refused."""

import contextlib
import hashlib
import io
import os
import tempfile
import zipfile

from nose.tools import (
    assert_equal,
    assert_false,
    assert_in,
    assert_not_in,
    assert_raises,
    assert_true,
)

from juntingnet_theano.datasets import registry
from juntingnet_theano.datasets.downloading import download, missing
from juntingnet_theano.datasets.readers import sample
from juntingnet_theano.errors import Busy, DownloadFailed, JuntingNetError, NotEnoughSpace
from juntingnet_theano.files.http_answers import Patience
from juntingnet_theano.files.writing import locked
from tests.helpers import servers
from tests.helpers.output import captured

QUICK = Patience(connect=2.0, read=0.5, attempts=2, pause=0.01, longest=0.05)
LIST = b'a list of images'


def setup_module():
    os.environ['no_proxy'] = '127.0.0.1'


def packed(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        for name, data in members.items():
            archive.writestr(f'images/{name}.jpg', data)
    return file.getvalue()


IMAGES = packed(a=b'image a', b=b'image b')


def md5(data):
    return 'md5:' + hashlib.md5(data).hexdigest()


def entry(*urls, **options):
    """A set of a list and an archive, each at `urls`/<name>."""
    template = registry.entry('isun')
    return template._replace(
        name='toy',
        dead=options.get('dead', False),
        files=tuple(
            registry.File(
                name,
                tuple(url + name for url in urls),
                'content of ' + name,
                (gives,),
                hash=md5(data),
                unpack=unpack,
            )
            for name, data, gives, unpack in (
                ('training.mat', LIST, 'training.mat', None),
                ('image.zip', IMAGES, 'images/', ''),
            )
        ),
    )


def host(**changed):
    """A server of the set's files, some of them `changed`."""
    data = {'/training.mat': LIST, '/image.zip': IMAGES}
    data.update({'/' + name.replace('_', '.'): value for name, value in changed.items()})

    def answer(handler):
        held = data.get(handler.path)
        if callable(held):
            held(handler)
        elif held is None:
            servers.status(404)(handler)
        else:
            servers.serve(held)(handler)

    return servers.Server(answer)


@contextlib.contextmanager
def quiet(label, total=None, done=0):
    yield lambda count: None


def run(what, root, **options):
    said = []
    download(
        what,
        root,
        patience=QUICK,
        say=said.append,
        watch_bytes=quiet,
        watch=lambda items, *_: items,
        **options,
    )
    return said


def put(data, *parts):
    path = os.path.join(*parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(data)


def content(*parts):
    with open(os.path.join(*parts), 'rb') as file:
        return file.read()


def refusal(what, root, **options):
    with assert_raises(DownloadFailed) as raised:
        run(what, root, **options)
    return str(raised.exception)


def test_a_set_comes_verified_and_unpacked_and_only_once():
    root = os.path.join(tempfile.mkdtemp(), 'toy')
    with host() as server:
        toy = entry(server.url('/'))
        assert_in('2 files', run(toy, root)[0])
        assert_equal(content(root, 'training.mat'), LIST)
        assert_equal(content(root, 'images', 'b.jpg'), b'image b')
        asked = len(server.log)
        assert_equal(run(toy, root), [])
        assert_equal(len(server.log), asked)
        # An archive may be removed when it is unpacked.
        os.remove(os.path.join(root, 'image.zip'))
        run(toy, root)
        assert_equal(len(server.log), asked)
    assert_equal(missing(toy, root), [])


def test_addresses_are_tried_in_their_order():
    root = tempfile.mkdtemp()
    with host(image_zip=b'an older edition') as first, host() as second:
        run(entry(first.url('/'), second.url('/')), root)
        assert_equal([path for path, _ in second.log], ['/image.zip'])
    assert_equal(content(root, 'images', 'a.jpg'), b'image a')
    assert_equal(content(root, 'image.zip.wrong-hash'), b'an older edition')


def test_one_file_that_fails_does_not_keep_the_others_away():
    root = tempfile.mkdtemp()
    with host(training_mat=servers.status(403)) as server:
        message = refusal(entry(server.url('/')), root)
        url = server.url('/training.mat')
    assert_in('1 of 2 files', message)
    for part in (
        os.path.join(root, 'training.mat'),
        url + ': 403',
        'content of training.mat',
        md5(LIST),
        'size unknown',
        'juntingnet download toy --raw ' + root,
    ):
        assert_in(part, message)
    assert_not_in('no host could be reached', message)
    assert_equal(content(root, 'images', 'a.jpg'), b'image a')


def test_without_a_network_one_sentence_and_the_list_of_files():
    root = tempfile.mkdtemp()
    for dead, advice in ((False, 'with a browser'), (True, 'who has')):
        message = refusal(entry('http://nobody.invalid/', dead=dead), root)
        assert_in('no host could be reached; 2 of 2 files', message)
        assert_in(advice, message)
        for name in ('training.mat', 'image.zip'):
            assert_in(os.path.join(root, name), message)
        assert_equal(message.count('its host has no address'), 1)
        assert_in('not tried', message)
        assert_in('mirror: https://www.dropbox.com', message)
    assert_equal(os.listdir(root), [])


def test_files_put_there_by_hand_are_verified_and_unpacked():
    root = tempfile.mkdtemp()
    put(LIST, root, 'training.mat')
    put(IMAGES, root, 'image.zip')
    run(entry('http://nobody.invalid/'), root)
    assert_equal(content(root, 'images', 'a.jpg'), b'image a')


def test_folders_put_there_by_hand_are_enough():
    root = tempfile.mkdtemp()
    put(LIST, root, 'training.mat')
    put(b'image a', root, 'images', 'a.jpg')
    assert_equal(run(entry('http://nobody.invalid/'), root), [])


def test_a_file_that_lies_there_and_is_another_is_left_alone_and_named():
    root = tempfile.mkdtemp()
    put(b'mine', root, 'training.mat')
    put(b'mine too', root, 'image.zip')
    with host() as server:
        message = refusal(entry(server.url('/')), root)
        assert_equal(server.log, [])
    assert_equal(message.count('it is another file'), 2)
    assert_not_in('no host could be reached', message)
    assert_in('expected {}, got {}'.format(md5(LIST)[4:], md5(b'mine')[4:]), message)
    assert_equal(content(root, 'training.mat'), b'mine')


def test_a_hostile_archive_is_one_of_the_failures():
    root = tempfile.mkdtemp()
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('../outside.jpg', b'')
    toy = entry('http://nobody.invalid/')
    toy = toy._replace(files=tuple(each._replace(hash=None) for each in toy.files))
    put(LIST, root, 'training.mat')
    put(file.getvalue(), root, 'image.zip')
    message = refusal(toy, root)
    assert_in('would leave its folder', message)
    assert_in('remove it', message)
    assert_false(os.path.exists(os.path.join(root, '..', 'outside.jpg')))


def test_an_unpacking_that_broke_off_goes_on_without_its_host():
    root = tempfile.mkdtemp()
    put(LIST, root, 'training.mat')
    put(IMAGES, root, 'image.zip')
    put(b'image a', root, '.image.zip.part', 'images', 'a.jpg')
    assert_equal(missing(entry('x'), root), [])
    run(entry('http://nobody.invalid/'), root)
    assert_equal(content(root, 'images', 'b.jpg'), b'image b')
    assert_false(os.path.exists(os.path.join(root, '.image.zip.part')))


def test_the_disk_is_asked_before_anything_is_fetched():
    root = tempfile.mkdtemp()
    with host() as server:
        toy = entry(server.url('/'))
        toy = toy._replace(files=tuple(each._replace(bytes=1 << 59) for each in toy.files))
        with assert_raises(NotEnoughSpace):
            run(toy, root)
        assert_equal(server.log, [])


def test_two_downloads_into_one_folder_are_one_too_many():
    root = tempfile.mkdtemp()
    with locked(os.path.join(root, 'download'), 'downloading'), assert_raises(Busy):
        run(entry('http://nobody.invalid/'), root)


def test_the_command_lists_what_it_would_fetch():
    for name in registry.names():
        code, out, _ = captured(['download', name, '--list'])
        assert_equal(code, 0)
        known = registry.entry(name)
        assert_in(known.licence, out)
        for file in known.files:
            assert_in(file.name, out)
            assert_in(file.hash or 'hash unknown', out)
            for page in file.pages:
                assert_in(page, out)


def test_the_command_draws_the_sample():
    root = os.path.join(tempfile.mkdtemp(), 'sample')
    real = sample.generate
    sample.generate = lambda path, watch: real(path, (1, 1, 1), watch=watch)
    try:
        for _ in range(2):  # the second finds it
            code, out, _ = captured(['download', 'sample', '--raw', root])
            assert_equal(code, 0)
            assert_in('is complete', out)
    finally:
        sample.generate = real
    os.remove(os.path.join(root, 'testing.mat'))
    assert_equal(captured(['download', 'sample', '--raw', root])[0], 2)


def test_an_unknown_set_offers_the_nearest():
    code, _, error = captured(['download', 'salicon-2016'])
    assert_equal(code, 2)
    assert_in('did you mean', error)


def test_the_command_fails_in_words():
    root = tempfile.mkdtemp()
    code, _, error = captured(
        ['download', 'isun', '--raw', root, '--proxy', 'http://nobody.invalid:9']
    )
    assert_equal(code, 2)
    assert_in('the proxy has no address', error)
    assert_true(error.startswith('juntingnet: While downloading isun: '))
    for file in registry.entry('isun').files:
        assert_in(os.path.join(root, file.name), error)
    assert_not_in('Traceback', error)
    assert_true(issubclass(DownloadFailed, JuntingNetError))
