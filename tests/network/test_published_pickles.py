"""The authors' pickles: read as data, fitted to a head, or refused.

``golden/pickles`` was written by Python 2.7, Theano, Lasagne and nolearn
(``golden/make_published_pickles.py``); other streams are put together by
`python2_pickles`.
"""

import hashlib
import io
import os
import pickle
import tracemalloc
import zipfile
from unittest import mock

import h5py
import numpy as np
from nose.tools import assert_equal, assert_in, assert_raises, assert_true

from juntingnet_theano.errors import BadFile, MissingFiles, WeightsMismatch
from juntingnet_theano.network import published_weights, weights
from juntingnet_theano.network.pickles import layers, npz, opened
from tests.helpers import python2_pickles as py2
from tests.helpers.output import captured
from tests.helpers.tiny_pickles import FOLDER, GOLDEN, TINY, found, refused, values_of, written

RELEASED = {
    'conv1': (32, 3, 5, 5),
    'conv2': (64, 32, 3, 3),
    'conv3': (64, 64, 3, 3),
    'dense1': (6400, 4608),
    'dense2': (2304, 2304),
}


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
                maps[:, row : row + side, column : column + side],
                1,
            )
    return np.maximum(out + bias[:, None, None], 0)


def pooled(maps):
    side = maps.shape[1] // 2
    return maps.reshape(len(maps), side, 2, side, 2).max((2, 4))


def predicted(values, image):
    maps = image.astype('float64')
    for name in ('conv1', 'conv2', 'conv3'):
        maps = pooled(convolved(maps, values[name + '/W'], values[name + '/b']))
    hidden = np.maximum(maps.ravel().dot(values['dense1/W']) + values['dense1/b'], 0)
    return hidden.reshape(-1, 2).max(1).dot(values['dense2/W']) + values['dense2/b']


def random_values(shapes, seed=0):
    rng = np.random.RandomState(seed)
    values = {}
    for name, shape in shapes.items():
        inputs = np.prod(shape[1:]) if len(shape) == 4 else shape[0]
        # A million different numbers will do where there are thirty.
        block = rng.standard_normal(min(np.prod(shape), 999983))
        values[name + '/W'] = np.resize((block / np.sqrt(inputs)).astype('float32'), shape)
        values[name + '/b'] = rng.standard_normal(shape[0] if len(shape) == 4 else shape[1]).astype(
            'float32'
        )
    return values


def tiny_values():
    return random_values({name: shapes[0] for name, shapes in TINY['tiny'].items()})


# --- what is read ------------------------------------------------------------


def test_pickles_of_the_original_stack_predict_what_it_predicted():
    expected = np.load(os.path.join(GOLDEN, 'predictions.npz'))
    for name in ('net', 'params', 'values'):
        values = values_of(os.path.join(GOLDEN, name + '.pickle'))
        for image, maps in zip(expected['images'], expected['maps']):
            np.testing.assert_allclose(predicted(values, image), maps, rtol=1e-5, atol=1e-6)


def test_layers_say_what_they_are_and_are_named_as_in_the_file():
    with opened(os.path.join(GOLDEN, 'net.pickle')) as pickle_:
        said = {layer.name: (layer.kind, layer.nonlinearity) for layer in layers.find(pickle_)}
    assert_equal(
        said,
        {
            'conv1': ('Conv2DLayer', 'rectify'),
            'conv2': ('Conv2DLayer', 'rectify'),
            'conv3': ('Conv2DLayer', 'rectify'),
            'hidden4': ('DenseLayer', 'rectify'),
            'output': ('DenseLayer', 'linear'),
        },
    )


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
    by_layer = {
        name: py2.list_of(py2.array(values[name + '/W']), py2.array(values[name + '/b']))
        for name in sorted(TINY['tiny'], reverse=True)
    }
    check_same(written(py2.stream(py2.dict_of(by_layer))), values)
    flat = {
        name.replace('/', '.'): py2.array(values[name])
        for name in sorted(values, key=lambda name: name[::-1])
    }
    check_same(written(py2.stream(py2.dict_of(flat))), values)


def test_arrays_may_be_doubles_big_endian_or_in_fortrans_order():
    values = tiny_values()
    for change in (
        lambda value: value.astype('float64'),
        lambda value: value.astype('>f4'),
        np.asfortranarray,
    ):
        check_same(
            written(
                py2.stream(py2.network({name: change(value) for name, value in values.items()}))
            ),
            values,
        )


def test_every_protocol_of_today_that_has_one():
    values = tiny_values()
    parts = [values[f'{name}/{letter}'] for name in TINY['tiny'] for letter in 'Wb']
    turned = [np.ascontiguousarray(part.T).T for part in parts]
    # NumPy tells of protocol 5 how the axes lie, whatever their order.
    mixed = [
        np.ascontiguousarray(part.swapaxes(0, 1)).swapaxes(0, 1) if part.ndim > 1 else part
        for part in parts
    ]
    for protocol in (2, 3, 4, 5):
        for arrays in (parts, turned, mixed):
            check_same(written(pickle.dumps(arrays, protocol)), values)


