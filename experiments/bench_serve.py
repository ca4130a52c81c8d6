"""`juntingnet serve` under load, beside the folder stream.

    python experiments/bench_serve.py
    python experiments/bench_serve.py --clients 32 --requests 10000

Clients on loopback send JPEGs of the given size one after the other, and keep
their connections. Each checks every answer against the map of its picture that
it got alone. Rounds alternate with `juntingnet predict` on a folder of the same
pictures, in a process that stays warm. One view on both sides.

Prints, for each number of clients, answers a second and their share of the
stream's pictures a second (median of the ratios within a round), median and 99th
percentile of the seconds until an answer, milliseconds of processor a picture in
the service and in the stream, and megabytes of the service's two processes before
and after. Writes serve.json into --out. It needs Linux's /proc.
"""

import argparse
import contextlib
import http.client
import io
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

DIFFERENT = 64
PATH = '/predict?views=1'


def make(folder, size):
    """Pictures that compress like photographs: their paths."""
    import numpy as np
    from bench_preprocess import picture

    rng = np.random.RandomState(0)
    paths = [os.path.join(folder, f'{number:04d}.jpg') for number in range(DIFFERENT)]
    for path in paths:
        picture(rng, *size).save(path, quality=90)
    return paths


def stream(pipe, paths, out):
    """In a process: seconds of the folder stream, and of processors, as often as asked."""
    from juntingnet_theano.prediction import models, pipeline

    model = models.load()
    post = model.post._replace(views=1)
    stimuli = [(os.path.basename(path)[:-4], path) for path in paths]
    while pipe.recv():
        with contextlib.redirect_stderr(io.StringIO()):  # its progress
            started, worked = time.perf_counter(), time.process_time()
            pipeline.predict(model, stimuli, out, post=post)
            pipe.send((time.perf_counter() - started, time.process_time() - worked))


@contextlib.contextmanager
def streaming(paths, out):
    """A function: seconds of the folder stream a picture, and of processors."""
    context = multiprocessing.get_context('spawn')
    mine, theirs = context.Pipe()
    process = context.Process(target=stream, args=(theirs, paths, out))
    process.start()

    def rate():
        mine.send(True)
        return [each / len(paths) for each in mine.recv()]

    try:
        rate()  # the first one compiles
        yield rate
    finally:
        mine.send(False)
        process.join()


@contextlib.contextmanager
def serving(folder):
    """The service: its process and its port."""
    ready = os.path.join(folder, 'ready')
    with open(os.path.join(folder, 'log'), 'w') as log:
        process = subprocess.Popen(
            [sys.executable, '-m', 'juntingnet_theano', 'serve', '--port', '0']
            + ['--ready-file', ready, '--waiting', '256', '--seconds', '120'],
            stdout=log,
            stderr=log,
        )
        try:
            while not os.path.exists(ready):
                if process.poll() is not None:
                    raise SystemExit('the service did not start')
                time.sleep(0.05)
            with open(ready) as file:
                yield process, int(file.read().strip().rstrip('/').rpartition(':')[2])
        finally:
            process.terminate()
            process.wait()


def pids(process):
    """Of the service: the process that answers, and those it started."""
    found = [process.pid]
    for thread in os.listdir(f'/proc/{process.pid}/task'):
        with open(f'/proc/{process.pid}/task/{thread}/children') as file:
            found += map(int, file.read().split())
    return found


def megabytes(process):
    """Of the processes of the service, the one that answers first."""
    found = []
    for pid in pids(process):
        with open(f'/proc/{pid}/status') as file:
            found.append(int(re.search(r'VmRSS:\s+(\d+) kB', file.read()).group(1)) // 1024)
    return [each for each in found if each > 30]  # but for the resource tracker


def worked(process):
    """Seconds of processors that the service has taken."""
    ticks = 0
    for pid in pids(process):
        with open(f'/proc/{pid}/stat') as file:
            ticks += sum(map(int, file.read().rpartition(')')[2].split()[11:13]))
    return ticks / os.sysconf('SC_CLK_TCK')


class Client(threading.Thread):
    """Sends one picture over and over, and checks each answer."""

    def __init__(self, port, picture, expected, count, start):
        super().__init__()
        self._asks = port, picture, expected, count, start
        self.seconds, self.wrong = [], 0

    def run(self):
        port, picture, expected, count, start = self._asks
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=300)
        with contextlib.closing(connection):
            start.wait()
            for _ in range(count):
                started = time.perf_counter()
                self.wrong += ask(connection, picture) != expected
                self.seconds.append(time.perf_counter() - started)


