"""Progress of long work: a bar on a terminal, plain lines elsewhere.

>>> import io
>>> list(progress([1, 2, 3], 'reading', 'images', file=io.StringIO()))
[1, 2, 3]
"""

import contextlib
import sys
from typing import Callable, Iterable, Iterator, Optional, TextIO, TypeVar

from juntingnet_theano.errors import BadSetting

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
    with _bar(file, iterable=items, desc=label, unit=' ' + unit, total=total) as bar:
        yield from bar


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
    with _bar(file, desc=label, unit='B', unit_scale=True, total=total, initial=done) as bar:
        yield bar.update


def _bar(file, **options):
    # Slow to import. tqdm.auto takes twice as long for its asyncio, and warns
    # in a notebook without ipywidgets.
    try:
        from tqdm import tqdm
    except ValueError as error:
        raise BadSetting(
            'showing progress',
            f'tqdm refuses its environment: {error}',
            None,
            'unset the variable, or correct it: env | grep TQDM',
        ) from error

    file = sys.stderr if file is None else file
    if file is None:
        return tqdm(disable=True, **options)
    if file.isatty():
        return tqdm(file=_Shown(file), dynamic_ncols=True, **options)
    wait = SECONDS_BETWEEN_LINES
    return tqdm(file=_Lines(file), mininterval=wait, maxinterval=wait, ncols=0, **options)


class _Shown:
    """A stream that work does not stop for: nobody may be reading, or the disk
    of the log be full. tqdm raises both."""

    def __init__(self, file):
        self._file = file

    def __getattr__(self, name):
        return getattr(self._file, name)

    def write(self, text):
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self):
        with contextlib.suppress(OSError):
            self._file.flush()


class _Lines(_Shown):
    """Where bars become lines: a log would keep them all in one. The first,
    which says that nothing is done yet, is left out."""

    _is_first = True

    def write(self, text):
        if text.strip() and not self._is_first:
            super().write(text.strip() + '\n')
        self._is_first = False
