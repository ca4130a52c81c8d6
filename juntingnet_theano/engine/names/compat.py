"""``theano.compat``: names that Python 2 and 3 had in different places.

>>> izip([1], [2]) is not None, exc_message(ValueError('so'))
(True, 'so')
"""

import configparser  # noqa: F401
from collections import OrderedDict, defaultdict  # noqa: F401
from collections.abc import Callable, Iterable, Mapping, MutableSet, ValuesView  # noqa: F401
from importlib import reload  # noqa: F401
from operator import truediv as operator_div  # noqa: F401
from typing import Any

PY3 = True
izip, imap, ifilter = zip, map, filter
DefaultOrderedDict = defaultdict


def exc_message(error: BaseException) -> Any:
    """What an exception says; all of it, where it says several things."""
    return error.args[0] if len(error.args) == 1 else error.args


def cmp(x: Any, y: Any) -> int:
    """-1, 0 or 1: how `x` compares with `y`."""
    return (x > y) - (x < y)
