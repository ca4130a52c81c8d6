"""Training on a GPU: this engine on JAX against PyTorch, in one run.

    PEERS_PYTHON=... python experiments/bench_gpu.py

Both train the same network on the same 10,000 images, that lie on the GPU as
uint8, in the same minibatches: the engine as `juntingnet train` does it with
THEANO_FLAGS=device=cuda, PyTorch with cuDNN, channels_last, fused SGD and the
whole step in a CUDA graph. Both may use TF32, unless --precision float32. The
two take turns, an epoch each; an epoch is training steps only, without
validation.

Prints, and writes into --out as gpu.json and gpu.rst: images/s for batches of
128 and 1,024, and the time of 1,000 epochs, calculated from the median epoch
(the table says so) or, with --whole, measured from the first to the last.
PEERS_PYTHON names a Python that has PyTorch for CUDA (this one by default).
Without a GPU it says so and exits with 2.
"""

import argparse
import contextlib
import json
import os
import sys

import harness
from bench_tables import table
from harness import OURS, Engine, say

from juntingnet_theano.files.writing import atomic_path

PEER = 'PyTorch'
GOAL_EPOCHS = 1000


def engines(device, precision):
    """This engine and PyTorch on a device, 'cuda' or 'cpu'."""
    flags = 'device=cuda'
    if device == 'cpu':
        flags = 'device=cpu,linker=jax'
    # Each takes at most its half of the GPU's memory.
    flags += ',gpuarray.preallocate=0.45,tf32={}'.format(precision == 'tf32')
    options = ('--device', device, '--precision', precision)
    return [
        Engine(
            OURS,
            'theano_engine.py',
            sys.executable,
            options,
            {'THEANO_FLAGS': flags},
            ('epoch',),
            clean=False,
        ),
        Engine(
            PEER,
            'torch_gpu.py',
            os.environ.get('PEERS_PYTHON') or sys.executable,
            options,
            jobs=('epoch',),
        ),
    ]


def measure_batch(chosen, batch, args, missing):
    """Epochs of one size of minibatch.

    Returns
    -------
    dict
        ``seconds`` of each round's epoch and ``whole`` (seconds of
        `GOAL_EPOCHS` epochs, where asked for) by engine; ``facts``.
    """
    options = ['--head', args.head, '--batch', str(batch), '--images', str(args.images)]
    with contextlib.ExitStack() as stack:
        workers = harness.start(chosen, ['epoch'], options, stack, missing)
        seconds, losses = harness.alternate(workers, ['epoch'], {'epoch': args.epochs}, args.rounds)
        found = {
            'seconds': seconds['epoch'],
            'losses': losses['epoch'],
            'summary': harness.summary(seconds['epoch']),
            'facts': {name: each.facts for name, each in workers.items()},
        }
        if args.whole:
            found['whole'] = {}
            for name, worker in workers.items():
                say(f'{GOAL_EPOCHS} epochs of {name}')
                found['whole'][name] = sum(worker.time('epoch', GOAL_EPOCHS)[0])
    return found


def measure(args):
    """Everything, as one dictionary for JSON."""
    chosen, missing = engines(args.device, args.precision), {}
    result = {
        'date': harness.now(),
        'machine': harness.machine(),
        'settings': vars(args),
        'missing': missing,
        'batches': {},
    }
    for batch in args.batches:
        say(f'batch {batch}')
        result['batches'][batch] = measure_batch(chosen, batch, args, missing)
    return result


def report(result):
    """Heading and table, as RST."""
    settings = result['settings']
    rows = [('batch', 'engine', 'images/s', f'{GOAL_EPOCHS} epochs, s', 'loss')]
    for batch, found in result['batches'].items():
        device = found['facts'][OURS]['device']
        for name, each in found['summary'].items():
            whole = found.get('whole', {}).get(name)
            rows.append(
                (
                    str(batch),
                    name,
                    '{:.0f}'.format(settings['images'] / each['median']),
                    '{:.1f}{}'.format(
                        whole or each['median'] * GOAL_EPOCHS, '' if whole else ' (calculated)'
                    ),
                    '{:.5f}'.format(found['losses'][name]),
                )
            )
    lines = [
        '{}, {}; {} head, {} images, {}'.format(
            device, result['date'], settings['head'], settings['images'], settings['precision']
        ),
        '',
        table(rows),
        '',
    ]
    lines += [
        'Ratio of the epochs, batch {}: {} takes {:.2f} times as long as {}.'.format(
            batch, name, each['ratio'], OURS
        )
        for batch, found in result['batches'].items()
        for name, each in found['summary'].items()
        if name != OURS
    ]
    if not settings['whole']:
        lines.append(
            '"calculated": {} times the median epoch; rounds: {}, epochs a round: {}.'.format(
                GOAL_EPOCHS, settings['rounds'], settings['epochs']
            )
        )
    lines += ['Missing: {}: {}'.format(*each) for each in result['missing'].items()]
    return '\n'.join(lines)


def arguments(words=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--rounds', type=int, default=8)
    parser.add_argument('--epochs', type=int, default=3, help='a round; it counts as their median')
    parser.add_argument('--whole', action='store_true', help=f'run all {GOAL_EPOCHS} epochs')
    parser.add_argument('--head', default='paper', choices=('paper', 'released'))
    parser.add_argument('--precision', default='tf32', choices=('tf32', 'float32'))
    parser.add_argument('--out', default='runs/bench', help='folder')
    # To try the benchmark itself, not the engine, where there is no GPU:
    # --device cpu --images 64 --batches 32 --epochs 1 --rounds 1
    parser.add_argument('--device', default='cuda', choices=('cuda', 'cpu'), help=argparse.SUPPRESS)
    parser.add_argument('--images', type=int, default=10000, help=argparse.SUPPRESS)
    parser.add_argument(
        '--batches', type=int, nargs='+', default=[128, 1024], help=argparse.SUPPRESS
    )
    return parser.parse_args(words)


def main():
    """Measure, write and print; exit code 2 without a GPU."""
    args = arguments()
    try:
        result = measure(args)
    except harness.Missing as error:
        say(f'Nothing was measured: {error}')
        sys.exit(2)
    text = report(result)
    path = os.path.join(args.out, 'gpu')
    for extension, content in (('.json', json.dumps(result, indent=1)), ('.rst', text + '\n')):
        with atomic_path(path + extension) as part, open(part, 'w') as file:
            file.write(content)
    print(text)


if __name__ == '__main__':
    main()
