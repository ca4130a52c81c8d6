"""Pickles that are no network: nothing is called, no room made, no traceback.

Each is refused with the name of what no network needs, or with its cause.
"""

import contextlib
import os
import struct
import tracemalloc

import numpy as np
from hypothesis import HealthCheck, given, settings, strategies
from nose.tools import assert_almost_equal, assert_equal, assert_raises, assert_true

from juntingnet_theano.errors import BadFile, WeightsMismatch
from juntingnet_theano.network import published_weights
from juntingnet_theano.network.pickles import arrays, opened
from juntingnet_theano.network.pickles.machine import MAX_OPCODES
from juntingnet_theano.network.pickles.stream import MAX_KEPT
from tests.helpers import python2_pickles as py2
from tests.helpers.tiny_pickles import GOLDEN, TINY, found, refused, values_of, written


def test_names_outside_a_network_are_refused_and_named():
    for module, attribute in (
        ('os', 'system'),
        ('posix', 'system'),
        ('__builtin__', 'eval'),
        ('builtins', 'exec'),
        ('__builtin__', 'getattr'),
        ('numpy', 'load'),
        ('numpy.core.multiarray', 'fromfile'),
        ('functools', 'partial'),
        ('copy_reg', '__newobj__'),
        ('subprocess', 'Popen'),
        ('theanox', 'a'),
        ('', 'a'),
    ):
        refused(
            py2.stream(py2.reduced(py2.name(module, attribute), py2.text('touch hacked'))),
            BadFile,
            f'{module}.{attribute}',
        )


def short_text(value):
    return b'\x8c' + bytes([len(value)]) + value


def test_dotted_and_odd_names_of_protocol_4_are_refused():
    for module, attribute in (
        (b'theano', b'os.system'),
        (b'lasagne', b'layers.os'),
        (b'numpy', b'dtype.__class__'),
        (b'theano\n', b'a'),
        (b'theano', 'ä'.encode()),
        (b'theano', b'a\x1b[2J'),
        (b'theano', b''),
    ):
        refused(
            b'\x80\x04' + short_text(module) + short_text(attribute) + b'\x93.',
            BadFile,
            'no network needs',
        )
    refused(b'\x80\x04K\1K\2\x93.', BadFile, 'not text')


def test_opcodes_that_no_network_needs_are_refused():
    for body in (
        b'P1\n',
        b'K\1Q',
        b'\x82\1',
        b'\x83\1\0',
        b'\x84\1\0\0\0',
        b'(ios\nsystem\n',
        b'L1L\n',
        b'\x8b\1\0\0\0\1',
        b"S'a'\n",
        b'Va\n',
        b'F1\n',
        b'p0\n',
        b'g0\n',
        b'\x97',
        b'\x98',
        b'\xff',
    ):
        refused(py2.stream(body), BadFile, 'opcode')


def test_a_call_is_only_recorded():
    made = py2.reduced(py2.name('theano.misc', 'run'), py2.text('rm'))
    for body in (
        made,
        py2.name('__main__', 'run') + b')\x81',
        b'(' + py2.name('theano', 'run') + py2.text('rm') + b'o',
        made + py2.dict_of({'__setstate__': py2.NONE, '__class__': py2.text('x')}) + b'b',
        py2.new(py2.name('lasagne.layers.base', 'Layer'), __dict__=py2.NONE),
    ):
        with opened(written(py2.stream(body))) as pickle_:
            assert_equal(pickle_.root.kind, 'object')


def test_states_and_elements_of_what_has_none_are_refused():
    cls = py2.name('theano', 'Variable')
    for body in (
        cls + b'}b',
        b'](K\1e}b',
        b'}}b',
        b'K\1}b',
        b'}K\1a',
        b'NK\1a',
        b'](K\1K\2u',
        b'}(K\1u',
        b'K\1)R',
        cls + b'K\1R',
        b'(o',
        b'(K\1o',
        cls + b')R}b}b',
        cls + b')}\x81',
    ):
        refused(py2.stream(body), BadFile)


def test_what_is_not_on_the_stack_is_not_taken():
    for body in (
        b'',
        b'0',
        b'1',
        b'2',
        b'a',
        b'e',
        b'b',
        b's',
        b'u',
        b't',
        b'\x85',
        b'K\1\x86',
        b'h\1',
        b'j\1\0\0\0',
        b'q\1',
        b'R',
        b'\x93',
        b'\x90',
        b'\x94',
        b'(',
        b'(((',
    ):
        refused(py2.stream(body), BadFile)


