"""The authors' pickles: read as data, fitted to a head, refused if hostile.

``golden/pickles`` was written by Python 2.7, Theano, Lasagne and nolearn
(``golden/make_published_pickles.py``); other streams are put together by
`python2_pickles`.
"""
import contextlib
import io
import os
import pickle
import struct
import tempfile
import tracemalloc
from unittest import mock

import h5py
import numpy as np
from hypothesis import HealthCheck, given, settings, strategies
from nose.tools import (assert_almost_equal, assert_equal, assert_in,
                        assert_raises, assert_true)

import juntingnet_theano  # noqa: F401  (serves theano)
import python2_pickles as py2
from juntingnet_theano import published_weights, weights
from juntingnet_theano.cli.main import main
from juntingnet_theano.errors import BadFile, MissingFiles, WeightsMismatch
from juntingnet_theano.pickles import arrays, layers, opened
from juntingnet_theano.pickles.machine import MAX_OPCODES

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden',
                      'pickles')
FOLDER = tempfile.mkdtemp()
TINY = {'tiny': {'conv1': ((2, 3, 5, 5), (2,)), 'conv2': ((3, 2, 3, 3), (3,)),
                 'conv3': ((3, 3, 3, 3), (3,)), 'dense1': ((3, 8), (8,)),
                 'dense2': ((4, 4), (4,))}}
RELEASED = {'conv1': (32, 3, 5, 5), 'conv2': (64, 32, 3, 3),
            'conv3': (64, 64, 3, 3), 'dense1': (6400, 4608),
            'dense2': (2304, 2304)}


def written(data, name='a.pickle'):
    path = os.path.join(FOLDER, name)
    with open(path, 'wb') as file:
        file.write(data)
    return path


def found(data):
    with opened(written(data)) as pickle_:
        return layers.find(pickle_)


def values_of(path):
    with opened(path) as pickle_:
        _, fitting = published_weights.fit(layers.find(pickle_), TINY, path)
        return published_weights.load(pickle_, fitting, path)


# --- a network in loops ------------------------------------------------------

def convolved(maps, filters, bias):
    """Valid convolution of one image, filters turned, and rectifier."""
    size = filters.shape[2]
    side = maps.shape[1] - size + 1
    out = np.zeros((len(filters), side, side))
    for row in range(size):
        for column in range(size):
            out += np.tensordot(
                filters[:, :, size - 1 - row, size - 1 - column],
                maps[:, row:row + side, column:column + side], 1)
    return np.maximum(out + bias[:, None, None], 0)


def pooled(maps):
    side = maps.shape[1] // 2
    return maps.reshape(len(maps), side, 2, side, 2).max((2, 4))


def predicted(values, image):
    maps = image.astype('float64')
    for name in ('conv1', 'conv2', 'conv3'):
        maps = pooled(convolved(maps, values[name + '/W'],
                                values[name + '/b']))
    hidden = np.maximum(maps.ravel().dot(values['dense1/W'])
                        + values['dense1/b'], 0)
    return (hidden.reshape(-1, 2).max(1).dot(values['dense2/W'])
            + values['dense2/b'])


def random_values(shapes, seed=0):
    rng = np.random.RandomState(seed)
    values = {}
    for name, shape in shapes.items():
        inputs = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
        # A million different numbers will do where there are thirty.
        block = rng.standard_normal(min(np.prod(shape), 999983))
        values[name + '/W'] = np.resize(
            (block / np.sqrt(inputs)).astype('float32'), shape)
        values[name + '/b'] = rng.standard_normal(
            shape[0] if len(shape) == 4 else shape[1]).astype('float32')
    return values


def tiny_values():
    return random_values({name: shapes[0]
                          for name, shapes in TINY['tiny'].items()})


# --- what is read ------------------------------------------------------------

def test_pickles_of_the_original_stack_predict_what_it_predicted():
    expected = np.load(os.path.join(GOLDEN, 'predictions.npz'))
    for name in ('net', 'params', 'values'):
        values = values_of(os.path.join(GOLDEN, name + '.pickle'))
        for image, maps in zip(expected['images'], expected['maps']):
            np.testing.assert_allclose(predicted(values, image), maps,
                                       rtol=1e-5, atol=1e-6)


