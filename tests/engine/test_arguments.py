"""Every argument that the facade accepts has its effect, as in Theano 1.0.5.

The numbers are the original's, found by running it, or NumPy's.
"""

import copy
import pickle
import warnings

import numpy as np
from nose.tools import assert_equal, assert_is, assert_raises, assert_true
from numpy.testing import assert_allclose, assert_array_equal

import juntingnet_theano  # noqa: F401  (serves theano)
from tests.helpers.facade_helpers import computed, skip_on_original

import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams

MODES = 'FAST_COMPILE', 'FAST_RUN'
VALUES = np.array([[1.0, 2.0], [3.0, 4.0]], 'float32')


# --- theano.function and what it returns -----------------------------------


def accumulator(mode='FAST_COMPILE', **kwargs):
    """x is added to a state that begins with 10, `a` times."""
    x, a, state = T.scalars('x', 'a', 'state')
    return theano.function(
        [x, theano.In(a, value=1.0), theano.In(state, value=10.0, update=state + x * a, **kwargs)],
        state,
        mode=mode,
        name='accumulator',
    )


def test_an_input_with_an_update_is_a_state_of_the_function():
    for mode in MODES:
        add = accumulator(mode)
        assert_equal([float(add(1)) for _ in range(3)], [10, 11, 12])
        assert_equal(float(add(1, 2)), 13)
        assert_equal(float(add['state']), 15)
        assert_equal(float(add(1, state=20)), 20)
        assert_equal(float(add(0)), 21)


def test_an_input_is_used_by_many_functions_each_with_its_own_state():
    x, state = T.scalars('x', 'state')
    given = theano.In(state, value=10.0, update=state + x)
    first, second = (theano.function([x, given], state, mode='FAST_COMPILE') for _ in range(2))
    assert_equal([float(first(1)), float(first(1)), float(second(1))], [10, 11, 10])


def test_states_and_defaults_are_read_and_written_by_name():
    add = accumulator()
    assert_equal([float(add['state']), float(add['a'])], [10, 1])
    add['state'] = 3
    assert_equal([float(add(1)), float(add['state'])], [3, 4])
    state = [each.variable for each in add.maker.inputs][2]
    assert_equal(float(add.value[state]), 4)
    assert_equal(float(add.container['state'].value), 4)
    assert_true('a' in add and 'b' not in add)
    assert_raises(TypeError, lambda: add['b'])
    # A default is there again after each call, also one that failed.
    add['a'] = 5
    assert_raises(TypeError, add)
    assert_equal(float(add['a']), 1)
    assert_raises(TypeError, add, 1, b=2)


def test_shared_variables_are_read_through_a_function():
    total = theano.shared(np.float32(3), 'total')
    function = theano.function([], total * 2, mode='FAST_COMPILE')
    assert_equal(float(function[total]), 3)
    function['total'] = 4
    assert_equal(float(total.get_value()), 4)


def test_an_implicit_input_cannot_be_given():
    x = T.scalar('x')
    function = theano.function([theano.In(x, value=2.0, implicit=True)], x, mode='FAST_COMPILE')
    assert_equal(float(function()), 2)
    assert_raises(TypeError, function, 3)


def test_what_a_function_may_write_over_is_no_default_value():
    x, start = T.vector('x'), np.zeros(2, 'float32')
    for mode in MODES:
        function = theano.function([theano.In(x, value=start, mutable=True)], x + 1, mode=mode)
        assert_array_equal([function(), function()], np.ones((2, 2)))
        function = theano.function([theano.In(x, value=start, update=x + 1)], x.sum(), mode=mode)
        assert_equal([float(function()) for _ in range(3)], [0, 2, 4])
    assert_array_equal(start, [0, 0])


def test_strict_and_downcast_of_an_input_are_obeyed():
    x = T.scalar('x')
    for more, value, taken in (
        ({}, np.float64(1) / 3, False),
        ({}, 1, True),
        ({'allow_downcast': True}, np.array(1 / 3.0), True),
        ({'strict': True}, 1, False),
    ):
        function = theano.function([theano.In(x, **more)], x, mode='FAST_COMPILE')
        if isinstance(value, np.float64) and not taken:
            value = np.array(value)
        if taken:
            assert_allclose(function(value), value, rtol=1e-6)
        else:
            assert_raises(TypeError, function, value)


