"""How a worker of the benchmarks is spoken to.

A worker is a process with one engine in it, so that each engine has its own
Python, environment and threads. It runs each of its jobs once, says so, and
then answers requests, one JSON object a line each way::

    > (started with --jobs train one)
    < {"facts": {...}, "first": {"train": 0.08, "one": [...]}}
    > {"job": "train", "times": 2}
    < {"seconds": [0.31, 0.30], "value": 0.07}
    > {"peak": true}
    < {"megabytes": 712.5}

or, instead of the first line, ``{"missing": "No module named 'torch'"}``. It
ends when its standard input closes. Only the standard library and NumPy are
needed, from Python 3.8 on, and nothing of juntingnet_theano.
"""

import argparse
import json
import os
import resource
import sys
import time


class Missing(Exception):
    """What the engine needs is not on this machine."""


def arguments(text):
    """What every worker is told on its command line."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument('--jobs', nargs='+', required=True)
    parser.add_argument('--head', default='released')
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument('--images', type=int, default=1024)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--layout', default='channels_last', choices=('channels_last', 'nchw'))
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--precision', default='tf32', choices=('tf32', 'float32'))
    return parser.parse_args()


def serve(build, text):
    """Build the worker, run its jobs once, answer requests.

    Parameters
    ----------
    build : callable
        Arguments -> object with a dict `facts` and a method for each job,
        which takes nothing and returns a number or a list of numbers.
        Raises ImportError or Missing where the engine is not there.
    text : str
        For ``--help``.
    """
    args = arguments(text)
    # Libraries that print must not be taken for answers.
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)

    def answer(**values):
        answers.write(json.dumps(values) + '\n')
        answers.flush()

    try:
        worker = build(args)
    except (ImportError, Missing) as error:
        answer(missing=str(error))
        return
    first = {name: getattr(worker, name)() for name in args.jobs}
    answer(facts=worker.facts, first=first)
    for line in sys.stdin:
        request = json.loads(line)
        if 'job' in request:
            seconds, value = timed(getattr(worker, request['job']), request['times'])
            answer(seconds=seconds, value=value)
        else:
            answer(megabytes=peak_memory())


def timed(job, times):
    """Seconds of each call, and what the last one returned."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        value = job()
        seconds.append(time.perf_counter() - started)
    return seconds, value


def peak_memory():
    """Most memory that was resident, in MB (10^6 bytes).

    Linux starts a child's `ru_maxrss` at its parent's, so /proc is asked
    where it is there.
    """
    try:
        with open('/proc/self/status') as file:
            (line,) = (each for each in file if each.startswith('VmHWM:'))
        return int(line.split()[1]) * 1024 / 1e6
    except (OSError, ValueError):
        unit = 1 if sys.platform == 'darwin' else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