def test_layers_say_what_they_are_and_are_named_as_in_the_file():
    with opened(os.path.join(GOLDEN, 'net.pickle')) as pickle_:
        said = {layer.name: (layer.kind, layer.nonlinearity)
                for layer in layers.find(pickle_)}
    assert_equal(said, {
        'conv1': ('Conv2DLayer', 'rectify'),
        'conv2': ('Conv2DLayer', 'rectify'),
        'conv3': ('Conv2DLayer', 'rectify'),
        'hidden4': ('DenseLayer', 'rectify'),
        'output': ('DenseLayer', 'linear')})


def check_same(path, wanted):
    got = values_of(path)
    assert_equal(set(got), set(wanted))
    for name in wanted:
        assert_equal(got[name].dtype, np.float32)
        np.testing.assert_array_equal(got[name], wanted[name])


def test_variables_of_the_gpu_give_their_arrays():
    values = tiny_values()
    for on_gpu in (False, True):
        check_same(written(py2.stream(py2.network(values, on_gpu))), values)


def test_a_dictionary_of_python_2_may_have_any_order():
    values = tiny_values()
    by_layer = {name: py2.list_of(py2.array(values[name + '/W']),
                                  py2.array(values[name + '/b']))
                for name in sorted(TINY['tiny'], reverse=True)}
    check_same(written(py2.stream(py2.dict_of(by_layer))), values)
    flat = {name.replace('/', '.'): py2.array(values[name])
            for name in sorted(values, key=lambda name: name[::-1])}
    check_same(written(py2.stream(py2.dict_of(flat))), values)


def test_arrays_may_be_doubles_big_endian_or_in_fortrans_order():
    values = tiny_values()
    for change in (lambda value: value.astype('float64'),
                   lambda value: value.astype('>f4'), np.asfortranarray):
        check_same(written(py2.stream(py2.network(
            {name: change(value) for name, value in values.items()}))),
            values)


def test_every_protocol_of_today_that_has_one():
    values = tiny_values()
    parts = [values['{}/{}'.format(name, letter)] for name in TINY['tiny']
             for letter in 'Wb']
    for protocol in (2, 3, 4):
        check_same(written(pickle.dumps(parts, protocol)), values)


def test_filters_of_a_correlation_are_turned():
    values = tiny_values()
    image = np.random.RandomState(1).rand(3, 24, 24)
    expected = predicted(values, image)
    turned = {name: value[:, :, ::-1, ::-1] if value.ndim == 4 else value
              for name, value in values.items()}
    convnet = {name: value.transpose(1, 2, 3, 0) if value.ndim == 4 else value
               for name, value in turned.items()}
    for kind, stored in (('Conv2DDNN', turned), ('Conv2DMM', turned),
                         ('Conv2DCC', convnet)):
        stored = {name: np.ascontiguousarray(value)
                  for name, value in stored.items()}
        got = values_of(written(py2.stream(py2.network(stored, conv=kind))))
        np.testing.assert_allclose(predicted(got, image), expected)


def test_filters_that_a_layer_turns_itself_are_left():
    W = np.arange(150.).reshape(2, 3, 5, 5)
    layer, = found(py2.stream(py2.weighted(
        'Conv2DDNN', 'conv1', py2.NONE, W, np.ones(2), flip_filters=py2.TRUE)))
    assert_true(published_weights.as_convolution(W, layer) is W)


# --- the command -------------------------------------------------------------

def captured(argv):
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main(argv)
    return code, out.getvalue(), error.getvalue()


