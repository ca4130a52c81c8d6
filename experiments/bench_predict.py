"""JPEG files on the disk to saliency PNGs of their size, end to end.

    PEERS_PYTHON=... python experiments/bench_predict.py

Against the same chain in plain PyTorch, Pillow and SciPy: decode, resize to
96 x 96, network, resize to the picture's size, Gaussian of 3 pixels, encode,
write. Once as a loop (plain), and once with its decoding and finishing in a
pool of threads and Pillow's fastest PNG level (tuned). Same weights, same
pictures; the maps are compared before times are. All sides run as processes
at once and take turns:

folder   images/s of a folder of pictures, in a warm process;
one      milliseconds of one picture to its PNG, in a warm process;
stages   milliseconds of each stage for one picture, one after the other in
         one thread (the network with a minibatch of 32, per picture);
shell    seconds of `juntingnet predict one.jpg`, and of a script that does
         the same in PyTorch, from start to end of the process.

Prints medians over the rounds and the median of the ratios within a round.
Writes predict.json into --out. PEERS_PYTHON names a Python that has torch,
pillow and scipy (this one by default).
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIDES = ('ours', 'plain', 'tuned')
JOBS = ('folder', 'one', 'stages')
TOLERANCE = 2.0
"""Mean difference of maps in greys. JPEGs are decoded at half size on our
side, which changes the network's input by 0.3 of 255 on average."""


def make(folder, count, size, head):
    """Pictures, and weights for both sides; their paths."""
    import numpy as np
    from bench_preprocess import picture

    from juntingnet_theano.network import layers, weights
    from juntingnet_theano.network.functions import parameters

    rng = np.random.RandomState(0)
    os.makedirs(os.path.join(folder, 'images'))
    for number in range(count):
        picture(rng, *size).save(os.path.join(folder, 'images', f'{number:04d}.jpg'), quality=90)
    layer = layers.build_juntingnet(head=head)
    y, x = np.mgrid[:48, :48]
    centre = 0.6 * np.exp(-((x - 24) ** 2 + (y - 24) ** 2) / 200.0)
    layers.initialise_balanced(layer, rng, centre)
    last = parameters(layer)['dense2.W']  # maps as smooth as trained ones'
    last.set_value(last.get_value() * np.float32(0.1))
    path = os.path.join(folder, 'weights')
    weights.save(path + '.hdf5', layer, {'head': head})
    np.savez(
        path + '.npz',
        head=head,
        **{name: param.get_value() for name, param in parameters(layer).items()},
    )


class Worker:
    """A side in a process of its own, which answers jobs line by line."""

    def __init__(self, side, folder):
        self.side = side
        environ = dict(os.environ)
        for name in list(environ):  # each side with its own best threads
            if name.endswith('_NUM_THREADS'):
                del environ[name]
        self._process = subprocess.Popen(
            [python(side), os.path.join(HERE, 'predict_sides.py'), side, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            universal_newlines=True,
        )

    def __call__(self, job):
        """The job's result: seconds, or seconds by stage."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(job + '\n')
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f'{self.side} ended while working on {job}')
        return json.loads(line)

    def close(self):
        """Let the process end."""
        self._process.stdin.close()
        self._process.wait()


def python(side):
    """The interpreter of a side."""
    if side == 'ours':
        return sys.executable
    return os.environ.get('PEERS_PYTHON') or sys.executable


def shell(side, folder):
    """Seconds of a command that predicts one picture."""
    image = os.path.join(folder, 'images', '0000.jpg')
    if side == 'ours':
        command = [
            sys.executable,
            '-m',
            'juntingnet_theano',
            'predict',
            '--weights',
            os.path.join(folder, 'weights.hdf5'),
            '--out',
            os.path.join(folder, 'shell'),
            image,
        ]
    else:
        command = [python(side), os.path.join(HERE, 'predict_sides.py'), side, folder, '--once']
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def compare_maps(folder):
    """Fail where the sides' maps are those of different chains."""
    import numpy as np
    from PIL import Image

    names = os.listdir(os.path.join(folder, 'images'))
    for side in SIDES[1:]:
        for name in sorted(names)[:8]:
            first, second = (
                np.asarray(Image.open(os.path.join(folder, each, name[:-4] + '.png'))).astype(float)
                for each in ('ours', side)
            )
            difference = np.abs(first - second).mean()
            if difference > TOLERANCE:
                raise SystemExit(
                    f'{name}: maps of ours and {side} differ by {difference:.1f} greys'
                )


def measure(folder, rounds):
    """Seconds by job, side and round; sides alternate."""
    workers = [Worker(side, folder) for side in SIDES]
    try:
        for worker in workers:  # the first turn compiles and warms
            for job in JOBS:
                worker(job)
        compare_maps(folder)
        found = {job: {side: [] for side in SIDES} for job in JOBS}
        for _ in range(rounds):
            for job in JOBS:
                for worker in workers:
                    found[job][worker.side].append(worker(job))
    finally:
        for worker in workers:
            worker.close()
    found['shell'] = {side: [] for side in SIDES[:2]}
    for turn in range(rounds + 1):
        for side in SIDES[:2]:
            seconds = shell(side, folder)
            if turn:  # the first reads from the disk
                found['shell'][side].append(seconds)
    return found


def summary(found):
    """Medians by job and side, and of ours the median ratio to each peer."""
    table = {}
    for job in ('folder', 'one', 'shell'):
        ours = found[job]['ours']
        table[job] = {
            side: {
                'seconds': statistics.median(times),
                'times_ours': statistics.median(theirs / mine for theirs, mine in zip(times, ours)),
            }
            for side, times in found[job].items()
        }
    table['stages'] = {
        side: {stage: statistics.median(turn[stage] for turn in turns) for stage in turns[0]}
        for side, turns in found['stages'].items()
        if side != 'tuned'
    }
    return table


def show(table, count):
    """Print what `summary` gives."""
    units = {
        'folder': ('images/s', lambda each: count / each),
        'one': ('ms', lambda each: 1e3 * each),
        'shell': ('s', lambda each: each),
    }
    for job, (unit, convert) in units.items():
        print(job)
        for side, each in table[job].items():
            print(
                '  {:8} {:8.2f} {:9} {:.2f} x our time'.format(
                    side, convert(each['seconds']), unit, each['times_ours']
                )
            )
    for side, stages in table['stages'].items():
        whole = sum(stages.values())
        print(f'stages, {side}: {1e3 * whole:.2f} ms')
        for stage, seconds in stages.items():
            print(f'  {stage:12} {1e3 * seconds:8.2f} ms {100 * seconds / whole:5.1f} %')


def main():
    """Make pictures, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--size', default='640x480', help='WIDTHxHEIGHT')
    parser.add_argument('--count', type=int, default=128)
    parser.add_argument('--rounds', type=int, default=8)
    parser.add_argument('--head', default='paper')
    parser.add_argument('--out', default='runs/bench')
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    try:
        make(folder, args.count, tuple(map(int, args.size.split('x'))), args.head)
        found = measure(folder, args.rounds)
        maps = os.path.join(folder, 'ours')
        sizes = [os.path.getsize(os.path.join(maps, name)) for name in os.listdir(maps)]
    finally:
        shutil.rmtree(folder)
    table = summary(found)
    show(table, args.count)
    print(f'maps of {statistics.mean(sizes) / 1e3:.0f} kB')
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, 'predict.json'), 'w') as file:
        json.dump(
            {'arguments': vars(args), 'cores': os.cpu_count(), 'summary': table, 'seconds': found},
            file,
            indent=1,
        )


if __name__ == '__main__':
    main()
