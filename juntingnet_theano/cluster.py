"""Work shared among machines by dask, in order, in constant memory.

Like `workers.ordered_map`, but with the processes of a cluster: somebody started
``dask scheduler`` on one machine and ``dask worker`` on others. The scheduler and
this process know only a few tasks per worker, however many there are. A worker
that dies loses nothing: another one does its tasks.

>>> with Cluster('tcp://127.0.0.1:8786') as cluster:  # doctest: +SKIP
...     list(cluster.ordered_map(abs, [-1, -2, -3], batch=2))
[1, 2, 3]
>>> sorted(versions())[:3]
['Python', 'distributed', 'h5py']
"""

import asyncio
import collections
import contextlib
import functools
import itertools
import logging
import os
import pickle
import queue
import sys
import threading
import time
import warnings
from typing import Any, Callable, Dict, Generator, Iterable, List, NoReturn, Optional, TypeVar

from juntingnet_theano import workers
from juntingnet_theano.errors import (
    BadFile,
    BadSetting,
    JuntingNetError,
    MissingDependency,
    MissingFiles,
)
from juntingnet_theano.files import outside
from juntingnet_theano.version import __version__

Item = TypeVar('Item')
Result = TypeVar('Result')

DOING = 'working on a cluster'
HINT = 'pip install distributed fsspec'
AGAIN = 'the same command, which continues where this one stopped'
TASKS_A_WORKER = 3
"""Under way at a time: one being worked on, two ready."""
HELD = 1000
"""Results that may wait for one before them."""
RETRIES = 3
SECONDS_TO_ANSWER = 10
SECONDS_WITHOUT_WORKERS = 60
SECONDS_BETWEEN_LOOKS = 1.0
PACKAGES = ('numpy', 'scipy', 'pillow', 'h5py', 'pytensor', 'numba', 'llvmlite', 'distributed')
"""Whose versions decide the bits of a map, or what may be sent."""

_one_at_a_time = threading.Lock()