def test_the_imported_network_predicts_what_its_arrays_say():
    from juntingnet_theano.prediction import load_model
    values = random_values(RELEASED)
    path = written(py2.stream(py2.network(values, on_gpu=True)), 'big.pickle')
    out = os.path.join(FOLDER, 'imported.hdf5')
    code, said, error = captured(['weights', 'import', path, '--out', out])
    assert_equal((code, error), (0, ''))
    assert_in('dense2 from output', said)
    assert_in('[-1, 1]', said)
    image = np.random.RandomState(2).randint(0, 256, (3, 96, 96), 'uint8')
    expected = (predicted(values, image / 255.) + 1) / 2
    np.testing.assert_allclose(load_model(out)(image[None])[0].ravel(),
                               expected, rtol=1e-4, atol=1e-5)
    attributes = weights.attributes(out)
    assert_equal(attributes['head'], 'released')
    assert_equal(attributes['imported'], 'big.pickle')
    assert_equal(len(attributes['imported_sha256']), 64)
    assert_in('"fit": "crop"', attributes['preprocessing'])
    os.remove(path)


def imported(data, maps=None):
    """Layer `dense2` of what comes of a pickle of the small network, and
    what is said of it; the head in question is the small one."""
    out = os.path.join(FOLDER, 'small.hdf5')
    with mock.patch.object(published_weights, 'known_heads', lambda: TINY):
        said = published_weights.import_weights(written(data), out, maps)
    with h5py.File(out, 'r') as file:
        return file['dense2/W'][()], file['dense2/b'][()], said


def test_training_maps_in_the_pickle_tell_their_range():
    values = tiny_values()
    W, b = values['dense2/W'], values['dense2/b']
    data = np.linspace(0, 1, 3 * 4, dtype='float32').reshape(3, 4)
    for maps, name in ((data, 'unit'), (2 * data - 1, 'symmetric')):
        got = imported(py2.stream(py2.network(
            values, X=py2.array(data), y=py2.array(maps))))
        assert_equal((got[2].maps, got[2].is_measured), (name, True))
        np.testing.assert_array_equal(got[0], W if name == 'unit' else W / 2)
        np.testing.assert_array_equal(
            got[1], b if name == 'unit' else (b + 1) / 2)
    given = imported(py2.stream(py2.network(values)), 'symmetric')
    np.testing.assert_array_equal(given[0], W / 2)
    assert_true(not given[2].is_measured)


def test_shapes_of_both_heads_are_known():
    heads = published_weights.known_heads()
    assert_equal({name: pair[0] for name, pair in heads['released'].items()},
                 RELEASED)
    assert_equal(heads['paper']['dense2'], ((4608, 4608), (4608,)))


# --- what does not fit -------------------------------------------------------

def refused(data, error, *words):
    path = written(data)
    out = os.path.join(FOLDER, 'refused.hdf5')
    with mock.patch.object(published_weights, 'known_heads', lambda: TINY), \
            assert_raises(error) as raised:
        published_weights.import_weights(path, out)
    message = str(raised.exception)
    for word in (path,) + words:
        assert_in(word, message)
    message.encode('ascii')
    assert_true(not os.path.exists(out))


def test_layers_of_neither_head_are_listed():
    values = tiny_values()
    values['conv3/W'] = np.zeros((9, 3, 3, 3), 'float32')
    refused(py2.stream(py2.network(values)), WeightsMismatch,
            'conv3 9x3x3x3', 'hidden4 3x8 and 8', 'tiny')
    refused(py2.stream(py2.list_of()), WeightsMismatch, 'none')
    refused(py2.stream(py2.integer(1)), WeightsMismatch, 'none')
    refused(py2.stream(py2.list_of(*[py2.array(np.ones((2, 2)))] * 3)),
            WeightsMismatch, '2 2x2')


def test_two_networks_in_one_file_are_refused():
    net = py2.network(tiny_values())
    refused(py2.stream(py2.list_of(net, net)), WeightsMismatch)


