"""bench_engine.py: who is asked what, what is counted, what is written."""

import contextlib
import doctest
import io
import json
import os
import sys
import tempfile
from unittest import mock

import numpy as np
from nose.tools import (
    assert_equal,
    assert_greater,
    assert_in,
    assert_less,
    assert_not_in,
    assert_raises,
)

from juntingnet_theano.network.layers import build_juntingnet, seed_weights
from tests.helpers.bench_helpers import ROOT, fake
from tests.helpers.facade_helpers import skip_on_original

from lasagne.layers import get_all_layers

# `bench_helpers` has put these on the path.
# isort: split
import bench_engine
import harness
import inputs
from harness import OURS, Engine, Missing, Worker


def test_a_worker_says_what_it_is_and_times_what_it_is_asked():
    with Worker(fake('a', seconds=0.02), ['train'], '--batch', '7') as worker:
        assert_equal((worker.facts['batch'], worker.first), (7, {'train': 0.25}))
        seconds, value = worker.time('train', 3)
        assert_equal((len(seconds), value), (3, 0.25))
        assert_greater(min(seconds), 0.019)
        assert_greater(worker.peak(), 1)
        assert_greater(worker.started, 0.02)


def test_peak_memory_is_the_workers_own():
    mine = np.ones(40 << 20, 'uint8')  # not to be counted as the child's
    hungry = fake('a', 'self.kept = b"1" * (60 << 20)')
    with Worker(hungry, ['one']) as large, Worker(fake('a'), ['one']) as small:
        more = large.peak() - small.peak()
    assert_less(abs(more - 63), 8)
    assert_equal(len(mine), 40 << 20)


def test_what_is_not_there_is_named_and_the_rest_is_measured():
    missing = {}
    engines = [
        fake(OURS),
        fake('no module', 'import no_such_module'),
        fake('no python', python='/no/such/python'),
        fake('not named', python=None, hint='name it'),
        fake('no device', 'raise Missing("no device")'),
        fake('cannot', jobs=('train',)),
    ]
    with contextlib.ExitStack() as stack:
        workers = harness.start(engines, ['one'], [], stack, missing)
        assert_equal(list(workers), [OURS])
    assert_equal(list(missing), ['no module', 'no python', 'not named', 'no device'])
    assert_in('no_such_module', missing['no module'])
    assert_equal(missing['not named'], 'name it')


def test_without_our_own_engine_there_is_nothing_to_measure():
    with contextlib.ExitStack() as stack, assert_raises(Missing):
        harness.start([fake(OURS, 'raise Missing("gone")')], ['one'], [], stack, {})


def test_a_worker_that_breaks_shows_its_last_words():
    with assert_raises(RuntimeError) as caught:
        Worker(fake('a', 'raise ValueError("its last words")'), ['one'])
    assert_in('its last words', str(caught.exception))


def test_turns_alternate_and_every_engine_begins_a_round():
    log = os.path.join(tempfile.mkdtemp(), 'log')
    missing = {}
    with contextlib.ExitStack() as stack:
        workers = harness.start(
            [fake(name, log=log) for name in 'abc'], ['train'], [], stack, missing
        )
        os.remove(log)  # the calls that warmed up
        seconds, values = harness.alternate(workers, ['train'], {'train': 2}, 3)
    with open(log) as file:
        order = [line[0] for line in file]
    assert_equal(''.join(order), 'aabbccbbccaaccaabb')
    assert_equal(
        {name: len(each) for name, each in seconds['train'].items()}, {'a': 3, 'b': 3, 'c': 3}
    )
    assert_equal(values['train'], {'a': 0.25, 'b': 0.25, 'c': 0.25})


def test_an_interrupted_run_keeps_its_whole_rounds():
    turns = iter([1, 2, 3, 4, 5])

    class Interrupted:
        first = {'train': 0}

        def time(self, job, times):
            for seconds in turns:
                return [seconds], 0
            raise KeyboardInterrupt

    workers = {'a': Interrupted(), 'b': Interrupted()}
    seconds, _ = harness.alternate(workers, ['train'], {'train': 1}, 9)
    assert_equal(seconds, {'train': {'a': [1, 4], 'b': [2, 3]}})
    with assert_raises(KeyboardInterrupt):
        harness.alternate(workers, ['train'], {'train': 1}, 9)


def test_the_ratio_is_the_median_of_ratios_within_a_round():
    found = harness.summary({OURS: [1.0, 10.0, 2.0], 'peer': [3.0, 20.0, 2.0]})
    assert_equal(found['peer'], {'median': 3.0, 'best': 2.0, 'ratio': 2.0})
    assert_equal(found[OURS]['ratio'], 1)


def test_the_examples_of_the_docstrings_run():
    for module in (harness, bench_engine):
        result = doctest.testmod(module)
        assert_equal((result.failed, result.attempted), (0, 1))


