"""Training: minibatches of a cache to weights.

In: a cache and settings. Out: a run's folder with history, checkpoint and
weights (`runs` names the files). `loop` is the way in; it goes from `data`
through `minibatches` and `augmentation` to the network's functions. The
command line and reports call it.

>>> Run('runs/paper', Settings()).folder
'runs/paper'
"""

from typing import TYPE_CHECKING, Any

from juntingnet_theano.settings.training import Settings
from juntingnet_theano.training.runs import Run

if TYPE_CHECKING:
    from juntingnet_theano.training.loop import Stopped, train

__all__ = ['Run', 'Settings', 'Stopped', 'train']


def __getattr__(name: str) -> Any:
    # Late: the loop brings the engine with it, which a look at a run's files
    # can do without.
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from juntingnet_theano.training import loop

    return getattr(loop, name)
