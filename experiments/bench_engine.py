"""Speed, start and memory of the engine, against other engines.

    PEERS_PYTHON=... THEANO_PYTHON=... python experiments/bench_engine.py

Trains and predicts with the same network, first weights, images and
minibatches in PyTorch (eager, both memory layouts), onnxruntime (prediction),
JAX (this project with linker=jax) and the original Theano, each in a process
of its own with its own best thread settings. All processes run at once and
take turns, and results are compared before times are. Training is the
package's `functions.Trainer` as `juntingnet train` calls it: uint8 images in
memory, rows gathered, mirrored, a shared rate, the norm constraint; the peers
do the same. Three parts:

speed   images/s of training and prediction at --batch, and milliseconds of
        one image, for both heads; medians over --rounds turns, and the median
        of the ratios within a round;
start   seconds from the start of a process to its first results, with an
        empty kernel cache (cold) and a filled one (warm);
memory  most resident memory while training on 4,209 images in memory.

PEERS_PYTHON names a Python that has torch, onnx and onnxruntime (this one by
default), THEANO_PYTHON one that has the original Theano 1.0.5 and Lasagne.
A peer that is not there is named as missing. Ctrl-C ends the part speed with
the rounds that were whole. Writes engine.json and
engine.png into --out and prints the tables.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile

import harness
from bench_chart import draw
from bench_tables import report
from harness import OURS, Engine, Worker, say

from juntingnet_theano.files.writing import atomic_path

JOBS = ('predict', 'one', 'train')
CALLS = {'predict': 2, 'one': 10, 'train': 1}
PARTS = ('speed', 'start', 'memory')
HEADS = ('released', 'paper')
MEMORY_IMAGES = 4209
"""Training images of iSUN as it is distributed."""
WARM_STARTS = 3
LOSS_TOLERANCE, MAP_TOLERANCE = 1e-3, 1e-2


def engines():
    """All engines, ours first, with what each runs best with."""
    peers = os.environ.get('PEERS_PYTHON') or sys.executable
    theano = os.environ.get('THEANO_PYTHON')
    ours = 'theano_engine.py'
    return [
        Engine(OURS, ours, sys.executable, clean=False),
        Engine('PyTorch channels_last', 'torch_cpu.py', peers),
        Engine('PyTorch NCHW', 'torch_cpu.py', peers, options=('--layout', 'nchw')),
        Engine('onnxruntime', 'onnx_cpu.py', peers, jobs=('predict', 'one')),
        Engine('JAX (linker=jax)', ours, sys.executable, environ={'THEANO_FLAGS': 'linker=jax'}),
        Engine(
            'Theano 1.0.5',
            ours,
            theano,
            environ=original_environ(theano) if theano else {},
            hint='THEANO_PYTHON names no Python that has it',
        ),
    ]


def original_environ(python):
    """Variables for a Python's original Theano on all cores."""
    flags = subprocess.check_output(
        ['sh', os.path.join(harness.ROOT, '.ci', 'classic-flags'), python], universal_newlines=True
    ).strip()
    if 'blas.ldflags' in flags:  # without it its OpenMP code crashes
        flags += ',openmp=True'
    return {'THEANO_FLAGS': flags, 'OMP_NUM_THREADS': str(os.cpu_count())}


def speed(chosen, args, missing):
    """Times of all engines for each head, and what they say of themselves.

    Returns
    -------
    dict of str to dict
        Head -> ``{'seconds': ..., 'summary': ..., 'losses': ...,
        'facts': ...}``, the first two by job and engine.
    """
    found = {}
    for head in args.heads:
        say(f'{head} head')
        options = ['--head', head, '--batch', str(args.batch), '--images', str(args.images)]
        with contextlib.ExitStack() as stack:
            workers = harness.start(chosen, JOBS, options, stack, missing)
            compare({name: worker.first for name, worker in workers.items()})
            seconds, values = harness.alternate(workers, JOBS, CALLS, args.rounds)
            whole = len(seconds['train'][OURS]) == args.rounds
            if whole:
                compare({name: {'train': loss} for name, loss in values['train'].items()})
            found[head] = {
                'seconds': seconds,
                'losses': values['train'],
                'summary': {job: harness.summary(each) for job, each in seconds.items()},
                'facts': {name: worker.facts for name, worker in workers.items()},
            }
        if not whole:
            args.parts = ['speed']  # Ctrl-C: nothing more is begun
            break
    return found