class Cluster:
    """The workers of a scheduler; a context manager.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://host:8786``.
    seconds : float
        How long the scheduler may take to answer.
    patience : float
        Seconds that may pass without any worker.

    Raises
    ------
    MissingDependency
        dask is not installed here or on a worker, or a worker's packages are
        of other versions than those here.
    MissingFiles
        No scheduler answers at the address, or it has no worker.
    """

    def __init__(
        self,
        address: str,
        seconds: float = SECONDS_TO_ANSWER,
        patience: float = SECONDS_WITHOUT_WORKERS,
    ) -> None:
        distributed = _distributed()
        self._address, self._patience = address, patience
        try:
            # A client that finds nobody takes long to give up its thread.
            asyncio.run(_reach(address, seconds))
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')  # `versions` is what we compare
                self._client = distributed.Client(address, timeout=seconds, set_as_default=False)
        except Exception as error:  # of sockets, TLS and addresses
            raise MissingFiles(
                'connecting to a cluster',
                f'no scheduler answers at {address}: {error}',
                'the address that dask scheduler printed, such as tcp://host:8786',
                'dask scheduler on one machine, dask worker ADDRESS on the others',
            ) from error
        try:
            self._look(self._patience)
            self._check_versions()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> 'Cluster':
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def close(self) -> None:
        """Leave; the cluster forgets what it was asked for."""
        with contextlib.suppress(Exception):  # nobody is there to say goodbye to
            self._client.close(timeout=SECONDS_TO_ANSWER)

    def ordered_map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        batch: int = 1,
        workers: Optional[int] = None,
    ) -> Generator[Result, None, None]:
        """Apply a function to items on the workers; as `workers.ordered_map`.

        Parameters
        ----------
        function : callable
            Picklable; goes to each worker once. A worker process calls it for
            one batch at a time, with as many threads as the worker has.
        items : iterable
            Read only a little ahead.
        batch : int
            Items of a task.
        workers : int, optional
            Workers that get tasks; all by default.

        Yields
        ------
        object
            Results in the order of the items. Closing the generator takes the
            remaining tasks back.

        Raises
        ------
        BadFile
            Where several workers died, each at work on the same task.
        MissingFiles
            The scheduler is gone, or all workers are.
        """
        items = iter(items)
        batches = iter(lambda: list(itertools.islice(items, batch)), [])
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        waiting = collections.deque()
        running = 0
        # A task of its own: were all that hold the function to die, it would
        # be sent again. As bytes, which the scheduler does not look into.
        dumps = _distributed().protocol.pickle.dumps
        work = self._asked(self._client.submit, _read, dumps(function), pure=False, retries=RETRIES)
        try:
            while True:
                room = TASKS_A_WORKER * min(self._count, workers or self._count) - running
                room = min(room, HELD + running - len(waiting))
                for each in itertools.islice(batches, max(0, room)):
                    future = self._asked(
                        self._client.submit,
                        _apply,
                        work,
                        dumps(each),
                        versions(),
                        pure=False,
                        retries=RETRIES,
                    )
                    waiting.append((future, each))
                    future.add_done_callback(done.put)
                    running += 1
                if not waiting:
                    return
                running -= self._wait(done)
                ready = []
                while waiting and waiting[0][0].done():
                    ready.append(waiting.popleft())
                yield from itertools.chain.from_iterable(self._results(ready))
        finally:
            self._forget([work] + [future for future, _ in waiting])

    def _forget(self, futures):
        with contextlib.suppress(Exception):  # the scheduler is gone, and its tasks with it
            self._client.cancel(futures)

    def _wait(self, done):
        """Wait a moment for tasks to be done; how many say so.

        One that has said so may have to be done again, where its worker dies
        before its result is fetched. It does not say so again, so whoever
        waits looks after each moment.
        """
        count = 0
        with contextlib.suppress(queue.Empty):
            done.get(timeout=SECONDS_BETWEEN_LOOKS)
            count = 1
            while True:
                done.get_nowait()
                count += 1
        if time.monotonic() - self._looked > SECONDS_BETWEEN_LOOKS:
            self._look(self._patience)
        return count

    def _look(self, patience):
        """Count the workers; wait for one where there is none."""
        end = time.monotonic() + patience
        while True:
            self._count = len(self._asked(self._client.nthreads))
            self._looked = time.monotonic()
            if self._count:
                return
            if self._looked > end:
                raise MissingFiles(
                    DOING,
                    f'the scheduler at {self._address} has no worker',
                    'at least one',
                    f'dask worker {self._address} on one machine or several, then {AGAIN}',
                )
            time.sleep(SECONDS_BETWEEN_LOOKS / 4)

    def _asked(self, question, *args, **kwargs):
        """What dask's client answers, if anybody is there to ask."""
        try:
            return question(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, OSError) and self._client.status == 'running':
                raise
            self._lost(error)

    def _lost(self, error) -> NoReturn:
        raise MissingFiles(
            DOING,
            f'the scheduler at {self._address} is gone',
            None,
            f'start it again, then {AGAIN}',
        ) from error

    def _check_versions(self):
        found = self._asked(self._client.run, versions, on_error='return')
        try:
            found[self._address] = self._client.run_on_scheduler(versions)
        except Exception as error:
            found[self._address] = error
        for worker, theirs in found.items():
            _check_versions(worker, theirs, versions())

    def _results(self, ready):
        """The results of tasks that are done: of all at once, where none failed."""
        futures = [future for future, _ in ready]
        if len(ready) > 1 and all(each.status == 'finished' for each in futures):
            return self._asked(self._client.gather, futures)
        return (self._result(*each) for each in ready)

    def _result(self, future, items):
        """The results of a task that is done."""
        distributed = _distributed()
        try:
            return future.result(timeout=SECONDS_WITHOUT_WORKERS)
        except JuntingNetError as error:
            error.got += ' (on a worker)'
            raise
        except ModuleNotFoundError as error:
            _check_versions('one of them', error, versions())
            raise
        except distributed.KilledWorker as error:
            first, last = (str(getattr(each, 'name', each)) for each in (items[0], items[-1]))
            raise BadFile(
                DOING,
                '{} workers died (memory used up, or a file that crashes a library), at {}'.format(
                    1 + error.allowed_failures, first if first == last else f'{first} to {last}'
                ),
                None,
                "the workers' logs say more; dask worker --memory-limit gives them more",
            ) from error
        except (distributed.CancelledError, distributed.TimeoutError, OSError) as error:
            self._lost(error)