def test_copies_of_a_function_have_states_of_their_own():
    add = accumulator()
    add(1)
    for copied in (pickle.loads(pickle.dumps(add)), copy.deepcopy(add)):
        assert_equal([float(copied(1)), float(copied(1))], [11, 12])
    # copy() starts again, as in Theano.
    for copied in (copy.copy(add), add.copy()):
        assert_equal([float(copied(1)), float(copied(1))], [10, 11])
    still = add.copy(delete_updates=True)
    assert_equal([float(still(1)), float(still(1))], [10, 10])
    assert_equal(float(add(1)), 11)


def test_a_copy_without_updates_updates_nothing():
    skip_on_original()  # updates all the same where it works in place
    x, part = T.vector('x'), T.scalar('part')
    for mode in MODES:
        for output in (
            lambda state: state,
            lambda state: state + x,
            lambda state: T.inc_subtensor(state[0], part),
        ):
            state = theano.shared(np.zeros(3, 'float32'), 'state')
            train = theano.function(
                [x, part],
                output(state),
                updates=[(state, output(state) + x)],
                mode=mode,
                on_unused_input='ignore',
            )
            still = train.copy(delete_updates=True)
            expected = np.array(still(np.ones(3, 'float32'), 1))
            for _ in range(2):
                assert_array_equal(still(np.ones(3, 'float32'), 1), expected)
                assert_array_equal(state.get_value(), np.zeros(3))
            assert_array_equal(train(np.ones(3, 'float32'), 1), expected)
            assert_true(state.get_value().any())


def test_a_copy_swaps_shared_variables():
    first, second = (theano.shared(np.float32(each)) for each in (1, 20))
    count = theano.function([], first, updates=[(first, first + 1)], mode='FAST_COMPILE')
    other = count.copy(swap={first: second})
    assert_equal([float(other()), float(other()), float(count())], [20, 21, 1])


def test_named_outputs_and_subsets_of_outputs():
    x = T.scalar('x')
    named = theano.function([x], {'same': x, 'next': x + 1}, mode='FAST_COMPILE')
    assert_equal(named(1), {'same': 1, 'next': 2})
    assert_equal(named(1, output_subset=['next']), {'next': 2})
    assert_equal(named.copy()(3)['next'], 4)
    listed = theano.function([x], [x, x + 1], mode='FAST_COMPILE')
    assert_equal(listed(1, output_subset=[1]), [2])
    assert_true(isinstance(listed, theano.compile.Function))


def test_a_list_of_variables_without_default_updates_is_obeyed():
    other = theano.shared(np.float32(0), 'other')
    draw = MRG_RandomStreams(1).uniform((3,))
    state = [
        each
        for each in theano.gof.graph.inputs([draw])
        if isinstance(each, theano.compile.SharedVariable)
    ]
    for without, moves in (
        (False, True),
        ([], True),
        ([other], True),
        (state, False),
        (True, False),
    ):
        function = theano.function(
            [], draw + other, mode='FAST_COMPILE', no_default_updates=without
        )
        assert_equal(bool((function() != function()).any()), moves)
    assert_raises(TypeError, theano.function, [], draw, no_default_updates=(other,))


def test_a_default_update_may_have_a_known_shape():
    for update in (
        T.constant(np.ones(3, 'float32')),
        np.ones(3, 'float32'),
        T.ones((3,), 'float32'),
    ):
        state = theano.shared(np.zeros(3, 'float32'))
        state.default_update = update
        function = theano.function([], state * 2, mode='FAST_COMPILE')
        assert_array_equal([function(), function()], [[0] * 3, [2] * 3])
        without = theano.function([], state * 2, mode='FAST_COMPILE', updates=[(state, state + 5)])
        assert_array_equal([without(), without()], [[2] * 3, [12] * 3])
    # One that is reached through another's update counts too.
    first, second = (theano.shared(np.zeros(3, 'float32')) for _ in range(2))
    first.default_update = second + T.constant(np.ones(3, 'float32'))
    second.default_update = T.constant(np.full(3, 7, 'float32'))
    function = theano.function([], first + 0, mode='FAST_COMPILE')
    assert_array_equal([function(), function(), function()], [[0] * 3, [1] * 3, [8] * 3])


# --- variables and graphs --------------------------------------------------


def test_a_variable_is_true_but_a_comparison_has_no_truth():
    x = T.vector('x')
    for each in (x, x + 1, T.eq(x, 0), T.constant(0), theano.shared(0)):
        assert_is(bool(each), True)
    for each in (x < 1, x >= 1):
        assert_raises(TypeError, bool, each)


