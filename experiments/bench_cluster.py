"""Rates and memory of a prediction that is shared by dask.

    .venv-cluster/bin/python experiments/bench_cluster.py

Starts schedulers and workers on this machine, one thread a worker.

rate    images/s of a folder of JPEG files, in warm processes: one process with
        all cores (the local command's stream), and 1 and 2 workers; they take
        turns. Medians, and the median of the ratios within a round.
memory  peak MB of the command and of the scheduler, for more and more names
        of one small picture, with a model without weights, in shards of 600:
        of 6 of them both know the names.
tasks   tasks/s that the scheduler can hand out: they do nothing.
kills   with --kills N: so often one of two workers is killed at a random
        moment (kill -9); every map must be there, byte for byte the local one.

Prints, and writes cluster.json into --out.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [ROOT, os.path.join(ROOT, 'experiments')]
SIDES = 'local', '1 worker', '2 workers'


def make(folder, count, size):
    """JPEG files."""
    import numpy as np
    from bench_preprocess import picture

    rng = np.random.RandomState(0)
    os.makedirs(folder)
    for number in range(count):
        picture(rng, *size).save(os.path.join(folder, f'{number:04d}.jpg'), quality=90)


def predict(pictures, out, ordered_map=None):
    """Seconds to predict a folder, in this process or by a cluster's."""
    import juntingnet_theano as jn
    from juntingnet_theano.pictures import stimuli
    from juntingnet_theano.prediction import batches, pipeline

    global _model
    _model = globals().get('_model') or jn.load()
    found, how = stimuli.from_paths([pictures]), {'post': _model.post, 'fit': _model.fit}
    started = time.perf_counter()
    if ordered_map is None:
        pipeline.predict(_model, found, out, total=found.count, **how)
    else:
        batches.predict_batches(batches.Work(_model, out, how), found, ordered_map, found.count)
    return time.perf_counter() - started


def measure_rates(folder, count, size, rounds):
    """Images/s by side and round."""
    from juntingnet_theano.cluster import Cluster
    from tests.helpers.clusters import Processes

    pictures = os.path.join(folder, 'pictures')
    make(pictures, count, size)
    rates = {side: [] for side in SIDES}
    with contextlib.ExitStack() as stack:
        maps = {'local': None}
        for number, side in enumerate(SIDES[1:], 1):
            started = stack.enter_context(Processes(workers=number))
            cluster = stack.enter_context(Cluster(started.address))
            while cluster._count < number:
                cluster._look(60)
            maps[side] = cluster.ordered_map
        for turn in range(rounds + 1):  # the first compiles and warms
            for side in SIDES:
                out = os.path.join(folder, 'maps')
                seconds = predict(pictures, out, maps[side])
                if turn:
                    rates[side].append(count / seconds)
                shutil.rmtree(out)
    return rates


def measure_memory(folder, counts):
    """Peak MB of command and scheduler by number of names."""
    import numpy as np
    from PIL import Image

    from tests.helpers.clusters import Processes

    found = {}
    one = os.path.join(folder, 'one.png')
    Image.fromarray(np.zeros((8, 8, 3), 'uint8')).save(one)
    for count in counts:
        names = os.path.join(folder, f'names-{count}')
        for number in range(count):
            if number % 1000 == 0:
                inner = os.path.join(names, f'{number // 1000:04d}')
                os.makedirs(inner)
            os.symlink(one, os.path.join(inner, f'{number:07d}.png'))
        with Processes(workers=2) as started:
            command = [sys.executable, '-m', 'juntingnet_theano', 'predict', names]
            command += ['--model', 'centre', '--scheduler', started.address, '--shards', '600']
            command += ['--out', os.path.join(folder, f'maps-{count}')]
            environ = dict(os.environ, PYTHONPATH=ROOT)
            began = time.perf_counter()
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ
            )
            _, status, usage = os.wait4(process.pid, 0)
            if status:
                raise SystemExit(f'the command failed: {started.log()}')
            found[count] = {
                'command': usage.ru_maxrss / 1e3,
                'scheduler': peak(started.scheduler.pid),
                'seconds': time.perf_counter() - began,
            }
        shutil.rmtree(names)
    return found


