"""One worker process shared among requests, in small batches.

Requests wait in a bounded queue. A thread takes those that have arrived together,
sends them to the process and waits no longer than a limit. A process that dies or
hangs is replaced; if several pictures were in it, each gets another try alone, so
that only the one at fault is lost.

>>> with contextlib.closing(Batcher(list, 'example')) as batcher:
...     batcher.submit('task').result(60)
'task'
"""

import contextlib
import queue
import threading
import time
from concurrent.futures import Future
from typing import Any, Callable, List

from juntingnet_theano import interrupts
from juntingnet_theano.errors import BadFile, Busy, JuntingNetError
from juntingnet_theano.workers import Batch, Worker

WAIT = 0.01
"""Seconds that a batch waits for requests which are on their way."""
LARGEST_BATCH = 30  # with one view, what the network takes at once
BATCH_BYTES = 8 << 20
"""A batch takes no more tasks from there on: photographs of many pixels would
not be through in the seconds of one."""
LONGEST = 30.0
WAITING = 128
START = 300.0
"""Seconds that a new process has until it works: it may have to compile."""


class Killed(BadFile):
    """The worker process died of a task."""


class NotReady(JuntingNetError):
    """No worker process could be started."""


class TookTooLong(BadFile):
    """The worker process was at a task for longer than it may."""


class Batcher:
    """Tasks to answers, by a process of its own.

    Parameters
    ----------
    function : callable
        List of tasks -> list of answers; picklable. It goes to the process
        once.
    name : str
        For messages.
    warm_up : object, optional
        A task that each new process does first.
    waiting : int
        Tasks that may wait.
    longest : float
        Seconds for a task, and for a batch.
    largest : int
        Tasks in a batch.
    size : callable
        A task -> its bytes.
    coming : callable, optional
        How many requests are on their way here; a batch waits for them for
        `WAIT` seconds at most.

    Attributes
    ----------
    ready : threading.Event
        Set while a process is there that has warmed up.
    failure : Exception or None
        Why there is none.
    warm : object
        The answer to `warm_up`.
    restarts : int
        Processes that were replaced.
    batches, tasks : int
        That the processes were given.
    """

    def __init__(
        self,
        function: Callable[[List[Any]], List[Any]],
        name: str,
        warm_up: Any = None,
        waiting: int = WAITING,
        longest: float = LONGEST,
        largest: int = LARGEST_BATCH,
        size: Callable[[Any], int] = len,
        coming: Callable[[], int] = lambda: 0,
    ) -> None:
        self._function, self.name, self._warm_up = function, name, warm_up
        self._longest, self._largest, self._size, self._coming = longest, largest, size, coming
        self._queue = queue.Queue(waiting)
        self._worker, self._closed = None, False
        self.ready = threading.Event()
        self.failure = self.warm = None
        self.restarts = self.batches = self.tasks = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Any) -> Future:
        """Ask for an answer.

        Returns
        -------
        concurrent.futures.Future

        Raises
        ------
        Busy
            As many tasks wait as may.
        """
        future = Future()
        try:
            self._queue.put_nowait((task, future))
        except queue.Full:
            raise Busy(
                'taking a picture',
                f'{self._queue.maxsize} others are waiting',
                None,
                'try again in a second',
            ) from None
        return future

    def waiting(self) -> int:
        """How many tasks wait."""
        return self._queue.qsize()

    def close(self) -> None:
        """End the process, whatever it does."""
        self._closed = True
        with contextlib.suppress(queue.Full):  # it does not wait then
            self._queue.put_nowait((None, None))
        worker = self._worker
        if worker is not None:
            worker.kill()
        self._thread.join()

    def _run(self):
        if self._warm_up is not None:
            self._start()
        while not self._closed:
            together = self._collected()
            together = [each for each in together if each[1].set_running_or_notify_cancel()]
            if together and not self._closed:
                self._answer(together)
            if together and not self._closed and self._worker is None:
                self._start()  # for the next one, who need not wait for all of it
        if self._worker is not None:
            self._worker.end()

    def _collected(self):
        """Tasks that came together; none when it is time to leave."""
        together = [self._queue.get()]
        deadline = time.monotonic() + WAIT
        held = 0
        while together[-1][1] is not None and len(together) < self._largest:
            held += self._size(together[-1][0])
            if held >= BATCH_BYTES:
                break
            left = deadline - time.monotonic()
            try:
                if self._coming() > len(together) and left > 0:
                    together.append(self._queue.get(timeout=left))
                else:
                    together.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return [each for each in together if each[1] is not None]

    def _answer(self, together):
        try:
            answers = self._sent([task for task, _ in together], self._longest)
        except (Killed, TookTooLong) as error:
            if len(together) == 1:
                together[0][1].set_exception(error)
                return
            for each in together:
                if not self._closed:
                    self._answer([each])
            return
        except Exception as error:
            for _, future in together:
                future.set_exception(error)
            return
        for (_, future), answer in zip(together, answers):
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _start(self):
        self.failure = None
        try:
            with interrupts.held():
                self._worker = Worker(self._function)
            if self._closed:  # while it was started
                self._worker.kill()
            if self._warm_up is not None:
                (self.warm,) = self._sent([self._warm_up], START)
                if isinstance(self.warm, BaseException):
                    raise self.warm
        except Exception as error:
            self.failure = error
        else:
            self.ready.set()

    def _drop(self, worker: Worker) -> None:
        worker.end()
        self._worker = None
        self.ready.clear()
        self.restarts += 1

    def _sent(self, tasks: List[Any], seconds: float) -> List[Any]:
        """Answers of the process, which is started where there is none."""
        if self._worker is not None and not self._worker.is_alive():
            self._drop(self._worker)  # it ended idle, through no picture's fault
        if self._worker is None:
            self._start()
        worker, late = self._worker, threading.Event()
        if worker is None:
            raise NotReady('starting the process that predicts', 'it ended') from self.failure

        def end():
            late.set()
            worker.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        batch = Batch([tasks])
        timer.start()
        try:
            worker.give(batch)
            worker.take()
        except BadFile as error:
            self._drop(worker)
            if late.is_set():
                raise TookTooLong(
                    'predicting', f'it took more than {seconds:g} s', None, 'scale the picture down'
                ) from None
            raise Killed('predicting', 'this picture ended the process that read it') from error
        finally:
            timer.cancel()
            timer.join()  # closing leaves no thread
        self.batches += 1
        self.tasks += len(tasks)
        if batch.error is not None:
            raise batch.error
        assert batch.results is not None
        return batch.results[0]