def test_clone_shares_inputs_or_not_and_may_change_types():
    x, y, wide = T.vector('x'), T.vector('y'), T.dvector('wide')
    w = theano.shared(np.float32(2), 'w')
    inputs = theano.gof.graph.inputs
    shared = inputs([theano.clone(x * w, {x: y})])
    assert_true(w in shared and y in shared)
    for more in ({'share_inputs': False}, {'copy_inputs': False}):
        apart = inputs([theano.clone(x * w, {x: y}, **more)])
        assert_true(w not in apart and y not in apart)
        (same,) = [each for each in apart if each.name == 'w']
        w.set_value(np.float32(5))
        assert_equal(float(same.get_value()), 5)
    assert_raises(TypeError, theano.clone, x * w, {x: wide})
    assert_equal(theano.clone(x * w, {x: wide}, strict=False).dtype, 'float64')


def test_broadcasting_is_taken_back():
    row, rows = T.row('row'), T.matrix('rows')
    assert_equal(T.unbroadcast(row, 0).broadcastable, (False, False))
    assert_equal(T.patternbroadcast(row, (False, False)).broadcastable, (False, False))
    assert_equal(T.patternbroadcast(rows, (True, False)).broadcastable, (True, False))
    loss = (T.unbroadcast(row, 0) ** 2).sum()
    for mode in MODES:
        gradient = theano.function([row], T.grad(loss, row), mode=mode)
        assert_array_equal(gradient(VALUES[:1]), 2 * VALUES[:1])
    # What it is for: a state of scan whose first value is one row.
    states, _ = theano.scan(
        lambda state: T.dot(state, VALUES), outputs_info=T.unbroadcast(row, 0), n_steps=2
    )
    assert_array_equal(computed(states[-1], (row, VALUES[:1])), VALUES[:1].dot(VALUES).dot(VALUES))