def test_an_archive_of_all_parameters_in_the_order_of_layers_or_by_name():
    values = tiny_values()
    parts = [values[f'{name}/{letter}'] for name in TINY['tiny'] for letter in 'Wb']
    named = {name.replace('/', '.'): value for name, value in values.items()}
    for save in (np.savez, np.savez_compressed):
        for change in (
            np.asarray,
            np.asfortranarray,
            np.float64,
            lambda value: value.astype('>f4'),
        ):
            save(os.path.join(FOLDER, 'a.npz'), *map(change, parts))
            check_same(os.path.join(FOLDER, 'a.npz'), values)
        save(os.path.join(FOLDER, 'a.npz'), **named)
        check_same(os.path.join(FOLDER, 'a.npz'), values)


def test_an_archive_counts_its_arrays_whatever_their_order_in_the_file():
    arrays = {f'arr_{number}': npy(np.full(2, number, 'float32')) for number in range(12)}
    content = archived(**{name: arrays[name] for name in sorted(arrays, reverse=True)})
    found = [
        np.frombuffer(each.data.read(8), 'float32')[0]
        for each in npz.read(io.BytesIO(content)).items
    ]
    assert_equal(found, list(range(12)))


def archived(**members):
    """A .npz archive of members given as bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', members.pop('method', 0)) as archive:
        for name, content in members.items():
            archive.writestr(name + '.npy', content)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def test_archives_that_fit_no_head_or_hold_something_else_say_so():
    file = io.BytesIO()
    np.savez(file, np.ones((4, 5)), np.ones(5))
    refused(file.getvalue(), WeightsMismatch, '4x5 and 5', 'tiny')
    objects = np.array([np.ones(2), None], object)
    refused(archived(arr_0=npy(objects)), BadFile, 'arr_0', 'objects')
    refused(npy(objects), BadFile, '.npy', 'np.savez(FILE, *values)')
    whole = npy(np.ones((2, 3)))
    refused(archived(a=whole.replace(b'(2, 3)', b'(-2,3)')), BadFile, "'a")
    refused(archived(a=whole.replace(b'(2, 3)', b'(2, 5)')), WeightsMismatch)
    refused(archived(a=whole, method=zipfile.ZIP_BZIP2), BadFile, 'method')
    refused(archived(a=b'text'), BadFile, "'a.npy'")
    refused(archived(**{f'a{i}': whole for i in range(1001)}), BadFile, '1000 members')
    fitting = dict({name: npy(value) for name, value in tiny_values().items()})
    path = 'dense1/W'
    fitting[path] = fitting[path][:-4]
    refused(archived(**fitting), BadFile, 'less')
    data = bytearray(archived(a=whole))
    for place in range(len(data)):
        data[place] ^= 255
        try:
            found(bytes(data))
        except BadFile as error:
            str(error).encode('ascii')
        data[place] ^= 255


def test_an_archive_that_unpacks_to_gigabytes_takes_no_memory():
    header = b'\x93NUMPY\x02\0' + (1 << 28).to_bytes(4, 'little')
    long_header = archived(a=header + b' ' * (1 << 26), method=8)
    values = dict(tiny_values(), **{'dense1/W': np.zeros((3, 1 << 24), 'f4')})
    huge = archived(**{name: npy(value) for name, value in values.items()}, method=8)
    many = archived(a=b'') + b'PK\1\2' * (1 << 20)
    tracemalloc.start()
    refused(long_header, BadFile, "'a.npy'")
    refused(huge, WeightsMismatch, '16777216')
    refused(many, BadFile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_true(peak < 16 << 20, peak)


def test_filters_of_a_correlation_are_turned():
    values = tiny_values()
    image = np.random.RandomState(1).rand(3, 24, 24)
    expected = predicted(values, image)
    turned = {
        name: value[:, :, ::-1, ::-1] if value.ndim == 4 else value
        for name, value in values.items()
    }
    convnet = {
        name: value.transpose(1, 2, 3, 0) if value.ndim == 4 else value
        for name, value in turned.items()
    }
    for kind, stored in (('Conv2DDNN', turned), ('Conv2DMM', turned), ('Conv2DCC', convnet)):
        stored = {name: np.ascontiguousarray(value) for name, value in stored.items()}
        got = values_of(written(py2.stream(py2.network(stored, conv=kind))))
        np.testing.assert_allclose(predicted(got, image), expected)


def test_filters_that_a_layer_turns_itself_are_left():
    W = np.arange(150.0).reshape(2, 3, 5, 5)
    (layer,) = found(
        py2.stream(
            py2.weighted('Conv2DDNN', 'conv1', py2.NONE, W, np.ones(2), flip_filters=py2.TRUE)
        )
    )
    assert_true(published_weights.as_convolution(W, layer) is W)


# --- the command -------------------------------------------------------------


def test_the_imported_network_predicts_what_its_arrays_say():
    from juntingnet_theano.prediction.models import load as load_model

    values = random_values(RELEASED)
    path = written(py2.stream(py2.network(values, on_gpu=True)), 'big.pickle')
    out = os.path.join(FOLDER, 'imported.hdf5')
    code, said, error = captured(['weights', 'import', path, '--out', out])
    assert_equal((code, error), (0, ''))
    assert_in('dense2 from output', said)
    assert_in('[-1, 1]', said)
    image = np.random.RandomState(2).randint(0, 256, (3, 96, 96), 'uint8')
    expected = (predicted(values, image / 255.0) + 1) / 2
    np.testing.assert_allclose(
        load_model(out)(image[None])[0].ravel(), expected, rtol=1e-4, atol=1e-5
    )
    attributes = weights.read_attributes(out)
    assert_equal(attributes['head'], 'released')
    assert_equal(attributes['imported'], 'big.pickle')
    with open(path, 'rb') as file:
        assert_equal(attributes['imported_sha256'], hashlib.sha256(file.read()).hexdigest())
    assert_in('"fit": "crop"', attributes['preprocessing'])
    os.remove(path)


def imported(data, maps=None):
    """Layer `dense2` of what comes of a pickle of the small network, and
    what is said of it; the head in question is the small one."""
    out = os.path.join(FOLDER, 'small.hdf5')
    with mock.patch.object(published_weights, 'list_heads', lambda: TINY):
        said = published_weights.import_weights(written(data), out, maps)
    with h5py.File(out, 'r') as file:
        return file['dense2/W'][()], file['dense2/b'][()], said


def test_training_maps_in_the_pickle_tell_their_range():
    values = tiny_values()
    W, b = values['dense2/W'], values['dense2/b']
    data = np.linspace(0, 1, 3 * 4, dtype='float32').reshape(3, 4)
    for maps, name in ((data, 'unit'), (2 * data - 1, 'symmetric')):
        got = imported(py2.stream(py2.network(values, X=py2.array(data), y=py2.array(maps))))
        assert_equal((got[2].maps, got[2].is_measured), (name, True))
        np.testing.assert_array_equal(got[0], W if name == 'unit' else W / 2)
        np.testing.assert_array_equal(got[1], b if name == 'unit' else (b + 1) / 2)
    given = imported(py2.stream(py2.network(values)), 'symmetric')
    np.testing.assert_array_equal(given[0], W / 2)
    assert_true(not given[2].is_measured)


def test_shapes_of_both_heads_are_known():
    heads = published_weights.list_heads()
    assert_equal({name: pair[0] for name, pair in heads['released'].items()}, RELEASED)
    assert_equal(heads['paper']['dense2'], ((4608, 4608), (4608,)))


# --- what does not fit -------------------------------------------------------


def test_layers_of_neither_head_are_listed():
    values = tiny_values()
    values['conv3/W'] = np.zeros((9, 3, 3, 3), 'float32')
    refused(
        py2.stream(py2.network(values)),
        WeightsMismatch,
        'conv3 9x3x3x3',
        'hidden4 3x8 and 8',
        'tiny',
    )
    refused(py2.stream(py2.list_of()), WeightsMismatch, 'none')
    refused(py2.stream(py2.integer(1)), WeightsMismatch, 'none')
    refused(py2.stream(py2.list_of(*[py2.array(np.ones((2, 2)))] * 3)), WeightsMismatch, '2 2x2')


def test_two_networks_in_one_file_are_refused():
    net = py2.network(tiny_values())
    refused(py2.stream(py2.list_of(net, net)), WeightsMismatch)


def test_what_another_network_computes_is_refused():
    values = tiny_values()
    refused(
        py2.stream(py2.network(values, last='rectify')),
        WeightsMismatch,
        'output',
        'rectify',
        'linear',
    )
    refused(py2.stream(py2.layer('BatchNorm', 'norm', py2.NONE)), BadFile, 'norm', 'BatchNormLayer')
    refused(
        py2.stream(
            py2.layer('MaxPool2D', 'pool1', py2.NONE, pool_size=py2.tuple_of(py2.integer(3)))
        ),
        BadFile,
        'pool1',
    )
    refused(
        py2.stream(py2.layer('FeaturePool', 'max', py2.NONE, pool_size=py2.integer(4))),
        BadFile,
        'max',
    )
    values['conv2/W'][0, 0, 0, 0] = np.nan
    refused(py2.stream(py2.network(values)), BadFile, 'conv2', 'NaN')


def test_what_is_no_pickle_is_told_apart():
    for data, word in (
        (b'\x1f\x8b\x08\x00', 'gunzip'),
        (b'PK\3\4', 'zip'),
        (b'\x89HDF\r\n', 'info'),
        (b'', 'protocol 2'),
        (b'(lp0\n.', 'protocol 0'),
        (b'\x80', 'early'),
    ):
        refused(data, BadFile, word)
    pipe = os.path.join(FOLDER, 'pipe')
    os.mkfifo(pipe)
    for path, error in (
        (FOLDER, BadFile),
        (pipe, BadFile),
        (os.path.join(FOLDER, 'none'), MissingFiles),
    ):
        with assert_raises(error), opened(path):
            pass
