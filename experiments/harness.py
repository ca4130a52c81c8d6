"""What the engine's benchmarks share: workers, alternation, machine.

The workers in `peers` are told on their standard input what to time
(`peers/protocol.py`); this is the side that asks.
"""

import contextlib
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OURS = 'juntingnet'
TUNING = re.compile(
    '(OMP|GOMP|KMP|OPENBLAS|GOTO|MKL|BLIS|NUMBA|XLA|JAX|PYTENSOR|THEANO)_|THEANORC$'
)
"""Variables that tune one engine and may slow another."""
PAUSE = 0.05
"""Seconds between two workers' turns: threads of the first stop spinning."""


class Missing(Exception):
    """A peer is not on this machine; says what it lacks."""


class Engine(NamedTuple):
    """How to start the worker of one engine.

    Attributes
    ----------
    name : str
    script : str
        File in `peers`.
    python : str or None
        Interpreter; None where the user named none.
    options : tuple of str
        For the worker's command line.
    environ : dict
        Variables that this engine runs best with.
    jobs : tuple of str
        What it can do.
    clean : bool
        Start from an environment without anybody's tuning.
    hint : str
        What to type where `python` is None.
    """

    name: str
    script: str
    python: str
    options: tuple = ()
    environ: dict = {}
    jobs: tuple = ('predict', 'one', 'train')
    clean: bool = True
    hint: str = ''


class Worker:
    """A running worker; use as a context manager.

    Parameters
    ----------
    engine : Engine
    jobs : list of str
    *options : str
        For the worker's command line, beside the engine's.
    **environ
        Variables on top of the engine's.

    Attributes
    ----------
    facts : dict
        What the worker says of itself.
    first : dict
        Results of each job's first run.
    started : float
        Seconds from the start of the process to the last of `first`.

    Raises
    ------
    Missing
        The worker's engine, or its Python, is not there.
    RuntimeError
        The worker failed; holds the end of what it printed.
    """

    def __init__(self, engine, jobs, *options, **environ):
        if not engine.python:
            raise Missing(engine.hint)
        self.name = engine.name
        self.errors = tempfile.TemporaryFile('w+')  # noqa: SIM115 - for as long as the peer runs
        command = [
            engine.python,
            '-W',
            'ignore',
            os.path.join(HERE, 'peers', engine.script),
            '--jobs',
        ]
        command += [*jobs, *engine.options, *options]
        begun = time.perf_counter()
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                universal_newlines=True,
                env=environment(engine, environ),
            )
        except OSError as error:
            self.errors.close()
            raise Missing(str(error)) from error
        try:
            ready = self._answer()
            self.started = time.perf_counter() - begun
            if 'missing' in ready:
                raise Missing(ready['missing'])
        except BaseException:
            self.close()
            raise
        self.facts, self.first = ready['facts'], ready['first']

    def time(self, job, times):
        """Seconds of each of some calls, and what the last returned."""
        answer = self._ask(job=job, times=times)
        return answer['seconds'], answer['value']

    def peak(self):
        """Most memory that was resident, in MB."""
        return self._ask(peak=True)['megabytes']

    def close(self):
        """End the process, and wait until it has ended."""
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _ask(self, **request):
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        raise RuntimeError(
            f'{self.name} ended with exit code {self.process.returncode}:\n'
            f'{self.errors.read()[-2000:]}'
        )


def environment(engine, more=()):
    """The variables that a worker sees."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not (engine.clean and TUNING.match(name))
    }
    path = os.pathsep.join([ROOT] + [each for each in [kept.get('PYTHONPATH')] if each])
    return dict(kept, PYTHONPATH=path, **dict(engine.environ, **dict(more)))


def start(engines, wanted, options, stack, missing):
    """Start a worker of each engine that has one of the wanted jobs.

    Parameters
    ----------
    engines : list of Engine
    wanted : list of str
        Jobs.
    options : list of str
    stack : contextlib.ExitStack
        Ends the workers.
    missing : dict of str to str
        Gets the reason of each engine that is not there.

    Returns
    -------
    dict of str to Worker

    Raises
    ------
    Missing
        This project's own engine is not there.
    """
    workers = {}
    for engine in engines:
        jobs = [each for each in wanted if each in engine.jobs]
        if not jobs or engine.name in missing:
            continue
        say(f'starting {engine.name}')
        try:
            workers[engine.name] = stack.enter_context(
                contextlib.closing(Worker(engine, jobs, *options))
            )
        except Missing as error:
            if engine.name == OURS:
                raise  # there is nothing to compare the others with
            missing[engine.name] = ' '.join(str(error).split())
            say(f'  missing: {missing[engine.name]}')
    return workers


def alternate(workers, jobs, times, rounds):
    """Time all workers' jobs in turn, in an order that moves on each round.

    Parameters
    ----------
    workers : dict of str to Worker
    jobs : list of str
    times : dict of str to int
        Calls of a job a turn; the turn counts as their median.
    rounds : int

    Returns
    -------
    (dict, dict)
        ``{job: {name: [seconds, one a round]}}`` and
        ``{job: {name: what the last call returned}}``. After Ctrl-C, what
        the whole rounds so far gave.
    """
    able = {job: [name for name in workers if job in workers[name].first] for job in jobs}
    seconds = {job: {name: [] for name in able[job]} for job in jobs}
    values = {job: {} for job in jobs}
    try:
        for number in range(rounds):
            say(f'round {number + 1} of {rounds}')
            for job in jobs:
                shift = number % max(1, len(able[job]))
                for name in able[job][shift:] + able[job][:shift]:
                    time.sleep(PAUSE)
                    measured, values[job][name] = workers[name].time(job, times[job])
                    seconds[job][name].append(statistics.median(measured))
    except KeyboardInterrupt:
        whole = min(len(each) for found in seconds.values() for each in found.values())
        if not whole:
            raise
        say(f'interrupted: {whole} whole rounds count')
        for found in seconds.values():
            for each in found.values():
                del each[whole:]
    return seconds, values


def summary(seconds, ours=OURS):
    """Median, best, and how many times as long as ours, paired by round.

    >>> summary({'juntingnet': [1, 2, 4], 'peer': [2, 6, 8]})['peer']
    {'median': 6, 'best': 2, 'ratio': 2.0}
    """
    found = {}
    for name, rounds in seconds.items():
        found[name] = {'median': statistics.median(rounds), 'best': min(rounds)}
        if ours in seconds:
            found[name]['ratio'] = statistics.median(
                one / other for one, other in zip(rounds, seconds[ours])
            )
    return found


def machine():
    """Processor, cores, memory and system, as the system names them."""
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    return {
        'processor': processor(),
        'cores': os.cpu_count(),
        'memory_gb': round(memory / 1e9, 1),
        'system': platform.platform(),
    }


def processor():
    """Model name of the processor."""
    with contextlib.suppress(OSError), open('/proc/cpuinfo') as file:
        for line in file:
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.processor() or platform.machine()


def now():
    """Date and time in UTC, to the minute."""
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M UTC')


def say(line):
    """A line of progress, apart from the results."""
    print(line, file=sys.stderr, flush=True)