def test_what_another_network_computes_is_refused():
    values = tiny_values()
    refused(py2.stream(py2.network(values, last='rectify')), WeightsMismatch,
            'output', 'rectify', 'linear')
    refused(py2.stream(py2.layer('BatchNorm', 'norm', py2.NONE)), BadFile,
            'norm', 'BatchNormLayer')
    refused(py2.stream(py2.layer('MaxPool2D', 'pool1', py2.NONE,
                                 pool_size=py2.tuple_of(py2.integer(3)))),
            BadFile, 'pool1')
    refused(py2.stream(py2.layer('FeaturePool', 'max', py2.NONE,
                                 pool_size=py2.integer(4))), BadFile, 'max')
    values['conv2/W'][0, 0, 0, 0] = np.nan
    refused(py2.stream(py2.network(values)), BadFile, 'conv2', 'NaN')


def test_what_is_no_pickle_is_told_apart():
    for data, word in ((b'\x1f\x8b\x08\x00', 'gunzip'), (b'PK\3\4', 'zip'),
                       (b'\x89HDF\r\n', 'info'), (b'', 'protocol 2'),
                       (b'(lp0\n.', 'protocol 0'), (b'\x80', 'early')):
        refused(data, BadFile, word)
    for path in (FOLDER, os.path.join(FOLDER, 'none')):
        with assert_raises(MissingFiles):
            with opened(path):
                pass


# --- hostile files -----------------------------------------------------------

def test_names_outside_a_network_are_refused_and_named():
    for module, attribute in (
            ('os', 'system'), ('posix', 'system'), ('__builtin__', 'eval'),
            ('builtins', 'exec'), ('__builtin__', 'getattr'),
            ('numpy', 'load'), ('numpy.core.multiarray', 'fromfile'),
            ('functools', 'partial'), ('copy_reg', '__newobj__'),
            ('subprocess', 'Popen'), ('theanox', 'a'), ('', 'a')):
        refused(py2.stream(py2.reduced(py2.name(module, attribute),
                                       py2.text('touch hacked'))), BadFile,
                '{}.{}'.format(module, attribute))


def short_text(value):
    return b'\x8c' + bytes([len(value)]) + value


def test_dotted_and_odd_names_of_protocol_4_are_refused():
    for module, attribute in ((b'theano', b'os.system'),
                              (b'lasagne', b'layers.os'),
                              (b'numpy', b'dtype.__class__'),
                              (b'theano\n', b'a'), (b'theano', 'ä'.encode()),
                              (b'theano', b'a\x1b[2J'), (b'theano', b'')):
        refused(b'\x80\x04' + short_text(module) + short_text(attribute)
                + b'\x93.', BadFile, 'no network needs')
    refused(b'\x80\x04K\1K\2\x93.', BadFile, 'no text')


def test_opcodes_that_no_network_needs_are_refused():
    for body in (b'P1\n', b'K\1Q', b'\x82\1', b'\x83\1\0', b'\x84\1\0\0\0',
                 b'(ios\nsystem\n', b'L1L\n', b'\x8b\1\0\0\0\1', b"S'a'\n",
                 b'Va\n', b'F1\n', b'p0\n', b'g0\n', b'\x97', b'\x98',
                 b'\xff'):
        refused(py2.stream(body), BadFile, 'opcode')


def test_a_call_is_only_recorded():
    made = py2.reduced(py2.name('theano.misc', 'run'), py2.text('rm'))
    for body in (made, py2.name('__main__', 'run') + b')\x81',
                 b'(' + py2.name('theano', 'run') + py2.text('rm') + b'o',
                 made + py2.dict_of({'__setstate__': py2.NONE,
                                     '__class__': py2.text('x')}) + b'b',
                 py2.new(py2.name('lasagne.layers.base', 'Layer'),
                         __dict__=py2.NONE)):
        with opened(written(py2.stream(body))) as pickle_:
            assert_equal(pickle_.root.kind, 'object')


def test_states_and_elements_of_what_has_none_are_refused():
    cls = py2.name('theano', 'Variable')
    for body in (cls + b'}b', b'](K\1e}b', b'}}b', b'K\1}b', b'}K\1a',
                 b'NK\1a', b'](K\1K\2u', b'}(K\1u', b'K\1)R',
                 cls + b'K\1R', b'(o', b'(K\1o', cls + b')R}b}b',
                 cls + b')}\x81'):
        refused(py2.stream(body), BadFile)