def compare(results):
    """Fail where an engine's results are not those of the first.

    Parameters
    ----------
    results : dict of str to dict
        Engine -> job -> loss, or pixels of a map.

    Raises
    ------
    SystemExit
        The times would be those of different networks.

    >>> compare({'one': {'train': 0.5}, 'other': {'train': 0.50001}})
    """
    names = list(results)
    for name in names[1:]:
        for job, value in results[name].items():
            if job not in results[names[0]]:
                continue
            expected = results[names[0]][job]
            if job == 'train':
                off, allowed = abs(value / expected - 1), LOSS_TOLERANCE
            else:
                off = max(abs(one - other) for one, other in zip(value, expected))
                off /= max(expected) - min(expected)
                allowed = MAP_TOLERANCE
            if not off <= allowed:  # NaN is not
                raise SystemExit(
                    f'{name} computes something else than {names[0]}: {job} is off by {off:.2g}'
                    f', allowed is {allowed:.2g}'
                )


def start_times(ours, args):
    """Cold and warm start of this engine.

    Returns
    -------
    dict of str to dict
        What is asked for -> ``{'cold': seconds, 'warm': [seconds],
        'cold_peak_mb': MB}``.
    """
    found = {}
    options = ['--images', str(args.batch), '--batch', str(args.batch)]
    for what, jobs in (
        ('training and prediction', ['predict', 'train']),
        ('prediction alone', ['predict']),
    ):
        with tempfile.TemporaryDirectory() as folder:
            flags = [os.environ.get('THEANO_FLAGS'), 'base_compiledir=' + folder]
            flags = {'THEANO_FLAGS': ','.join(filter(None, flags))}
            say(f'cold start, {what}')
            with Worker(ours, jobs, *options, **flags) as worker:
                found[what] = {'cold': worker.started, 'cold_peak_mb': worker.peak(), 'warm': []}
            for _ in range(WARM_STARTS):
                say(f'warm start, {what}')
                with Worker(ours, jobs, *options, **flags) as worker:
                    found[what]['warm'].append(worker.started)
    return found


def memory(chosen, args, missing):
    """Peak MB of each engine that trains, released head.

    Every engine is started twice, so that none compiles its kernels in the
    process that is measured.
    """
    found = {}
    options = ['--images', str(args.memory_images), '--batch', str(args.batch)]
    for engine in chosen:
        if 'train' not in engine.jobs or engine.name in missing:
            continue
        say(f'memory of {engine.name}')
        try:
            Worker(
                engine, ['train'], '--images', str(args.batch), '--batch', str(args.batch)
            ).close()
            with Worker(engine, ['train'], *options) as worker:
                worker.time('train', 3)
                found[engine.name] = worker.peak()
        except harness.Missing as error:
            missing[engine.name] = ' '.join(str(error).split())
    return found


def measure(args):
    """Everything asked for, as one dictionary for JSON."""
    chosen = [each for each in engines() if not args.engines or each.name in args.engines + [OURS]]
    missing = {}
    result = {
        'date': harness.now(),
        'machine': harness.machine(),
        'settings': vars(args),
        'missing': missing,
        'load': {'start': os.getloadavg()},
    }
    if 'speed' in args.parts:
        result['speed'] = speed(chosen, args, missing)
    if 'start' in args.parts:
        result['start'] = start_times(chosen[0], args)
    if 'memory' in args.parts:
        result['memory_mb'] = memory(chosen, args, missing)
    result['load']['end'] = os.getloadavg()
    return result


def arguments(words=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [each.name for each in engines()]
    parser.add_argument('--rounds', type=int, default=8)
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument(
        '--images', type=int, default=1024, help='images in memory, for the part speed'
    )
    parser.add_argument('--memory-images', type=int, default=MEMORY_IMAGES)
    parser.add_argument('--heads', nargs='+', choices=HEADS, default=HEADS)
    parser.add_argument('--parts', nargs='+', choices=PARTS, default=PARTS)
    parser.add_argument(
        '--engines', nargs='+', choices=names, help=f'all by default; {OURS} always'
    )
    parser.add_argument('--out', default='runs/bench', help='folder')
    return parser.parse_args(words)


def main():
    """Measure, write and print."""
    args = arguments()
    result = measure(args)
    path = os.path.join(args.out, 'engine')
    with atomic_path(path + '.json') as part, open(part, 'w') as file:
        json.dump(result, file, indent=1)
    if 'speed' in result:
        with atomic_path(path + '.png') as part:
            draw(result, part)
    print(report(result))
    say(f'written: {path}.*')


if __name__ == '__main__':
    main()