def test_our_tuning_does_not_reach_the_peers():
    ours = {
        'OMP_WAIT_POLICY': 'passive',
        'OPENBLAS_CORETYPE': 'Haswell',
        'NUMBA_NUM_THREADS': '1',
        'THEANO_FLAGS': 'floatX=float32',
        'HOME': '/home',
    }
    with mock.patch.dict(os.environ, ours):
        peer = harness.environment(fake('a', environ={'OMP_NUM_THREADS': '2'}))
        own = harness.environment(fake('a', clean=False))
    for name in ours:
        assert_in(name, own)
        if name != 'HOME':
            assert_not_in(name, peer)
    assert_equal((peer['HOME'], peer['OMP_NUM_THREADS']), ('/home', '2'))
    assert_equal(peer['PYTHONPATH'].split(os.pathsep)[0], ROOT)


def test_other_results_than_ours_stop_the_benchmark():
    ours = {'train': 0.5, 'one': [0.1, 0.2]}
    bench_engine.compare(
        {OURS: ours, 'near': {'train': 0.50001}, 'predicts': {'one': [0.1, 0.2001]}}
    )
    for wrong in (
        {'train': 0.51},
        {'train': float('nan')},
        {'one': [0.1, 0.19]},
        {'one': [0.2, 0.1]},
    ):
        with assert_raises(SystemExit) as caught:
            bench_engine.compare({OURS: ours, 'wrong': wrong})
        assert_in('wrong computes something else', str(caught.exception))


def test_peers_begin_with_the_weights_that_lasagne_draws():
    skip_on_original()
    seed_weights(np.random.RandomState(0))
    expected = {
        each.name: each
        for each in get_all_layers(build_juntingnet(head='released'))
        if hasattr(each, 'W')
    }
    found = inputs.first_weights('released')
    assert_equal(sorted(found), sorted(expected))
    for name, weights in found.items():
        np.testing.assert_array_equal(weights, expected[name].W.get_value(borrow=True))
        assert_equal(set(expected[name].b.get_value()), {np.float32(0.1)})


def test_an_epoch_takes_every_row_once():
    epoch = inputs.Minibatches(10, 4).epoch()
    assert_equal([len(rows) for rows, _ in epoch], [4, 4, 2])
    assert_equal([len(flip) for _, flip in epoch], [4, 4, 2])
    assert_equal(sorted(np.concatenate([rows for rows, _ in epoch])), list(range(10)))
    again = inputs.Minibatches(10, 4).epoch()
    np.testing.assert_array_equal(epoch[1][0], again[1][0])


def test_tables_and_json_tell_what_was_measured_and_what_is_missing():
    out = tempfile.mkdtemp()
    engines = [
        fake(OURS, seconds=0.01),
        fake('peer', seconds=0.02),
        fake('predicts', jobs=('predict', 'one')),
        fake('gone', 'raise Missing("not here")'),
    ]
    printed = io.StringIO()
    with mock.patch.object(bench_engine, 'engines', lambda: engines), mock.patch.object(
        sys, 'argv', ['bench', '--rounds', '2', '--heads', 'paper', '--out', out]
    ), contextlib.redirect_stdout(printed):
        bench_engine.main()
    with open(os.path.join(out, 'engine.json')) as file:
        written = json.load(file)
    found = written['speed']['paper']['summary']['train']
    assert_greater(found['peer']['ratio'], 1.2)
    assert_equal(sorted(written['memory_mb']), [OURS, 'peer'])
    assert_in('processor', written['machine'])
    assert_equal(written['missing'], {'gone': 'not here'})
    lines = printed.getvalue().splitlines()
    (row,) = (line for line in lines if line.startswith('peer   ') and '(' in line)
    assert_in('{:.0f} ({:.2f})'.format(128 / found['peer']['median'], found['peer']['ratio']), row)
    assert_equal([line.split()[1] for line in lines if line.startswith('predicts')], ['-'])
    assert_in('missing: gone: not here', lines)
    with open(os.path.join(out, 'engine.png'), 'rb') as file:
        assert_equal(file.read(8), b'\x89PNG\r\n\x1a\n')


def test_the_engines_worker_predicts_and_says_which_engine_it_is():
    # NumPy computes, so that nothing is compiled.
    skip_on_original()
    engine = Engine(
        OURS, 'theano_engine.py', sys.executable, environ={'THEANO_FLAGS': 'mode=FAST_COMPILE'}
    )
    with Worker(engine, ['one'], '--images', '2') as worker:
        assert_equal(worker.facts['engine'], 'numba')
        assert_in(worker.facts['lanes'], (4, 8, 16))
        assert_equal(len(set(worker.first['one'])), 16)


def test_starts_are_measured_with_an_empty_and_with_a_filled_cache():
    log = os.path.join(tempfile.mkdtemp(), 'log')
    flags = fake(OURS, f'open({log!r}, "a").write(os.environ["THEANO_FLAGS"] + "\\n")')
    with mock.patch.dict(os.environ, {'THEANO_FLAGS': 'floatX=float32'}):
        found = bench_engine.start_times(flags, bench_engine.arguments(['--batch', '2']))
    with open(log) as file:
        folders = [line.strip().split('base_compiledir=')[1] for line in file]
    assert_equal([folders.index(each) for each in folders], [0, 0, 0, 0, 4, 4, 4, 4])
    for each in found.values():
        assert_equal(len(each['warm']), 3)
        assert_greater(each['cold'], 0)
