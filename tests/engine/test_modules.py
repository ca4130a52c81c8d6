"""Theano's modules and names compute what they computed."""

import importlib

import numpy as np
from nose.tools import assert_equal, assert_raises, assert_true
from numpy.testing import assert_allclose, assert_array_equal

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.helpers.facade_helpers import skip_on_original

import theano
import theano.tensor as T

RNG = np.random.RandomState(0)
PATHS = [
    'theano.compile.function',
    'theano.compile.io',
    'theano.compile.mode',
    'theano.compile.nanguardmode',
    'theano.compile.pfunc',
    'theano.compile.sharedvalue',
    'theano.configdefaults',
    'theano.configparser',
    'theano.gof.fg',
    'theano.gof.graph',
    'theano.gof.op',
    'theano.gof.type',
    'theano.gradient',
    'theano.ifelse',
    'theano.misc.safe_asarray',
    'theano.printing',
    'theano.raise_op',
    'theano.sandbox.rng_mrg',
    'theano.scalar',
    'theano.scan_module.scan_utils',
    'theano.tensor.basic',
    'theano.tensor.elemwise',
    'theano.tensor.extra_ops',
    'theano.tensor.nlinalg',
    'theano.tensor.nnet.bn',
    'theano.tensor.nnet.abstract_conv',
    'theano.tensor.nnet.conv',
    'theano.tensor.nnet.nnet',
    'theano.tensor.nnet.sigm',
    'theano.tensor.opt',
    'theano.tensor.shared_randomstreams',
    'theano.tensor.sharedvar',
    'theano.tensor.signal.downsample',
    'theano.tensor.signal.pool',
    'theano.tensor.slinalg',
    'theano.tensor.sort',
    'theano.tensor.subtensor',
    'theano.tensor.type',
    'theano.tensor.var',
    'theano.updates',
    'theano.version',
]
NAMES = [
    'theano.Apply',
    'theano.Constant',
    'theano.In',
    'theano.Lop',
    'theano.Mode',
    'theano.Op',
    'theano.Out',
    'theano.Param',
    'theano.Rop',
    'theano.Variable',
    'theano.clone',
    'theano.compile.SharedVariable',
    'theano.foldl',
    'theano.foldr',
    'theano.function',
    'theano.gof.Variable',
    'theano.grad',
    'theano.map',
    'theano.pp',
    'theano.reduce',
    'theano.scan',
    'theano.shared',
    'theano.gradient.disconnected_grad',
    'theano.gradient.zero_grad',
    'theano.printing.Print',
    'theano.tensor.Dot',
    'theano.tensor.Elemwise',
    'theano.tensor.Reshape',
    'theano.tensor.Subtensor',
    'theano.tensor.TensorConstant',
    'theano.tensor.TensorType',
    'theano.tensor.addbroadcast',
    'theano.tensor.alloc',
    'theano.tensor.bvector',
    'theano.tensor.ftensor4',
    'theano.tensor.inc_subtensor',
    'theano.tensor.inv',
    'theano.tensor.isnan_',
    'theano.tensor.jacobian',
    'theano.tensor.lmatrix',
    'theano.tensor.max_and_argmax',
    'theano.tensor.set_subtensor',
    'theano.tensor.shape_padright',
    'theano.tensor.sgn',
    'theano.tensor.sqr',
    'theano.tensor.tensor4',
    'theano.tensor.verify_grad',
    'theano.tensor.wmatrix',
    'theano.tensor.nnet.conv2d',
    'theano.tensor.signal.pool.pool_2d',
]


def computed(expression, values=()):
    """Value of an expression by NumPy; `values` are (variable, array)."""
    return theano.function([each for each, _ in values], expression, mode='FAST_COMPILE')(
        *(each for _, each in values)
    )


def test_modules_are_where_theano_had_them():
    for path in PATHS:
        assert_true(importlib.import_module(path), path)


def test_names_are_where_theano_had_them():
    for name in NAMES:
        module, _, last = name.rpartition('.')
        assert_true(hasattr(importlib.import_module(module), last), name)