def test_huge_claims_make_no_room():
    tracemalloc.start()
    for body in (
        b'T' + struct.pack('<i', -1),
        b'T' + b'\xff\xff\xff\x7f',
        b'X\xff\xff\xff\xff',
        b'B\xff\xff\xff\xff',
        b'\x8d' + b'\xff' * 8,
        b'\x8e' + b'\xff' * 8,
        b'\x96' + b'\xff' * 8,
        b'\x95' + b'\xff' * 8,
        b'\x8a\xff',
        b'NI' + b'9' * 5000 + b'\n',
        b'N' + b'r\xff\xff\xff\xff' + b'K\1',
        b'c' + b'a' * 100000,
    ):
        with contextlib.suppress(BadFile):
            found(py2.stream(body))
    for shape in ((1 << 30, 1 << 30), (-1, 5), (1,) * 40, (2, 3), (0,)):
        path = written(py2.stream(py2.array(np.ones(4), shape)))
        with assert_raises(BadFile), opened(path) as pickle_:
            arrays.load(pickle_, arrays.claimed(pickle_.root))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_true(peak < 4 << 20, peak)


def test_arrays_of_objects_and_of_records_are_refused():
    for kind in ('O8', 'V16', 'S5', 'c8', 'f16', 'M8', 'i4,f4', 'f4\n', ''):
        refused(py2.stream(py2.list_of(py2.array([1.0], kind=kind))), BadFile, 'real numbers')


def test_lists_nested_100000_deep_neither_recurse_nor_linger():
    for body in (
        b']' * 100000 + b'a' * 99999,
        b')' + b'\x85' * 100000,
        py2.name('theano', 'V') + b'q\0' + b')' + b'\x85h\0)R\x86' * 30000,
        b']q\0h\0a',
        b'}' + b')' + b'\x85' * 100000 + b'Ns',
    ):
        with assert_raises(WeightsMismatch):
            published_weights.match_head(found(py2.stream(body)), TINY, 'a')


def test_shared_contents_are_looked_at_once():
    """Thousands of objects, each with the same thousands of attributes and
    arguments."""
    cls = py2.name('theano', 'Variable')
    state = py2.dict_of({str(i): py2.NONE for i in range(5000)})
    args = py2.tuple_of(*[b']'] * 5000)
    body = cls + b'q\0' + state + b'q\1' + args + b'q\2' + b'000]](' + b'h\0h\2Rh\1b' * 5000 + b'ea'
    tracemalloc.start()
    assert_equal(found(py2.stream(body)), [])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_true(peak < 32 << 20, peak)


def test_more_opcodes_than_any_network_has_are_refused():
    refused(py2.stream(b'N0' * (MAX_OPCODES // 2 + 1)), BadFile, 'opcodes')


def test_short_strings_that_fill_the_memory_are_refused():
    text_ = py2.text('a' * 1000)
    body = (text_ + b'0') * (MAX_KEPT // len(text_) + 1)
    refused(py2.stream(body), BadFile, '64 MB')


def test_buffers_of_protocol_5_that_contradict_themselves_are_refused():
    def buffer_(*args):
        return py2.list_of(py2.reduced(py2.name('numpy.core.numeric', '_frombuffer'), *args))

    data, kind = py2.text(b'\0' * 24), py2.dtype('f4')
    shape = py2.tuple_of(py2.integer(2), py2.integer(3))
    for args in (
        (),
        (data,),
        (data, kind, shape),
        (data, kind, shape, py2.text('K')),
        (data, kind, shape, py2.text('K'), py2.tuple_of()),
        (data, kind, shape, py2.text('K'), py2.tuple_of(py2.integer(0), py2.integer(2))),
        (data, kind, data, py2.text('C')),
        (data, data, shape, py2.text('C')),
        (data, py2.dtype('O8'), shape, py2.text('C')),
    ):
        refused(py2.stream(buffer_(*args)), BadFile, 'an array')


def test_bytes_behind_the_end_are_refused():
    refused(py2.stream(b'N') + b'N', BadFile, 'continues')


def test_a_pickle_cut_anywhere_is_refused():
    whole = py2.stream(py2.weighted('Dense', 'output', py2.NONE, np.ones((1, 1)), np.ones(1)))
    assert_equal(len(found(whole)), 1)
    for length in range(len(whole)):
        with assert_raises(BadFile):
            found(whole[:length])


@settings(
    max_examples=int(os.environ.get('FUZZ', 300)),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    strategies.sampled_from(('net', 'params', 'values')),
    strategies.lists(
        strategies.tuples(
            strategies.floats(0, 1, exclude_max=True),
            strategies.integers(0, 255) | strategies.binary(max_size=6),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_changed_bytes_give_layers_or_an_error(name, changes):
    with open(os.path.join(GOLDEN, name + '.pickle'), 'rb') as file:
        data = bytearray(file.read())
    for place, change in changes:
        place = int(place * len(data))
        if isinstance(change, int):
            data[place] = change
        else:
            data[place:place] = change
    try:
        values = values_of(written(bytes(data), 'fuzz.pickle'))
    except (BadFile, WeightsMismatch) as error:
        str(error).encode('ascii')
    else:
        for key, value in values.items():
            assert_equal(value.dtype, np.float32)
            assert_almost_equal(float(np.isfinite(value).mean()), 1)
            pair = TINY['tiny'][key[:-2]]
            assert_equal(value.shape, pair[key.endswith('b')])
