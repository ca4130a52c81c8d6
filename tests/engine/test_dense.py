"""Dense layers: matrix products and weights updated on the way.

Products of small integers are exact in float32: they must equal NumPy's of
float64 to the last bit.
"""

import functools
import itertools

import numpy as np
import pytensor.tensor as pt
from nose.tools import assert_equal, assert_greater, assert_in, assert_less, assert_true

from juntingnet_theano.engine.numba.kernels import denormals
from juntingnet_theano.engine.ops.dense_update import DenseUpdate
from tests.helpers.engines import REFERENCE, compiled, fails, normal

import lasagne
import theano
from lasagne import updates as optimisers
from theano.configparser import change_flags

SIZES = 0, 1, 5, 6, 7, 15, 16, 17, 63, 64, 65, 127, 128, 129, 300
RATE, MOMENTUM = np.float32(0.05), np.float32(0.9)
OPTIMISERS = {
    'sgd': optimisers.sgd,
    'momentum': lambda cost, params, rate: optimisers.momentum(
        cost, params, rate, theano.shared(MOMENTUM)
    ),
    'nesterov_momentum': lambda cost, params, rate: optimisers.nesterov_momentum(
        cost, params, rate, theano.shared(MOMENTUM)
    ),
    'adagrad': optimisers.adagrad,
    'rmsprop': optimisers.rmsprop,
    'adam': optimisers.adam,
    'adadelta': optimisers.adadelta,
}


@functools.lru_cache(maxsize=None)
def products(dtypes=('float32',) * 3):
    """x (n, k), w (k, m), g (n, m) -> x . w, g . w', x' . g."""
    x, w, g = (pt.matrix(dtype=dtype) for dtype in dtypes)
    return compiled([x, w, g], [pt.dot(x, w), pt.dot(g, w.T), pt.dot(x.T, g)], 'NUMBA')


def factors(rng, n, k, m):
    return [rng.randint(-3, 4, shape).astype('float32') for shape in ((n, k), (k, m), (n, m))]


def expected(x, w, g):
    x, w, g = (each.astype('float64') for each in (x, w, g))
    return x.dot(w), g.dot(w.T), x.T.dot(g)


def check(given, truth, message):
    for name, found, wanted in zip(('x.w', "g.w'", "x'.g"), products()(*given), truth):
        np.testing.assert_array_equal(found, wanted, f'{name} {message}')


def test_products_of_any_sizes_are_exact():
    rng = np.random.RandomState(0)
    triples = [rng.choice(SIZES, 3) for _ in range(60)]
    triples += [each for size in (0, 1, 5, 6) for each in itertools.permutations((size, 17, 65))]
    # More than a block holds, each way.
    triples += [(200, 513, 801), (431, 256, 385), (1025, 9, 33), (2100, 3, 70)]
    # Few results of long sums, which threads share out too; many of short ones.
    triples += [(1, 700, 301), (5, 6400, 17), (130, 900, 10), (4200, 2, 9)]
    for triple in triples:
        given = factors(rng, *triple)
        check(given, expected(*given), str(triple))


def layouts(array):
    """The same numbers, laid out in memory in other ways."""
    rows, columns = array.shape
    yield np.asfortranarray(array)
    yield np.ascontiguousarray(array[::-1, ::-1])[::-1, ::-1]
    yield np.ascontiguousarray(array[::-1])[::-1]
    block = np.full((2 * rows, columns + 3), np.nan, 'float32')
    block[::2, 2:-1] = array
    yield block[::2, 2:-1]
    block = np.full((rows + 1, 3 * columns), np.nan, 'float32')
    block[1:, ::3] = array
    yield block[1:, ::3]
    yield np.asfortranarray(block)[1:, ::3]


def test_views_of_any_strides_are_multiplied_alike():
    rng = np.random.RandomState(1)
    for triple in ((6, 65, 17), (3, 129, 16)):
        given = factors(rng, *triple)
        for number, made in enumerate(zip(*map(layouts, given))):
            check(made, expected(*given), f'{triple}, layout {number}')


