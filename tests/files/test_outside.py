"""Files from outside: only regular ones are opened, claims are held down."""

import os
import socket
import tempfile
import tracemalloc

import h5py
from nose.tools import assert_equal, assert_in, assert_less, assert_raises

from juntingnet_theano.errors import BadFile, MissingFiles
from juntingnet_theano.files import outside


def refused(path, limit=None):
    with assert_raises(BadFile) as caught, outside.opened(path, 'reading a test', limit):
        pass
    return str(caught.exception)


def test_a_regular_file_is_opened_at_its_beginning():
    path = os.path.join(tempfile.mkdtemp(), 'caf\udce9')
    with open(path, 'wb') as file:
        file.write(b'whole')
    with outside.opened(path, 'reading a test', 5) as file:
        assert_equal(file.read(), b'whole')
    assert_in('\\xe9', refused(path, 4))


def test_what_is_no_regular_file_is_refused_at_once():
    folder = tempfile.mkdtemp()
    pipe, door = os.path.join(folder, 'pipe'), os.path.join(folder, 'door')
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(door)
        assert_in('a named pipe', refused(pipe))
        assert_in('a socket', refused(door))
    assert_in('a device', refused('/dev/zero'))
    assert_in('a folder', refused(folder))
    assert_in('null', refused('a\0b').lower())
    nowhere = os.path.join(folder, 'none')
    with assert_raises(MissingFiles), outside.opened(nowhere, 'reading a test'):
        pass


def test_a_claim_is_held_down_whatever_its_sides_are():
    for shape in ((1 << 30, 1 << 30), (-1, 5), (1 << 40,)):
        assert_raises(ValueError, outside.allow, shape, 8, 'a map')
    assert_equal(outside.allow((0, 1 << 60), 8, 'nothing'), 0)
    assert_equal(outside.allow((), 8, 'a number'), 8)


def test_a_small_file_may_not_claim_large_values_or_large_chunks():
    path = os.path.join(tempfile.mkdtemp(), 'a.hdf5')
    with h5py.File(path, 'w') as file:
        large = file.create_dataset(
            'large', (60000, 30000), 'f4', chunks=(64, 64), compression='gzip'
        )
        chunky = file.create_dataset(
            'chunky', (2, 2), 'f4', maxshape=(None, None), chunks=(20000, 20000)
        )
        honest = file.create_dataset('honest', data=[1.0, 2.0])
        for dataset in (large, chunky):
            assert_raises(ValueError, outside.allow_dataset, dataset)
        assert_equal(outside.allow_dataset(honest), 16)


def test_no_more_is_read_of_a_text_than_it_may_have():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.toml')
        with open(path, 'wb') as file:
            file.truncate(1 << 28)
        tracemalloc.start()
        with assert_raises(BadFile):
            outside.text(path, 'reading settings', 1000)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert_less(most, 1 << 20)