def peak(pid):
    """Peak MB of a process."""
    with open(f'/proc/{pid}/status') as file:
        (line,) = (line for line in file if line.startswith('VmHWM'))
    return int(line.split()[1]) / 1e3


def measure_tasks(count):
    """Tasks a second."""
    from juntingnet_theano import cluster
    from tests.helpers.clusters import Processes

    with Processes(workers=2) as started, cluster.Cluster(started.address) as found:
        cluster.TASKS_A_WORKER, before = 100, cluster.TASKS_A_WORKER
        try:
            list(found.ordered_map(abs, range(100)))
            began = time.perf_counter()
            list(found.ordered_map(abs, range(count)))
            return count / (time.perf_counter() - began)
        finally:
            cluster.TASKS_A_WORKER = before


def kill(folder, kills):
    """Kill one of two workers, again and again; how often while it worked."""
    from juntingnet_theano.cluster import Cluster
    from tests.helpers.clusters import Processes

    pictures, local = os.path.join(folder, 'pictures'), os.path.join(folder, 'local')
    predict(pictures, local)
    seconds, amid = 0.0, 0
    with Processes(workers=2) as started:
        for number in range(kills + 1):  # nobody dies in the first
            out = os.path.join(folder, 'killed')
            moment = random.uniform(0, seconds)
            dies = threading.Timer(moment, started.kill_worker, [random.randrange(2)])
            with Cluster(started.address) as cluster:
                if number:
                    dies.start()
                took = predict(pictures, out, cluster.ordered_map)
            if number:
                amid += moment < took
                dies.join()
                started.add_worker()
            else:
                seconds = took
            compare(local, out)
            shutil.rmtree(out)
    return amid


def compare(expected, found):
    """Fail where a map is missing or differs by a byte."""
    names = sorted(os.listdir(expected))
    if names != sorted(name for name in os.listdir(found) if not name.startswith('.')):
        raise SystemExit(f'maps are missing in {found}')
    for name in names:
        with open(os.path.join(expected, name), 'rb') as a, open(
            os.path.join(found, name), 'rb'
        ) as b:
            if a.read() != b.read():
                raise SystemExit(f'{name} differs')


def show(found):
    """Print what was measured."""
    rates = found.get('rates')
    for side in SIDES if rates else ():
        ratio = statistics.median(a / b for a, b in zip(rates[side], rates['local']))
        print(f'{side:10} {statistics.median(rates[side]):8.1f} images/s {ratio:6.2f} of local')
    for count, each in found.get('memory', {}).items():
        print(
            '{:>9,} names: command {command:.0f} MB, scheduler {scheduler:.0f} MB, '
            '{seconds:.0f} s'.format(count, **each)
        )
    if 'tasks' in found:
        print(f'{found["tasks"]:.0f} tasks/s')
    if 'kills' in found:
        print(
            '{kills} kills, {amid} of them during the prediction: all maps as local'.format(**found)
        )
    print('load {:.1f} before, {:.1f} after, {} cores'.format(*found['load'], os.cpu_count()))


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--size', default='640x480', help='WIDTHxHEIGHT')
    parser.add_argument('--count', type=int, default=480)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--names', default='1000,10000,100000')
    parser.add_argument('--tasks', type=int, default=2000)
    parser.add_argument('--kills', type=int, default=0)
    parser.add_argument('--out', default='runs/bench')
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    found, load = {'arguments': vars(args)}, os.getloadavg()[0]
    try:
        size = tuple(map(int, args.size.split('x')))
        if args.rounds:
            found['rates'] = measure_rates(folder, args.count, size, args.rounds)
        if args.names:
            found['memory'] = measure_memory(folder, [int(each) for each in args.names.split(',')])
        if args.tasks:
            found['tasks'] = measure_tasks(args.tasks)
        if args.kills:
            if not args.rounds:
                make(os.path.join(folder, 'pictures'), args.count, size)
            found.update(kills=args.kills, amid=kill(folder, args.kills))
    finally:
        shutil.rmtree(folder)
    found['load'] = load, os.getloadavg()[0]
    show(found)
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, 'cluster.json'), 'w') as file:
        json.dump(found, file, indent=1)


if __name__ == '__main__':
    main()