def test_nan_and_infinity_reach_the_products_even_times_zero():
    rng = np.random.RandomState(2)
    for value, where, n in itertools.product((np.nan, np.inf, -np.inf), range(3), (2, 20)):
        given = factors(rng, n, 33, 18)
        if n == 2:  # see the next test
            given[0][given[0] == 0] = 1
        given[where].flat[given[where].size // 2] = value
        with np.errstate(invalid='ignore'):
            truth = expected(*given)
        assert_true(
            all(
                np.isfinite(each).sum() < each.size
                for product, each in enumerate(truth)
                if product != (where + 1) % 3
            )
        )
        check(given, truth, f'{value} in {where}')


def test_few_rows_do_not_read_the_weights_that_meet_only_zeros():
    rng = np.random.RandomState(8)
    for n, live in itertools.product((1, 2, 5), (0, 1, 7, 8, 9, 33)):
        x, w, _ = factors(rng, n, 33, 21)
        steps = np.sort(rng.permutation(33)[:live])
        x[0, steps] = 1  # alive in a row, whatever the others
        x[:, np.setdiff1d(range(33), steps)] = -0.0
        truth = x.astype('float64').dot(w)
        w[np.setdiff1d(range(33), steps)] = np.nan
        np.testing.assert_array_equal(
            products()(x, w, np.zeros((n, 21), 'float32'))[0], truth, f'{n} rows, {live} live'
        )


def test_few_rows_round_no_more_than_sums_in_blocks_do():
    # As of the first dense layer, behind rectifiers. One running total over
    # its inputs is off by 7e-7 of the results, BLAS by 2e-7 to 5e-7.
    x, w = normal(7, (5, 6400), (6400, 803))
    x, w, g = np.maximum(x, 0), w, np.zeros((5, 803), 'float32')
    for rows in (1, 5):
        truth = x[:rows].astype('float64').dot(w.astype('float64'))
        error = products()(x[:rows], w, g[:rows])[0] - truth
        assert_less(np.sqrt(np.square(error).mean() / np.square(truth).mean()), 2e-7)


def test_other_dtypes_are_left_to_the_engine():
    given = [each.astype('float64') for each in normal(0, (7, 20), (20, 9), (7, 9))]
    truth = expected(*given)
    for found, wanted in zip(products(('float64',) * 3)(*given), truth):
        assert_equal(found.dtype, np.dtype('float64'))
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_matrices_that_do_not_fit_are_refused():
    x, w, g = factors(np.random.RandomState(3), 8, 9, 10)
    for given in (
        (x[:, 1:], w, g),
        (x, w[1:], g),
        (x, w, g[:, 1:]),
        (x, w, g[1:]),
        (x[:2, 1:], w, g[:2]),
    ):
        fails(ValueError, products(), *given)


class Layers:
    """Dense layers of one input each, and one sum of squares of all.

    Each has its optimiser, so that one function trains them all. With
    ``floatX=float64`` they are the same layers in double precision.
    """

    def __init__(self, names, bound=None, sizes=(37, 401)):
        rng, dtype = np.random.RandomState(4), theano.config.floatX
        self.weights, self.states = [], []
        self.rate = theano.shared(RATE.astype(dtype))
        self.updates = theano.updates.OrderedUpdates()
        self.x, self.target = theano.tensor.matrices('x', 'target')
        for name in names:
            weights = theano.shared(rng.normal(0, 0.1, sizes).astype('float32').astype(dtype), name)
            cost = ((self.x.dot(weights) - self.target) ** 2).sum() / 64
            updates = OPTIMISERS[name](cost, [weights], self.rate)
            if bound:
                updates[weights] = optimisers.norm_constraint(updates[weights], bound)
            self.weights.append(weights)
            self.states += [each for each in updates if each is not weights]
            self.updates.update(updates)

    def trained(self, mode, steps=3, batch=9):
        """(weights and states after some steps, the function)."""
        before = [each.get_value() for each in self.weights + self.states]
        step = theano.function([self.x, self.target], [], updates=self.updates, mode=mode)
        for seed in range(steps):
            step(*self.data(seed, batch))
        after = [each.get_value() for each in self.weights + self.states]
        for variable, value in zip(self.weights + self.states, before):
            variable.set_value(value)
        return after, step

    def data(self, seed, batch=9):
        rows, columns = self.weights[0].get_value(borrow=True).shape
        return [each.astype(self.x.dtype) for each in normal(seed, (batch, rows), (batch, columns))]


def joined(function):
    return [
        node.op for node in function.maker.fgraph.apply_nodes if isinstance(node.op, DenseUpdate)
    ]


def check_joined(names, bound=None):
    """Train on numba with all updates joined: as near to double precision as
    float32 comes without.

    Not near to what float32 gives without: where a gradient is almost zero,
    some optimisers divide by its size, and either rounding is magnified.
    """
    layers = Layers(names, bound)
    found, step = layers.trained(None)
    assert_equal(len(joined(step)), len(names))
    plain, _ = layers.trained(REFERENCE)
    with change_flags(floatX='float64'):
        exact, _ = Layers(names, bound).trained(REFERENCE)
    for variable, one, other, truth in zip(layers.weights + layers.states, found, plain, exact):
        assert_equal(one.dtype, other.dtype)
        np.testing.assert_allclose(one, truth, rtol=1e-3, atol=1e-5, err_msg=str(variable))
        one, other = (np.sqrt(np.mean((each - truth) ** 2)) for each in (one, other))
        assert_greater(1.5 * other + 1e-12, one, str(variable))
    return found


@functools.lru_cache(maxsize=None)
def nesterov():
    """A layer and its step by Nesterov's momentum."""
    layers = Layers(['nesterov_momentum'])
    return layers, theano.function([layers.x, layers.target], [], updates=layers.updates)


def test_every_optimiser_of_lasagne_is_joined():
    check_joined(OPTIMISERS)


def test_norm_constraint_is_joined_too():
    for weights in check_joined(('sgd', 'nesterov_momentum', 'adam'), bound=0.5)[:3]:
        norms = np.sqrt((weights**2).sum(axis=0))
        assert_greater(0.5001, norms.max())
        assert_greater(norms.max(), 0.4999)


def test_steps_follow_nesterov_as_written_in_numpy():
    layers, step = nesterov()
    weights, (velocity,) = layers.weights[0], layers.states
    p = weights.get_value().astype('float64')
    v = velocity.get_value().astype('float64')
    for seed, rate in enumerate((RATE, RATE / 2, 0)):
        x, target = layers.data(seed)
        layers.rate.set_value(np.float32(rate))
        step(x, target)
        gradient = x.T.dot(2 * (x.dot(p) - target)) / 64
        v = MOMENTUM * v - rate * gradient
        p = p + MOMENTUM * v - rate * gradient
        np.testing.assert_allclose(weights.get_value(), p, atol=1e-5)
        np.testing.assert_allclose(velocity.get_value(), v, atol=1e-5)
    layers.rate.set_value(RATE)


def test_weights_and_velocities_are_written_in_place():
    layers, step = nesterov()
    variables = layers.weights + layers.states
    before = [each.get_value(borrow=True) for each in variables]
    copies = [each.copy() for each in before]
    step(*layers.data(0))
    for variable, array, copy in zip(variables, before, copies):
        assert_true(
            variable.get_value(borrow=True) is array
            or np.shares_memory(variable.get_value(borrow=True), array)
        )
        assert_greater(abs(array - copy).max(), 1e-4)


def test_velocities_fade_to_zero_and_no_thread_keeps_flushing():
    layers, step = nesterov()
    weights, (velocity,) = layers.weights[0], layers.states
    x, target = layers.data(0)
    x[:, :3] = 0  # three dead units
    old, before = velocity.get_value(), weights.get_value()
    faded = old.copy()
    faded[:3] = 2e-39
    velocity.set_value(faded)
    step(x, target)
    if denormals.ON_X86:
        assert_equal(abs(velocity.get_value()[:3]).max(), 0)
    assert_less(abs(velocity.get_value()[:3]).max(), 2e-39)
    np.testing.assert_array_equal(weights.get_value()[:3], before[:3])
    assert_greater(abs(velocity.get_value()[3:]).min(axis=1).max(), 0)
    velocity.set_value(old)
    # Columns enough for all threads.
    small = np.full((1, 99999), 2e-39, 'float32')
    product, _, _ = products()(np.ones((1, 1), 'float32'), small, small)
    np.testing.assert_array_equal(product, small)
    np.testing.assert_array_equal(small * np.float32(0.5), np.float32(2e-39) * np.float32(0.5))


def test_an_empty_batch_has_no_gradient():
    layers, step = nesterov()
    step(*layers.data(0))  # a velocity
    p, v = (each.get_value() for each in layers.weights + layers.states)
    step(*layers.data(1, batch=0))
    np.testing.assert_allclose(layers.states[0].get_value(), MOMENTUM * v, rtol=1e-6)
    np.testing.assert_allclose(
        layers.weights[0].get_value(), p + MOMENTUM * MOMENTUM * v, rtol=1e-5, atol=1e-7
    )


def test_weights_in_fortran_order_are_updated_alike():
    layers, step = nesterov()
    weights, (velocity,) = layers.weights[0], layers.states
    start = weights.get_value(), velocity.get_value()
    found = []
    for order in 'CF':
        for variable, value in zip((weights, velocity), start):
            variable.set_value(np.array(value, order=order), borrow=True)
        for seed in range(2):
            step(*layers.data(seed))
        found.append(weights.get_value())
    np.testing.assert_array_equal(found[0], found[1])


def test_nan_reaches_the_weights_it_belongs_to():
    layers, step = nesterov()
    start = layers.weights[0].get_value(), layers.states[0].get_value()
    x, target = layers.data(0)
    target[3, 7] = np.nan
    step(x, target)
    assert_equal(np.isnan(layers.weights[0].get_value()).any(axis=0).nonzero()[0].tolist(), [7])
    for variable, value in zip(layers.weights + layers.states, start):
        variable.set_value(value)


def test_a_velocity_of_another_shape_is_refused():
    layers, step = nesterov()
    (velocity,) = layers.states
    value = velocity.get_value()
    velocity.set_value(value[1:])
    try:
        assert_in('another shape', fails(ValueError, step, *layers.data(0)))
    finally:
        velocity.set_value(value)


def test_old_weights_and_the_gradient_can_be_outputs_too():
    layers = Layers(['sgd'], sizes=(6, 9))
    (weights,) = layers.weights
    x, target = layers.data(0)
    p = weights.get_value()
    gradient = x.T.dot(2 * (x.dot(p) - target)) / 64
    symbolic = layers.x.T.dot(2 * (layers.x.dot(weights) - layers.target)) / 64
    step = theano.function(
        [layers.x, layers.target], [weights, symbolic, weights.sum()], updates=layers.updates
    )
    old, slope, total = step(x, target)
    np.testing.assert_array_equal(old, p)
    np.testing.assert_allclose(slope, gradient, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(total, p.sum(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(weights.get_value(), p - RATE * gradient, rtol=1e-4, atol=1e-5)


def test_the_layer_below_gets_its_gradient_from_the_old_weights():
    lasagne.random.set_rng(np.random.RandomState(5))
    layer = lasagne.layers.InputLayer((None, 7))
    for units in (20, 18, 3):
        layer = lasagne.layers.DenseLayer(layer, units)
    x, params = pt.matrix('x', dtype='float32'), (lasagne.layers.get_all_params(layer))
    cost = (lasagne.layers.get_output(layer, x) ** 2).sum()
    updates = optimisers.nesterov_momentum(cost, params, RATE)
    (batch,) = normal(6, (11, 7))
    start = [each.get_value() for each in updates]
    results = []
    for mode in (None, REFERENCE):
        for variable, value in zip(updates, start):
            variable.set_value(value)
        step = theano.function([x], cost, updates=updates, mode=mode)
        costs = [step(batch) for _ in range(3)]
        results.append(costs + [each.get_value() for each in updates])
        assert_equal(len(joined(step)), 0 if mode else 3)
    for found, plain in zip(*results):
        np.testing.assert_allclose(found, plain, rtol=1e-3, atol=1e-5)


def test_reference_of_the_op_is_what_numba_computes():
    layers = Layers(('nesterov_momentum',), bound=0.5, sizes=(5, 8))
    (op,) = joined(layers.trained(None)[1])
    assert_true(op.inplace and op.scale and any(op.sums))
    op = DenseUpdate(op.scalar_op, op.kinds, op.sums, op.scale)
    shapes = {'matrix': (5, 8), 'scalar': (1, 1)}
    values = normal(7, (9, 5), (9, 8), *[shapes[kind] for kind in op.kinds if kind != 'product'])
    inputs = [
        pt.tensor(dtype='float32', shape=((1, 1) if each.shape == (1, 1) else (None, None)))
        for each in values
    ]
    results = op(*inputs, return_list=True)
    for found, truth in zip(
        compiled(inputs, results, 'NUMBA')(*values), compiled(inputs, results, REFERENCE)(*values)
    ):
        np.testing.assert_allclose(found, truth, rtol=1e-4, atol=1e-5)