def test_activations_match_their_formulas():
    x = T.matrix('x')
    value = RNG.normal(0, 2, (4, 3)).astype('float32')
    exp = np.exp(value - value.max(1, keepdims=True))
    softmax = exp / exp.sum(1, keepdims=True)
    negative = np.minimum(value, 0)
    nnet = T.nnet
    for each, expected in (
        (nnet.relu(x), np.maximum(value, 0)),
        (nnet.relu(x, 0.2), np.where(value > 0, value, 0.2 * value)),
        (nnet.elu(x, 2), np.where(value > 0, value, 2 * (np.exp(negative) - 1))),
        (
            nnet.selu(x),
            1.0507009873554805
            * np.where(value > 0, value, 1.6732632423543772 * (np.exp(negative) - 1)),
        ),
        (nnet.sigmoid(x), 1 / (1 + np.exp(-value))),
        (nnet.hard_sigmoid(x), np.clip(0.2 * value + 0.5, 0, 1)),
        (nnet.softplus(x), np.log1p(np.exp(value))),
        (nnet.nnet.softsign(x), value / (1 + abs(value))),
        (nnet.softmax(x), softmax),
        (nnet.logsoftmax(x), np.log(softmax)),
    ):
        assert_allclose(
            computed(each, [(x, value)]), expected, rtol=1e-4, atol=1e-6, err_msg=str(each)
        )


def test_the_fast_sigmoid_stays_near_the_sigmoid():
    x = T.vector('x')
    value = np.linspace(-10, 10, 81).astype('float32')
    fast = computed(T.nnet.ultra_fast_sigmoid(x), [(x, value)])
    assert_allclose(fast, 1 / (1 + np.exp(-value)), atol=0.03)
    # The original's values at -10 and -0.75.
    assert_allclose(fast[[0, 37]], [0.002473, 0.295455], atol=1e-6)
    assert_true((np.diff(fast) >= 0).all())


def test_softmax_of_a_vector_is_one_row():
    x = T.vector('x')
    row = computed(T.nnet.softmax(x), [(x, np.zeros(4, 'float32'))])
    assert_array_equal(row, np.full((1, 4), 0.25))


def test_crossentropies_match_their_formulas():
    p, q = T.matrices('p', 'q')
    labels = T.ivector('labels')
    left, right = (
        each / each.sum(1, keepdims=True)
        for each in RNG.uniform(0.1, 1, (2, 5, 3)).astype('float32')
    )
    where = np.array([0, 2, 1, 1, 0], 'int32')
    nnet = T.nnet
    assert_allclose(
        computed(nnet.categorical_crossentropy(p, q), [(p, left), (q, right)]),
        -(right * np.log(left)).sum(1),
        rtol=1e-5,
    )
    assert_allclose(
        computed(nnet.categorical_crossentropy(p, labels), [(p, left), (labels, where)]),
        -np.log(left[np.arange(5), where]),
        rtol=1e-5,
    )
    assert_raises(TypeError, nnet.categorical_crossentropy, p, T.tensor3())
    binary = -(right * np.log(left) + (1 - right) * np.log(1 - left))
    assert_allclose(
        computed(nnet.binary_crossentropy(p, q), [(p, left), (q, right)]), binary, rtol=1e-4
    )
    assert_allclose(
        computed(
            nnet.nnet.sigmoid_binary_crossentropy(p, q),
            [(p, np.log(left / (1 - left))), (q, right)],
        ),
        binary,
        rtol=1e-4,
    )


def test_confusion_matrix_counts_pairs_of_labels():
    actual, pred = T.ivectors('actual', 'pred')
    counts, labels = computed(
        T.nnet.nnet.confusion_matrix(actual, pred),
        [(actual, np.array([0, 2, 2, 2], 'int32')), (pred, np.array([0, 2, 0, 2], 'int32'))],
    )
    assert_array_equal(counts, [[1, 0], [1, 2]])
    assert_array_equal(labels, [0, 2])


