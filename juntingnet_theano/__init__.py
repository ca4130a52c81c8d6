"""JuntingNet, the saliency network of Pan and Giro-i-Nieto (2015), today.

Importing this package makes ``import theano`` work: with the original Theano
if it is installed, else with `juntingnet_theano.engine`. This costs nothing
until something imports theano.

>>> import juntingnet_theano as jn
>>> import theano.tensor as T
>>> T.matrix().ndim
2
>>> 'gbvs' in jn.list_models()
True
>>> import numpy as np
>>> jn.overlay(np.zeros((6, 8), 'uint8'), jn.load('centre').predict(np.zeros((6, 8)))).size
(8, 6)
"""

import importlib
from typing import TYPE_CHECKING, Any, List

from juntingnet_theano.engine import finder
from juntingnet_theano.version import __version__

if TYPE_CHECKING:
    from juntingnet_theano import metrics
    from juntingnet_theano.prediction import list_models, load
    from juntingnet_theano.report import figure, overlay

__all__ = ['__version__', 'figure', 'list_models', 'load', 'metrics', 'overlay']

finder.install()

_ROOMS = {
    'figure': 'report',
    'list_models': 'prediction',
    'load': 'prediction',
    'overlay': 'report',
}
"""Name -> the room that has it."""


def __getattr__(name: str) -> Any:
    # Late, so that importing the package stays free of NumPy and engines.
    if name == 'metrics':
        return importlib.import_module(__name__ + '.metrics')
    if name in _ROOMS:
        return getattr(importlib.import_module(f'{__name__}.{_ROOMS[name]}'), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