def test_directional_derivatives_need_not_use_every_input():
    x, y = T.vectors('x', 'y')
    given = (x, [1, 2]), (y, [3, 4])
    assert_array_equal(computed(T.Rop(x * 2, [x, y], [x, y]), *given), [2, 4])
    assert_array_equal(computed(T.Rop(x * 2, y, y), *given), [0, 0])
    assert_array_equal(computed(T.Rop([x * 2, x * y], [x], [y]), *given), [[6, 8], [9, 16]])
    disconnected = theano.gradient.DisconnectedInputError
    assert_raises(disconnected, T.Rop, [x * 2, y], [x], [y])
    assert_is(
        T.Rop([y], [x], [y], disconnected_outputs='ignore', return_disconnected='none')[0], None
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        (zero,) = T.Rop([y], [x], [y], disconnected_outputs='warn')
    assert_true(any('depends on none' in str(each.message) for each in caught))
    assert_array_equal(computed(zero, *given), [0, 0])


def test_verify_grad_says_which_error_it_raises():
    assert_is(T.verify_grad.E_grad, theano.gradient.GradientError)


def test_updates_belong_to_shared_variables():
    assert_raises(TypeError, theano.OrderedUpdates, {1: 2})
    assert_raises(TypeError, theano.OrderedUpdates().update, [(1, 2)])
    assert_raises(TypeError, theano.OrderedUpdates().__setitem__, T.scalar(), 1)
    shared = theano.shared(0)
    assert_equal(list(theano.OrderedUpdates({shared: 1})), [shared])


# --- tensors -----------------------------------------------------------------


def test_arguments_of_tensors_by_position_and_name():
    x, several = T.matrix('x'), np.arange(6, dtype='float32').reshape(3, 2)
    for expression, expected in (
        (T.split(x, [1, 2], 2, 0)[1], several[1:]),
        (T.split(x, [1, 1], n_splits=2, axis=1)[1], several[:, 1:]),
        (T.reshape(x, (2, -1), 2), several.reshape(2, 3)),
        (x.reshape((2, -1), 2), several.reshape(2, 3)),
        (x.reshape(T.constant([2, 3]), ndim=2), several.reshape(2, 3)),
        (T.repeat(x, 2, 1), several.repeat(2, 1)),
        (T.repeat(x=x, repeats=2), several.repeat(2)),
        (T.tile(x, (2, 1)), np.tile(several, (2, 1))),
        (T.tile(x, (2, 1), ndim=3), np.tile(several[None], (1, 2, 1))),
        (T.tile(x, (2, 1, 3)), np.tile(several, (2, 1, 3))),
        (T.mean(x, 0, None, False, True), several.mean(0)[None]),
        (T.mean(x, axis=1, dtype='float64'), several.mean(1)),
        (T.mean(x, op=False), several.mean()),
        (x.mean(0, 'float64', True), several.mean(0)[None]),
        (T.std(x, 0, 1, True), several.std(0, ddof=1)[None]),
        (T.var(x, ddof=1), several.var(ddof=1)),
        (T.sum(x, 0, 'float64', True), several.sum(0)[None]),
        (T.sort(x, 0, 'quicksort', None), np.sort(several, 0)),
        (T.argmax(x, 1, True), several.argmax(1)[:, None]),
        (T.roll(x, 1, 0), np.roll(several, 1, 0)),
        (T.eye(3, 4, 1), np.eye(3, 4, 1)),
        (T.tri(3, 2, 1), np.tri(3, 2, 1)),
        (T.extra_ops.diff(x, 1, 0), np.diff(several, 1, 0)),
        (T.round(x / 2, 'half_away_from_zero'), np.floor(several / 2 + 0.5)),
        (T.clip(x, 1, 3), several.clip(1, 3)),
    ):
        assert_allclose(
            computed(expression, (x, several)), expected, rtol=1e-6, err_msg=str(expression)
        )
    assert_is(T.is_flat(T.matrix(), outdim=2), True)
    assert_is(T.is_flat(T.matrix()), False)
    assert_raises(ValueError, T.tile, x, (1, 1), ndim=1)


def test_dtypes_are_given_by_position_or_name():
    assert_equal(
        [
            T.matrix('x', 'int32').dtype,
            T.vector(dtype='int8').dtype,
            T.scalar().dtype,
            T.tensor4('x', 'float64').ndim,
        ],
        ['int32', 'int8', 'float32', 4],
    )
    assert_equal(T.tensor('int8', (0, 1)).broadcastable, (False, True))
    assert_is(pickle.loads(pickle.dumps(T.matrix)), T.matrix)
    # Found by running the original: rounding makes floats of integers.
    for function in (T.floor, T.ceil, T.trunc):
        assert_equal(
            [
                function(T.vector(dtype=each)).dtype
                for each in ('int8', 'int32', 'int64', 'float32')
            ],
            ['float32', 'float64', 'float64', 'float32'],
        )


def test_constants_of_sigmoids_have_the_precision_of_their_argument():
    x = T.dvector('x')
    values = np.array([0.1, 0.31, 5.1, -4.7])
    nnet = T.nnet
    assert_allclose(
        computed(nnet.hard_sigmoid(x), (x, values)), np.clip(0.2 * values + 0.5, 0, 1), rtol=1e-15
    )
    # The original's.
    assert_allclose(
        computed(nnet.ultra_fast_sigmoid(x), (x, values)),
        [
            0.5357142857142857,
            0.5 + 0.5 * 1.5 * 0.155 / 1.155,
            0.9872040855404289,
            0.01738404392754267,
        ],
        rtol=1e-14,
    )
    assert_equal(nnet.hard_sigmoid(T.ivector()).dtype, 'float64')
    assert_equal(nnet.hard_sigmoid(T.vector()).dtype, 'float32')


def test_linear_algebra_has_theanos_defaults():
    from theano.tensor import slinalg

    x = T.dmatrix('x')
    tall = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 5.0]])
    q, r = computed(T.nlinalg.qr(x), (x, tall))
    assert_equal([q.shape, r.shape], [(3, 2), (2, 2)])
    assert_allclose(q.dot(r), tall, atol=1e-12)
    lopsided = np.array([[2.0, 1.0], [9.0, 2.0]])
    for triangle, other in ((None, 9.0), ('L', 9.0), ('U', 1.0)):
        values, _ = computed(T.nlinalg.eigh(x, *filter(None, [triangle])), (x, lopsided))
        assert_allclose(values, [2 - other, 2 + other])
    assert_allclose(computed(T.nlinalg.matrix_inverse(x), (x, lopsided)), np.linalg.inv(lopsided))
    wrong = np.array([[1.0, 2.0], [2.0, 1.0]])
    for mode in MODES:
        function = theano.function([x], slinalg.cholesky(x), mode=mode)
        assert_allclose(function(np.eye(2) * 4), np.eye(2) * 2)
        assert_raises(np.linalg.LinAlgError, function, wrong)
    assert_true(np.isnan(computed(slinalg.cholesky(x, on_error='nan'), (x, wrong))).any())
