"""What JAX keeps: shared variables updated in place, with nobody seeing it,
outputs that are borrowed, compiled programs."""

import functools
import json
import os
import tempfile
from unittest import SkipTest

from nose.tools import assert_equal, assert_true

from tests.helpers.facade_helpers import python, skip_on_original

PROGRAM = """
import json, warnings
import numpy as np
import juntingnet_theano, theano, theano.tensor as T, jax
found = {}
def aligned(size):      # as XLA takes it without a copy
    raw = np.zeros(size + 16, 'float32')
    first = -raw.ctypes.data % 64 // 4
    return raw[first:first + size]
def same(array, expected):
    return bool((np.asarray(array) == expected).all())

start = aligned(1 << 16)
start[:] = np.arange(start.size) % 7
w = theano.shared(start, 'w')
x = T.scalar('x')
add = theano.function([x], w.max(), updates=[(w, w + x)])
old = w.get_value(borrow=True, return_internal_type=True)
found['outputs'] = [float(add(step)) for step in (1, 2, 3)]
new = w.get_value(borrow=True, return_internal_type=True)
found['deleted'] = [old.is_deleted(), new.is_deleted()]
found['values'] = [same(w.get_value(), start + 6),
                   same(w.get_value(borrow=True), start + 6)]

given = aligned(1 << 16)
w.set_value(given, borrow=True)
taken = [given, w.get_value(), w.get_value(borrow=True),
         w.get_value(return_internal_type=True)]
other = theano.shared(w.get_value(borrow=True), 'other')
add(1), add(1)
found['taken'] = [same(each, 0) for each in taken + [other.get_value()]]
found['after'] = same(w.get_value(), 2)

a, b, c = (theano.shared(np.full(3, each, 'float32')) for each in (1, 2, 3))
trade = theano.function([], [a, a + b], updates=[(a, b), (b, a), (c, b)])
equal = theano.function([], updates=[(a, a + c), (b, a + c)])
found['traded'] = []
for function in (trade, trade, equal, equal):
    outputs = function()
    found['traded'].append([[float(each[0]) for each in outputs],
                            [float(each.get_value()[2])
                             for each in (a, b, c)]])

found['sent'] = []
for call in (equal, lambda: add(1)):    # the second has an input
    with jax.transfer_guard_host_to_device('disallow'):
        try:
            call()
            found['sent'].append('nothing')
        except Exception as error:
            found['sent'].append(
                'something' if 'host-to-device' in str(error) else repr(error))

rows = theano.shared(np.zeros((0, 2), 'float32'))
grow = theano.function([], updates=[(rows, T.concatenate(
    [rows, T.ones((1, 2))]))])
with warnings.catch_warnings(record=True) as caught:
    grow(), grow()
found['grown'] = [rows.get_value().shape, len(caught)]

v = theano.shared(np.arange(4, dtype='float32'), 'v')
total = (v * x).sum()
outputs = [theano.Out(total, borrow=True), total * 2,
           theano.Out(v, borrow=True), theano.Out(v, borrow=True)]
step = theano.function([x], outputs, updates=[(v, v + x)])
first = step(1)
found['borrowed'] = [type(each).__name__ for each in first[:2]]
second = step(10)
found['lasting'] = [[float(each[0]), float(each[1]), each[2].tolist(),
                     each[3].tolist()] for each in (first, second)]
still = theano.function([x], [theano.Out(v, borrow=True),
                              theano.Out(x, borrow=True)])
given = still(2)
step(0)
found['given'] = [given[0].tolist(), float(given[1])]
print(json.dumps(found))
"""


@functools.lru_cache(maxsize=None)
def found():
    """What the program above found, in a process that serves JAX."""
    skip_on_original()
    try:
        import jax  # noqa: F401  (is it there?)
    except ImportError as error:
        raise SkipTest('JAX is not installed') from error
    return json.loads(python(PROGRAM, flags='linker=jax')[0])


def test_an_update_gives_up_the_old_values_memory():
    assert_equal(found()['deleted'], [True, False])


def test_values_after_updates_are_those_of_arithmetic():
    assert_equal(found()['outputs'], [6, 7, 9])
    assert_equal(found()['values'], [True, True])


def test_arrays_that_were_given_and_taken_stay_as_they_were():
    assert_equal(found()['taken'], 5 * [True])
    assert_equal(found()['after'], True)


def test_variables_may_trade_and_share_and_return_their_values():
    # a, b, c = 1, 2, 3; outputs are computed before the updates
    assert_equal(
        found()['traded'],
        [[[1, 3], [2, 1, 2]], [[2, 3], [1, 2, 1]], [[], [2, 2, 1]], [[], [3, 3, 1]]],
    )


def test_a_call_sends_its_inputs_and_no_shared_variable():
    assert_equal(found()['sent'], ['nothing', 'something'])


def test_a_borrowed_output_is_what_xla_is_still_computing():
    assert_equal(found()['borrowed'], ['ArrayImpl', 'ndarray'])


def test_what_was_borrowed_outlives_later_calls():
    assert_equal(
        found()['lasting'],
        [[6, 12, [0, 1, 2, 3], [0, 1, 2, 3]], [100, 200, [1, 2, 3, 4], [1, 2, 3, 4]]],
    )
    assert_equal(found()['given'], [[11, 12, 13, 14], 2])


SMALL = """
import juntingnet_theano, theano, theano.tensor as T, jax
events = []
jax.monitoring.register_event_listener(lambda name, **_: events.append(name))
x = T.vector()
theano.function([x], T.tanh(x).sum())([0, 0])
for name in 'cache_hits', 'cache_misses':
    print(events.count('/jax/compilation_cache/' + name))
"""


def files_below(folder):
    """Path and time of the last change of each file."""
    paths = [os.path.join(each, name) for each, _, names in os.walk(folder) for name in names]
    return {path: os.stat(path).st_mtime_ns for path in paths}


def test_a_second_process_takes_xlas_programs_from_the_disk():
    found()  # or skips
    with tempfile.TemporaryDirectory() as folder:
        programs = os.path.join(folder, 'jax')
        flags = 'linker=jax,base_compiledir=' + folder
        hits, misses = python(SMALL, flags=flags)[0].split()
        assert_equal(hits, '0')
        first = files_below(programs)
        assert_true(first)
        assert_equal(len(first), int(misses))
        assert_equal(python(SMALL, flags=flags)[0].split(), [misses, '0'])
        assert_equal(files_below(programs), first)


def test_jaxs_own_folder_for_programs_is_respected():
    found()  # or skips
    with tempfile.TemporaryDirectory() as folder:
        own = os.path.join(folder, 'own')
        python(
            SMALL,
            flags='linker=jax,base_compiledir=' + folder,
            JAX_COMPILATION_CACHE_DIR=own,
            JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS='0',
        )
        assert_true(files_below(own))
        assert_equal(files_below(os.path.join(folder, 'jax')), {})


def test_a_variable_may_change_its_shape_without_a_warning():
    assert_equal(found()['grown'], [[2, 2], 0])
