"""A scheduler of dask and its workers, as processes that tests start."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from tests.helpers import ROOT, processes

SECONDS = 60


def need_dask():
    """Skip where the extra is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise unittest.SkipTest(f"pip install '.[cluster,test-cluster]': {error}") from None


class Processes:
    """A scheduler and workers; a context manager.

    They work in a folder of their own, as on another machine.

    Parameters
    ----------
    workers : int
    **environ
        Of the scheduler, beside that of this process.

    Attributes
    ----------
    address : str
    workers : list of subprocess.Popen
    """

    def __init__(self, workers=2, **environ):
        self._count, self._environ = workers, environ
        self.workers = []

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        place = os.path.join(self.folder, 'scheduler.json')
        self.scheduler = self._start(
            'scheduler',
            *('--port', '0', '--host', '127.0.0.1', '--scheduler-file', place),
            **self._environ,
        )
        try:
            self.address = self._read_address(place)
            for _ in range(self._count):
                self.add_worker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        for process in self.workers + [self.scheduler]:
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add_worker(self, **environ):
        """Start one more, without the nanny that would start it again."""
        options = '--nthreads', '1', '--no-nanny', '--host', '127.0.0.1'
        self.workers.append(self._start('worker', self.address, *options, **environ))

    def kill_worker(self, number):
        """As ``kill -9``."""
        worker = self.workers.pop(number)
        worker.kill()
        worker.wait()

    def _read_address(self, place):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.scheduler.poll() is None:
            try:
                with open(place) as file:
                    return json.load(file)['address']
            except (FileNotFoundError, ValueError):
                time.sleep(0.05)
        raise AssertionError(f'no scheduler after {SECONDS} seconds; {self.log()}')

    def _start(self, what, *arguments, **environ):
        environ = {**os.environ, 'PYTHONPATH': ROOT, **environ}
        with open(os.path.join(self.folder, 'log'), 'a') as log:
            return processes.start(
                [sys.executable, '-m', 'dask', what, '--no-dashboard', *arguments],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self.folder,
                env=environ,
            )

    def log(self):
        """What they all have said."""
        with open(os.path.join(self.folder, 'log')) as file:
            return file.read()
