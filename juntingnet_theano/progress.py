"""Progress of long work: a bar on a terminal, plain lines elsewhere.

>>> list(progress([1, 2, 3], 'reading', 'images', file=open(os.devnull, 'w')))
[1, 2, 3]
"""
import os
import sys
import time

SECONDS_BETWEEN_LINES = 10.0


def progress(items, label, unit, total=None, file=None):
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
    if total is None and hasattr(items, '__len__'):
        total = len(items)
    if file.isatty():
        from tqdm import tqdm   # as slow to import as a map is to predict
        with tqdm(items, desc=label, unit=' ' + unit, total=total, file=file,
                  dynamic_ncols=True) as bar:
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


def _line(file, label, unit, count, total, seconds):
    rate = count / max(seconds, 1e-9)
    of = '' if total is None else '/{}'.format(total)
    left = ''
    if total is not None and 0 < count < total:
        left = ', {:.0f} s left'.format((total - count) / rate)
    file.write('{}: {}{} {}, {:.1f} {}/s{}\n'.format(
        label, count, of, unit, rate, unit, left))
    file.flush()
