"""numba's environment variables that would end in a traceback of numba's.

>>> check({'NUMBA_NUM_THREADS': '4'})
>>> check({'NUMBA_NUM_THREADS': '0'})
Traceback (most recent call last):
    ...
juntingnet_theano.engine.errors.BadSetting: While ...
"""

from typing import Mapping

from juntingnet_theano.engine.errors import BadSetting, did_you_mean

LAYERS = ('default', 'forksafe', 'omp', 'safe', 'tbb', 'threadsafe', 'workqueue')
MOST = 1024
"""Threads that a process is allowed; beyond, OpenMP ends it."""


def check(environ: Mapping[str, str]) -> None:
    """Refuse values that numba cannot use, before it is imported.

    Parameters
    ----------
    environ : mapping

    Raises
    ------
    BadSetting
    """
    _check(
        environ,
        'NUMBA_NUM_THREADS',
        f'a number of threads, 1 to {MOST}',
        lambda text: 1 <= int(text) <= MOST,
    )
    _check(environ, 'NUMBA_DISABLE_JIT', 'kernels that are compiled', lambda text: int(text) == 0)
    _check(
        environ,
        'NUMBA_CPU_FEATURES',
        'features with + or - before each',  # LLVM ends the process
        lambda text: all(each.strip()[:1] in ('+', '-', '') for each in text.split(',')),
    )
    _check(
        environ,
        'NUMBA_THREADING_LAYER',
        did_you_mean(environ.get('NUMBA_THREADING_LAYER', ''), LAYERS),
        LAYERS.__contains__,
    )


def _check(environ, name, expected, fits):
    text = environ.get(name)
    if text is None:
        return
    try:
        good = fits(text)
    except ValueError:
        good = False
    if not good:
        raise BadSetting('starting the engine', f'{name}={text}', expected, 'unset ' + name)
