"""Progress of long work: a bar on a terminal, plain lines elsewhere.

>>> import io
>>> list(progress([1, 2, 3], 'reading', 'images', file=io.StringIO()))
[1, 2, 3]
"""

import contextlib
import sys
import time
from typing import Callable, Iterable, Iterator, Optional, Sized, TextIO, TypeVar

Item = TypeVar('Item')

SECONDS_BETWEEN_LINES = 10.0


def progress(
    items: Iterable[Item],
    label: str,
    unit: str,
    total: Optional[int] = None,
    file: Optional[TextIO] = None,
) -> Iterator[Item]:
    """Pass `items` through and show how far they are.

    Parameters
    ----------
    items : iterable
        The work, item by item.
    label : str
        What is being done ("preprocessing isun").
    unit : str
        What an item is, in the plural ("images").
    total : int, optional
        How many there will be; ``len(items)`` where that is known.
    file : file object, optional
        Where to show it; standard error by default. A terminal gets a bar
        with rate and time left, anything else one line every ten seconds and
        one at the end.

    Yields
    ------
    object
        Each item, unchanged.
    """
    file = sys.stderr if file is None else file
    if total is None and isinstance(items, Sized):
        total = len(items)
    if file is not None and file.isatty():
        from tqdm import tqdm  # as slow to import as a map is to predict

        with tqdm(
            items, desc=label, unit=' ' + unit, total=total, file=file, dynamic_ncols=True
        ) as bar:
            for item in bar:
                yield item
        return
    started = shown = time.monotonic()
    count = 0
    for item in items:
        yield item
        count += 1
        now = time.monotonic()
        if now - shown >= SECONDS_BETWEEN_LINES:
            shown = now
            _line(file, label, unit, count, total, now - started)
    _line(file, label, unit, count, total, time.monotonic() - started)


@contextlib.contextmanager
def byte_progress(
    label: str, total: Optional[int] = None, done: int = 0, file: Optional[TextIO] = None
) -> Iterator[Callable[[int], object]]:
    """Show how many bytes of a transfer have come.

    Parameters
    ----------
    label : str
        What is being done ("downloading image.zip").
    total : int, optional
        Bytes there will be, where that is known.
    done : int
        Bytes that an earlier transfer left.
    file : file object, optional
        As for `progress`.

    Yields
    ------
    callable
        To be called with the number of each block's bytes.
    """
    file = sys.stderr if file is None else file
    if file is not None and file.isatty():
        from tqdm import tqdm

        with tqdm(
            desc=label,
            unit='B',
            unit_scale=True,
            total=total,
            initial=done,
            file=file,
            dynamic_ncols=True,
        ) as bar:
            yield bar.update
        return
    lines = _ByteLines(label, total, done, file)
    yield lines.advance
    lines.write()


class _ByteLines:
    """A line now and then, in megabytes."""

    def __init__(self, label, total, done, file):
        self._label, self._total, self._file = label, total, file
        self._before = self._done = done
        self._started = self._shown = time.monotonic()

    def advance(self, count):
        self._done += count
        if time.monotonic() - self._shown >= SECONDS_BETWEEN_LINES:
            self.write()

    def write(self):
        self._shown = time.monotonic()
        rate = (self._done - self._before) / max(self._shown - self._started, 1e-9)
        _say(
            self._file,
            '{}: {:,.1f}{} MB, {:,.1f} MB/s'.format(
                self._label,
                self._done / 1e6,
                '' if self._total is None else f' of {self._total / 1e6:,.1f}',
                rate / 1e6,
            ),
        )


def _line(file, label, unit, count, total, seconds):
    rate = count / max(seconds, 1e-9)
    of = '' if total is None else f'/{total}'
    left = ''
    if total is not None and 0 < count < total:
        left = f', {(total - count) / rate:.0f} s left'
    _say(file, f'{label}: {count}{of} {unit}, {rate:.1f} {unit}/s{left}')


def _say(file, text):
    """Work goes on where nobody reads how far it is."""
    with contextlib.suppress(OSError):
        print(text, file=file, flush=True)
