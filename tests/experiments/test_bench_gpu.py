"""bench_gpu.py: its table, and what it says without a GPU."""

import os
import subprocess
import sys
import tempfile

from nose.tools import assert_equal, assert_greater, assert_in, assert_raises

from tests.helpers.bench_helpers import EXPERIMENTS, ROOT, fake
from tests.helpers.facade_helpers import skip_on_original

# `bench_helpers` has put these on the path.
# isort: split
import bench_gpu
from harness import OURS, Missing


def arguments(*words):
    return bench_gpu.arguments(
        ['--rounds', '2', '--epochs', '2', '--images', '10', '--batches', '4', *words]
    )


def measured(args, *engines):
    missing = {}
    found = bench_gpu.measure_batch(list(engines), 4, args, missing)
    return {'date': '2026-01-01', 'settings': vars(args), 'missing': missing, 'batches': {4: found}}


def test_the_table_says_which_times_are_calculated():
    engines = fake(OURS, seconds=0.01), fake('PyTorch', seconds=0.02)
    result = measured(arguments(), *engines)
    found = result['batches'][4]
    assert_equal(len(found['seconds'][OURS]), 2)
    assert_greater(found['summary']['PyTorch']['ratio'], 1.2)
    text = bench_gpu.report(result)
    median = found['summary'][OURS]['median']
    assert_in(f'{1000 * median:.1f} (calculated)', text)
    assert_in(f'{10 / median:.0f}', text)
    assert_in('a fake, 2026-01-01', text)


def test_the_precision_asked_for_is_the_engines_flag():
    for precision, expected in ('tf32', 'True'), ('float32', 'False'):
        ours, peer = bench_gpu.engines('cuda', precision)
        assert_in('tf32=' + expected, ours.environ['THEANO_FLAGS'].split(','))
        assert_equal(peer.options[-1], precision)


def test_all_epochs_are_run_where_asked_for():
    log = os.path.join(tempfile.mkdtemp(), 'log')
    result = measured(arguments('--whole'), fake(OURS, log=log))
    with open(log) as file:
        assert_equal(len(file.readlines()), 1 + 2 * 2 + 1000)
    text = bench_gpu.report(result)
    assert_in('{:.1f}'.format(result['batches'][4]['whole'][OURS]), text)
    assert_equal('calculated' in text, False)


def test_a_missing_peer_is_named_and_a_missing_engine_ends_it():
    result = measured(arguments(), fake(OURS), fake('PyTorch', 'raise Missing("no GPU")'))
    assert_in('Missing: PyTorch: no GPU', bench_gpu.report(result))
    with assert_raises(Missing):
        measured(arguments(), fake(OURS, 'raise Missing("no GPU")'))


def test_without_a_gpu_it_says_so_and_exits_with_two():
    skip_on_original()
    result = subprocess.run(
        [sys.executable, os.path.join(EXPERIMENTS, 'bench_gpu.py'), '--out', tempfile.mkdtemp()],
        capture_output=True,
        text=True,
        env=dict(os.environ, CUDA_VISIBLE_DEVICES='', PYTHONPATH=ROOT),
    )
    assert_equal((result.returncode, result.stdout), (2, ''), result.stderr)
    assert_in('Nothing was measured: While choosing device=cuda', result.stderr)
