"""Work shared among processes, in order, with memory that stays flat.

>>> list(ordered_map(abs, [-1, -2, -3], batch=2, workers=1))
[1, 2, 3]
"""
import collections
import concurrent.futures
import contextlib
import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool

from juntingnet_theano.errors import BadFile

BATCHES_A_WORKER = 3  # under way at a time: one being worked on, two ready


def cores():
    """Processor cores that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(function, items, batch, workers=None):
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
        Processes; one a core by default, and none beside this one where
        there are too few items to be worth it.

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
    results = (map(function, itertools.chain.from_iterable(batches))
               if workers <= 1 else _shared(function, batches, workers))
    for result in results:
        yield result


def _shared(function, batches, workers):
    # Fresh processes ('spawn'): a fork would copy whatever threads and locks
    # a compiled Theano function or BLAS has in this one.
    context = multiprocessing.get_context('spawn')
    watched, alive = context.Pipe(duplex=False)
    executor = concurrent.futures.ProcessPoolExecutor(
        workers, context, _leave_with, (watched,))
    waiting = collections.deque()
    try:
        while True:
            free = workers * BATCHES_A_WORKER - len(waiting)
            for part in itertools.islice(batches, free):
                with _interrupts_held():
                    future = executor.submit(_apply, function, part)
                waiting.append((part, future))
            if not waiting:
                break
            for result in waiting[0][1].result():
                yield result
            waiting.popleft()
    except BrokenProcessPool:
        raise _worker_died([part for part, _ in waiting])
    finally:
        # After an error or Ctrl-C there is work left that nobody waits for.
        if waiting:
            alive.close()
        executor.shutdown(wait=True)
        alive.close()
        watched.close()


def _worker_died(parts):
    first, last = parts[0][0], parts[-1][-1]
    return BadFile(
        'working with several processes',
        'one of them died (memory used up, or a file that crashes a '
        'library), between {} and {}'.format(*(
            getattr(item, 'name', item) for item in (first, last))),
        None, 'try again with --workers 1; the traceback then names the '
        'place')


def _apply(function, part):
    return [function(item) for item in part]


def _leave_with(watched):
    """In a new worker: leave when the other end of a pipe is closed.

    The parent closes it to stop at once, and the system does when the parent
    is gone, however it went.
    """
    def follow():
        multiprocessing.connection.wait([watched])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


@contextlib.contextmanager
def _interrupts_held():
    """Hold Ctrl-C back while processes start.

    They inherit this thread's mask, so that Ctrl-C in the terminal, which
    reaches the whole process group, leaves it to this process to stop them.
    Here the mask is not enough: another thread (of BLAS, of the executor)
    takes the signal, and Python raises KeyboardInterrupt in the main thread
    all the same, between a worker's start and its first message.
    """
    came = []
    handled = (threading.current_thread() is threading.main_thread()
               and signal.getsignal(signal.SIGINT) is not None)
    if handled:
        before = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        with _masked(signal.SIGINT):
            yield
    finally:
        if handled:
            signal.signal(signal.SIGINT, before)
    if came:
        signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def _masked(number):
    if not hasattr(signal, 'pthread_sigmask'):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
