"""Work shared among processes, in order, in constant memory.

Each worker has its own pipe and shares nothing else: no queue, and no lock
that it could hold when it dies. If a worker dies, even in the middle of a
result, its pipe closes and this process notices. If this process dies, its
workers end. A pool with one queue of results would wait for ever for the rest of
a result whose writer was killed.

>>> list(ordered_map(abs, [-1, -2, -3], batch=2, workers=1))
[1, 2, 3]
"""

import atexit
import collections
import contextlib
import itertools
import multiprocessing
import multiprocessing.connection
import os
import pickle
import queue
import threading
from multiprocessing.pool import ExceptionWithTraceback  # its stubs leave it out  # pyright: ignore[reportAttributeAccessIssue]
from typing import Any, Callable, Generator, Iterable, Iterator, Optional, Sequence, TypeVar

from juntingnet_theano import interrupts
from juntingnet_theano.errors import BadFile

Item = TypeVar('Item')
Result = TypeVar('Result')

BATCHES_A_WORKER = 3  # under way at a time: one being worked on, two ready
SECONDS_TO_LEAVE = 10  # for a worker that has nothing left to do
DOING = 'working with several processes'


_allowed = threading.local()


def cores() -> int:
    """Processor cores that this process, or this thread of it, may use."""
    if getattr(_allowed, 'cores', None):
        return _allowed.cores
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def limited(count: int) -> Iterator[None]:
    """Let `cores` say this number, in this thread, while the block runs.

    >>> with limited(1):
    ...     cores()
    1
    """
    _allowed.cores = count
    try:
        yield
    finally:
        _allowed.cores = None


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    batch: int,
    workers: Optional[int] = None,
) -> Generator[Result, None, None]:
    """Apply a function to items in worker processes.

    Parameters
    ----------
    function : callable
        Picklable, for more than one worker; its errors are raised here.
    items : iterable
        Read only a little ahead, so that it may be a long stream.
    batch : int
        Items that are sent to a worker at a time.
    workers : int, optional
        Processes; one per core by default. A few items are done in this
        process, since starting others would take longer.

    Yields
    ------
    object
        Results in the order of the items. Closing the generator stops the
        processes.

    Raises
    ------
    BadFile
        Where a worker process dies.
    """
    items = iter(items)
    batches = iter(lambda: list(itertools.islice(items, batch)), [])
    if workers is None:
        first = list(itertools.islice(batches, cores() * BATCHES_A_WORKER))
        workers = len(first) // BATCHES_A_WORKER
        batches = itertools.chain(first, batches)
    results = (
        map(function, itertools.chain.from_iterable(batches))
        if workers <= 1
        else _shared(function, batches, workers)
    )
    yield from results


def _shared(function, batches, workers):
    crew, waiting = [], collections.deque()
    try:
        while True:
            free = workers * BATCHES_A_WORKER - len(waiting)
            for items in itertools.islice(batches, free):
                waiting.append(Batch(items))
                _least_busy(crew, function, workers).give(waiting[-1])
            if not waiting:
                break
            while not waiting[0].done:
                busy = {each.pipe: each for each in crew if each.given}
                for pipe in multiprocessing.connection.wait(busy):
                    busy[pipe].take()
            first = waiting.popleft()
            if first.error is not None:
                raise first.error
            yield from first.results
        for worker in crew:
            worker.dismiss()
    finally:
        # After an error or Ctrl-C the remaining work is of no use.
        for worker in crew:
            worker.end()


class Batch:
    """Items, and their results or their error when they are done.

    Parameters
    ----------
    items : list
        Picklable.
    """

    def __init__(self, items: Sequence[Any]) -> None:
        self.items, self.results, self.error = items, None, None
        self.done = False


def _least_busy(crew, function, workers):
    """A worker for the next batch: a new one while there may be more."""
    if len(crew) == workers:
        return min(crew, key=lambda worker: len(worker.given))
    with interrupts.held():
        crew.append(Worker(function))
    return crew[-1]


class Worker:
    """A process, as its parent sees it.

    Parameters
    ----------
    function : callable
        Picklable; goes to the process once and lives as long.

    Attributes
    ----------
    pipe : multiprocessing.connection.Connection
    given : deque of Batch
        Batches whose results have not come; it works on the first.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        # A fresh process ('spawn'): a fork would copy whatever threads and
        # locks a compiled Theano function or BLAS has in this one.
        context = multiprocessing.get_context('spawn')
        self.given = collections.deque()
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, daemon=True, args=(function, theirs))
        try:
            self._process.start()
        except OSError as error:
            self.pipe.close()
            raise BadFile(
                DOING,
                f'one could not be started: {error.strerror or error}',
                None,
                'try again with --workers 1',
            ) from error
        finally:
            # Only the worker holds its end now: it ends with the worker.
            theirs.close()
        # For a generator that is never closed: multiprocessing would send its
        # processes a signal that they hold back, and wait.
        atexit.register(self.end)

    def give(self, batch: Batch) -> None:
        """Send it a batch; its own thread takes it in, so this never waits
        for the work."""
        self.given.append(batch)
        message = pickle.dumps(batch.items)
        try:
            self.pipe.send_bytes(message)
        except OSError as error:
            raise self._died() from error

    def take(self) -> None:
        """Receive what it made of its first batch."""
        try:
            message = self.pipe.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._died() from error
        batch = self.given.popleft()
        batch.results, batch.error = pickle.loads(message)
        batch.done = True

    def dismiss(self) -> None:
        """Let it leave: there is no more work."""
        try:
            self.pipe.send_bytes(b'')
        except OSError:  # gone already, with all its work done
            return
        self._process.join(SECONDS_TO_LEAVE)

    def is_alive(self) -> bool:
        """Whether the process is there: the system may have ended it while it
        had nothing to do."""
        return self._process.is_alive()

    def kill(self) -> None:
        """Kill it, from any thread: whoever waits for it sees that it died."""
        self._process.kill()

    def end(self) -> None:
        """End it, whatever it is doing; nothing else depends on it."""
        self.pipe.close()
        self._process.kill()
        self._process.join()
        atexit.unregister(self.end)

    def _died(self):
        self._process.join(SECONDS_TO_LEAVE)
        items = self.given[0].items
        first, last = (str(getattr(item, 'name', item)) for item in (items[0], items[-1]))
        return BadFile(
            DOING,
            'one of them died{} (memory used up, or a file that crashes a library), at {}'.format(
                _cause(self._process.exitcode),
                first if first == last else f'one of {first} to {last}',
            ),
            None,
            'try again with --workers 1; the traceback then names the place',
        )


def _cause(code):
    if code is None or code >= 0:
        return ''
    return f' of signal {-code}'


def _serve(function, pipe):
    """In a worker: results of batch after batch, until there is no more.

    The function has come once, with the process.
    """
    batches = queue.SimpleQueue()
    threading.Thread(target=_take_in, args=(pipe, batches), daemon=True).start()
    for message in iter(batches.get, b''):
        try:
            answer = pickle.dumps(([function(item) for item in pickle.loads(message)], None))
        except Exception as error:
            answer = pickle.dumps((None, ExceptionWithTraceback(error, error.__traceback__)))
        try:
            pipe.send_bytes(answer)
        except OSError:  # the parent is gone
            os._exit(1)


def _take_in(pipe, batches):
    """Messages into a queue; the process leaves with its parent.

    The parent closes its end to stop the worker at once. When the parent
    dies, the system closes it.
    """
    try:
        for message in iter(pipe.recv_bytes, b''):
            batches.put(message)
    except (EOFError, OSError):
        os._exit(1)
    batches.put(b'')
