"""Changed bytes in HDF5 files: the values, other sensible values or an error
of ours; no traceback, no crash, no endless loop, no gigabytes.

FUZZ=1000 looks longer. `hdf5_mutations` has the files, readers and limits.
"""

import io
import os
import re
import tempfile

from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.cache import open_cache
from juntingnet_theano.errors import BadFile
from juntingnet_theano.files.global_heaps import check
from juntingnet_theano.network import weights
from tests.helpers.hdf5_mutations import campaign, write_cache, write_weights

COUNT = int(os.environ.get('FUZZ', 60))
FOLDER = tempfile.mkdtemp()


def check_kind(kind):
    outcomes, bad = campaign(kind, 0, COUNT, FOLDER)
    assert_equal(bad, [])
    assert_equal(sum(outcomes.values()), COUNT)
    assert_true(outcomes['BadFile'] and outcomes['same'], outcomes)


def test_caches():
    check_kind('cache')


def test_weights():
    check_kind('weights')


def test_checkpoints():
    check_kind('checkpoint')


def test_lists_and_maps_of_version_73():
    check_kind('list')
    check_kind('map')


def test_submissions_of_version_73():
    check_kind('results')


def test_stimuli_fixations_and_maps_of_pysaliency():
    check_kind('stimuli')
    check_kind('looks')
    check_kind('maps')


def without_a_size(write):
    """A file in whose first global heap the second object, and what follows
    it, has neither index nor size: HDF5 1.14 never comes back from it."""
    path = os.path.join(FOLDER, 'loop.hdf5')
    write(path)
    with open(path, 'rb') as file:
        data = bytearray(file.read())
    start = data.index(b'GCOL\x01') + 16
    first = 16 + -(-int.from_bytes(data[start + 8 : start + 16], 'little') // 8) * 8
    data[start + first : start + first + 16] = bytes(16)
    with open(path, 'wb') as file:
        file.write(data)
    return path


def test_a_heap_that_hdf5_would_read_for_ever_is_refused():
    for write, read in ((write_cache, open_cache), (write_weights, weights.read_attributes)):
        path = without_a_size(write)
        with assert_raises(BadFile) as raised:
            read(path)
        for part in (path, 'global heap', '0 bytes'):
            assert_in(part, str(raised.exception))


def test_types_for_which_hdf5_would_call_nothing_are_refused():
    for write, read in ((write_cache, open_cache), (write_weights, weights.read_attributes)):
        path = os.path.join(FOLDER, 'kind.hdf5')
        write(path)
        with open(path, 'rb') as file:
            data = file.read()
        # Class 9 in version 1, kind 1, any letters, 16 bytes.
        data, count = re.subn(b'\x19\x01([\0\1]\0\x10\0\0\0)', b'\x19\x07\\1', data)
        assert_true(count > 3)
        with open(path, 'wb') as file:
            file.write(data)
        with assert_raises(BadFile) as raised:
            read(path)
        assert_in('neither sequence nor string', str(raised.exception))


def test_a_heap_is_found_wherever_it_lies():
    heap = b'GCOL\x01\0\0\0\0\x10' + bytes(4086)
    for before in (0, 7, (1 << 20) - 4, (1 << 20) - 1, 1 << 20, 3 << 19):
        with assert_raises(ValueError) as raised:
            check(io.BytesIO(bytes(before) + heap))
        assert_in(f'{before:,} ', str(raised.exception))
    for sound in (heap[:-1], b'GCOL\x01' * 2000, b'GCOL\x02' + heap[5:], b''):
        file = io.BytesIO(sound)
        check(file)
        assert_equal(file.tell(), 0)


def test_sizes_that_wrap_around_are_refused():
    for size in ((1 << 64) - 16, (1 << 64) - 1, 5000):
        heap = (
            b'GCOL\x01\0\0\0\0\x10' + bytes(6) + b'\1\0\1\0' + bytes(4) + size.to_bytes(8, 'little')
        ).ljust(4096, b'\0')
        with assert_raises(ValueError):
            check(io.BytesIO(heap))