def ask(connection, picture):
    """A picture's map, as the bytes of a PNG; None where there is none."""
    connection.request('POST', PATH, picture)
    answer = connection.getresponse()
    content = answer.read()
    return content if answer.status == 200 else None


def load(port, pictures, expected, clients, requests):
    """Seconds of all answers, the wrong ones, and seconds in all."""
    start = threading.Event()
    crew = []
    for number in range(clients):
        which = number % len(pictures)
        count = requests // clients + (number < requests % clients)
        crew.append(Client(port, pictures[which], expected[which], count, start))
    for each in crew:
        each.start()
    started = time.perf_counter()
    start.set()
    for each in crew:
        each.join()
    whole = time.perf_counter() - started
    return [s for each in crew for s in each.seconds], sum(each.wrong for each in crew), whole


def measure(args, folder):
    """A row for each number of clients."""
    paths = make(folder, tuple(map(int, args.size.split('x'))))
    pictures = []
    for path in paths:
        with open(path, 'rb') as file:
            pictures.append(file.read())
    rows = []
    with contextlib.ExitStack() as stack:
        rate = stack.enter_context(streaming(paths, os.path.join(folder, 'out')))
        process, port = stack.enter_context(serving(folder))
        alone = http.client.HTTPConnection('127.0.0.1', port, timeout=300)
        expected = [ask(alone, each) for each in pictures]
        alone.close()
        for clients in args.clients:
            load(port, pictures, expected, clients, 2 * clients)  # warms
            row = {'clients': clients, 'seconds': [], 'wrong': 0, 'rates': [], 'stream': []}
            row.update(work=[], stream_work=[], before=megabytes(process))
            for _ in range(args.rounds):
                each, work = rate()
                row['stream'].append(1 / each)
                row['stream_work'].append(work)
                before = worked(process)
                seconds, wrong, whole = load(port, pictures, expected, clients, args.requests)
                row['work'].append((worked(process) - before) / len(seconds))
                row['rates'].append(len(seconds) / whole)
                row['seconds'] += seconds
                row['wrong'] += wrong
            row['after'] = megabytes(process)
            rows.append(row)
            show(row)
    return rows


def show(row):
    """A line of the table."""
    seconds = sorted(row['seconds'])
    share = statistics.median(a / b for a, b in zip(row['rates'], row['stream']))
    print(
        '{:4} clients {:7.1f}/s {:5.2f} of the stream  median {:.3f} s  99 % {:.3f} s  '
        '{:.1f} ms of processor, stream {:.1f}  '
        'wrong {} of {}  MB {} -> {}'.format(
            row['clients'],
            statistics.median(row['rates']),
            share,
            statistics.median(seconds),
            seconds[int(0.99 * (len(seconds) - 1))],
            1e3 * statistics.median(row['work']),
            1e3 * statistics.median(row['stream_work']),
            row['wrong'],
            len(seconds),
            '+'.join(map(str, row['before'])),
            '+'.join(map(str, row['after'])),
        ),
        flush=True,
    )


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--size', default='640x427', help='WIDTHxHEIGHT')
    parser.add_argument('--clients', type=int, nargs='+', default=[1, 8, 32, 128])
    parser.add_argument('--requests', type=int, default=512, help='of a round')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--out', default='runs/bench')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(args, folder)
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, 'serve.json'), 'w') as file:
        json.dump({'arguments': vars(args), 'cores': os.cpu_count(), 'rows': rows}, file, indent=1)


if __name__ == '__main__':
    main()