def test_what_is_not_on_the_stack_is_not_taken():
    for body in (b'', b'0', b'1', b'2', b'a', b'e', b'b', b's', b'u', b't',
                 b'\x85', b'K\1\x86', b'h\1', b'j\1\0\0\0', b'q\1', b'R',
                 b'\x93', b'\x90', b'\x94', b'(', b'((('):
        refused(py2.stream(body), BadFile)


def test_huge_claims_make_no_room():
    tracemalloc.start()
    for body in (b'T' + struct.pack('<i', -1), b'T' + b'\xff\xff\xff\x7f',
                 b'X\xff\xff\xff\xff', b'B\xff\xff\xff\xff',
                 b'\x8d' + b'\xff' * 8, b'\x8e' + b'\xff' * 8,
                 b'\x96' + b'\xff' * 8, b'\x95' + b'\xff' * 8,
                 b'\x8a\xff', b'NI' + b'9' * 5000 + b'\n',
                 b'N' + b'r\xff\xff\xff\xff' + b'K\1',
                 b'c' + b'a' * 100000):
        try:
            found(py2.stream(body))
        except BadFile:
            pass
    for shape in ((1 << 30, 1 << 30), (-1, 5), (1,) * 40, (2, 3), (0,)):
        path = written(py2.stream(py2.array(np.ones(4), shape)))
        with assert_raises(BadFile):
            with opened(path) as pickle_:
                arrays.load(pickle_, arrays.claimed(pickle_.root))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_true(peak < 4 << 20, peak)


def test_arrays_of_objects_and_of_records_are_refused():
    for kind in ('O8', 'V16', 'S5', 'c8', 'f16', 'M8', 'i4,f4', 'f4\n', ''):
        refused(py2.stream(py2.list_of(py2.array([1.], kind=kind))), BadFile,
                'real numbers')


def test_lists_nested_200000_deep_neither_recurse_nor_linger():
    for body in (b']' * 200000 + b'a' * 199999,
                 b')' + b'\x85' * 200000,
                 py2.name('theano', 'V') + b'q\0' + b')' +
                 b'\x85h\0)R\x86' * 30000,
                 b']q\0h\0a'):
        with assert_raises(WeightsMismatch):
            published_weights.fit(found(py2.stream(body)), TINY, 'a')


def test_shared_contents_are_looked_at_once():
    """Thousands of objects, each with the same thousands of attributes and
    arguments."""
    cls = py2.name('theano', 'Variable')
    state = py2.dict_of({str(i): py2.NONE for i in range(5000)})
    args = py2.tuple_of(*[b']'] * 5000)
    body = (cls + b'q\0' + state + b'q\1' + args + b'q\2' + b'000]]('
            + b'h\0h\2Rh\1b' * 5000 + b'ea')
    tracemalloc.start()
    assert_equal(found(py2.stream(body)), [])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_true(peak < 32 << 20, peak)


def test_more_opcodes_than_any_network_has_are_refused():
    refused(py2.stream(b'N0' * (MAX_OPCODES // 2 + 1)), BadFile, 'opcodes')


def test_bytes_behind_the_end_are_refused():
    refused(py2.stream(b'N') + b'N', BadFile, 'goes on')


def test_a_pickle_cut_anywhere_is_refused():
    whole = py2.stream(py2.weighted('Dense', 'output', py2.NONE,
                                    np.ones((1, 1)), np.ones(1)))
    assert_equal(len(found(whole)), 1)
    for length in range(len(whole)):
        with assert_raises(BadFile):
            found(whole[:length])


@settings(max_examples=int(os.environ.get('FUZZ', 300)), deadline=None,
          derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))
@given(strategies.sampled_from(('net', 'params', 'values')),
       strategies.lists(strategies.tuples(
           strategies.floats(0, 1, exclude_max=True),
           strategies.integers(0, 255) | strategies.binary(max_size=6)),
           min_size=1, max_size=6))
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