@functools.lru_cache(maxsize=None)
def versions() -> Dict[str, str]:
    """Versions of what a cluster's processes must have in common, by name."""
    from importlib import metadata

    found = {'Python': '{}.{}'.format(*sys.version_info[:2]), 'juntingnet_theano': __version__}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = 'none'
    return found


def _check_versions(worker, theirs, ours):
    """Refuse a worker whose maps may differ, or that cannot make any."""
    if theirs == ours:
        return
    if isinstance(theirs, dict):
        wrong = ', '.join(
            f'{name} {theirs.get(name, "none")}, here {ours[name]}'
            for name in ours
            if theirs.get(name) != ours[name]
        )
    else:
        wrong = str(theirs)
    raise MissingDependency(
        DOING,
        f'{worker} has {wrong}' if isinstance(theirs, dict) else f'{worker}: {wrong}',
        'the same versions on all machines',
        'install this package with its extra [cluster] from one lock file or image on each',
    )


def _distributed():
    outside.check_settings([os.environ.get('DASK_CONFIG', '')], DOING)
    try:
        import dask  # pyright: ignore[reportMissingImports]  (an extra)
        import distributed  # pyright: ignore[reportMissingImports]
    except ValueError as error:
        raise BadSetting(
            DOING,
            f'dask refuses its settings: {error}',
            None,
            'correct them, or unset: env | grep DASK',
        ) from error
    except ImportError as error:
        raise MissingDependency(DOING, f'dask cannot be imported: {error}', None, HINT) from None
    # What goes wrong is told once, by our errors.
    logging.getLogger('distributed').setLevel(logging.CRITICAL)
    dask.config.set({'distributed.admin.large-graph-warning-threshold': '1 GB'})
    return distributed


async def _reach(address, seconds):
    """Whether somebody who speaks dask's language listens at an address."""
    from distributed.comm import connect  # pyright: ignore[reportMissingImports]  (an extra)
    from distributed.security import Security  # pyright: ignore[reportMissingImports]

    options = Security().get_connection_args('client')
    comm = await asyncio.wait_for(connect(address, timeout=seconds, **options), 2 * seconds)
    comm.abort()


def _read(function: bytes) -> Any:
    """On a worker: the function, which stays beside the tasks that need it."""
    return pickle.loads(function)


def _apply(function, items: bytes, expected: Dict[str, str]) -> List[Any]:
    """On a worker: the results of one task."""
    from distributed import get_worker  # pyright: ignore[reportMissingImports]  (an extra)

    worker = get_worker()
    _check_versions(worker.address, versions(), expected)  # one that came later
    threads = worker.state.nthreads
    with _one_at_a_time, workers.limited(threads):
        _limit_kernels(threads)
        return [function(item) for item in pickle.loads(items)]


def _limit_kernels(threads):
    """Give the kernels as many threads as dask gave the worker, unless the
    environment speaks of them: several workers share a machine's cores."""
    if 'NUMBA_NUM_THREADS' in os.environ:
        return
    try:
        import numba
    except ImportError:  # the original Theano
        return
    numba.set_num_threads(min(threads, numba.get_num_threads()))