def test_batches_of_products_match_a_loop():
    a, b = RNG.normal(size=(2, 4, 3, 3)).astype('float32')
    x, y, m = T.tensor3('x'), T.tensor3('y'), T.matrix('m')
    assert_allclose(
        computed(T.batched_dot(x, y), [(x, a), (y, b)]),
        [left.dot(right) for left, right in zip(a, b)],
        rtol=1e-4,
        atol=1e-5,
    )
    assert_allclose(
        computed(T.batched_dot(x, m), [(x, a), (m, b[:, 0])]),
        [left.dot(right) for left, right in zip(a, b[:, 0])],
        rtol=1e-4,
        atol=1e-5,
    )
    assert_allclose(
        computed(T.batched_tensordot(x, y, [[1, 2], [2, 1]]), [(x, a), (y, b)]),
        [np.tensordot(left, right, [[0, 1], [1, 0]]) for left, right in zip(a, b)],
        rtol=1e-4,
        atol=1e-5,
    )


def test_old_signatures_are_understood():
    a, b = np.arange(6, dtype='float32').reshape(2, 3), np.ones((2, 3), 'f')
    x, y = T.matrices('x', 'y')
    given = [(x, a), (y, b)]
    assert_array_equal(computed(T.stack([x, y], axis=1), given), np.stack([a, b], 1))
    assert_array_equal(computed(T.flatten(x, outdim=2), given[:1]), a)
    assert_array_equal(computed(T.flatten(x), given[:1]), a.ravel())
    assert_array_equal(computed(x.flatten(2), given[:1]), a)
    assert_equal(T.tensor('int8', (False, True), name='t').broadcastable, (False, True))
    row = T.addbroadcast(x, 0)
    assert_array_equal(computed(row + y, [(x, a[:1]), (y, b)]), a[:1] + b)
    assert_equal(T.patternbroadcast(x, (True, False)).broadcastable, (True, False))


def test_positional_stack_is_lasagnes_way():
    skip_on_original()  # it warns there, and nose turns that into noise
    x = T.vector('x')
    value = np.arange(3, dtype='float32')
    assert_array_equal(computed(T.stack(x, x), [(x, value)]), [value] * 2)


def test_only_expressions_are_tensor_variables():
    shared = theano.shared(np.float32(0))
    assert_true(isinstance(T.scalar(), T.TensorVariable))
    assert_true(isinstance(shared + 1, T.TensorVariable))
    for each in (shared, T.constant(1.0)):
        assert_true(not isinstance(each, T.TensorVariable))
        assert_true(isinstance(each, theano.gof.Variable))
    assert_true(isinstance(shared, theano.compile.SharedVariable))


def test_graphs_are_walked_and_compared():
    x, y = T.scalars('x', 'y')
    graph = theano.gof.graph
    z = T.exp(x) + y
    assert_equal(graph.inputs([z]), [x, y])
    assert_true(set(graph.ancestors([z])) >= {x, y, z})
    assert_true(graph.is_same_graph(z, T.exp(x) + y))
    assert_true(not graph.is_same_graph(z, T.exp(y) + x))
    assert_true(graph.is_same_graph(x + 1, y + 1, givens={x: y}))
    assert_equal(theano.Variable('a type').owner, None)


def test_updates_that_contradict_each_other_are_refused():
    first = theano.OrderedUpdates()
    shared = theano.shared(np.float32(0), 'shared')
    first[shared] = shared + 1
    assert_equal(list(first + first), [shared])
    second = theano.OrderedUpdates([(shared, shared + 2)])
    assert_raises(KeyError, lambda: first + second)


def test_ifelse_computes_one_branch():
    from theano.ifelse import ifelse

    x = T.scalar('x')
    y = ifelse(T.gt(x, 0), x, -x)
    assert_equal(float(computed(y, [(x, -3)])), 3)


def test_shared_random_streams_draw_what_they_say():
    from theano.tensor.shared_randomstreams import RandomStreams

    streams = RandomStreams(3)
    dice = computed(streams.random_integers((2000,), 1, 6))
    assert_equal(sorted(set(dice)), [1, 2, 3, 4, 5, 6])
    assert_allclose(dice.mean(), 3.5, atol=0.2)
    normal = computed(streams.normal((2000,), avg=2, std=3))
    assert_allclose([normal.mean(), normal.std()], [2, 3], atol=0.3)


def test_the_version_names_both_sides():
    skip_on_original()
    import pytensor

    assert_equal(theano.__version__, '1.0.5+pytensor' + pytensor.__version__)
