"""Names that a module of Theano had and PyTensor keeps elsewhere.

PyTensor moves Ops between its modules from release to release, so they are
looked up when they are asked for instead of imported one by one.

>>> look_up('theano.tensor', 'pytensor.tensor.math')('Sum').__name__
'Sum'
"""

import difflib
import importlib
from typing import Any, Callable


def look_up(module: str, *places: str) -> Callable[[str], Any]:
    """A module's ``__getattr__`` that looks in PyTensor's modules.

    Parameters
    ----------
    module : str
        The module's name, for the error.
    *places : str
        Where to look, first to last.

    Returns
    -------
    callable
        Name -> object; raises AttributeError if it is nowhere.
    """

    facade = __name__.rpartition('.')[0] + '.names'

    def __getattr__(name: str) -> Any:
        found = [importlib.import_module(module)]
        if not name.startswith('__'):
            for place in places:
                found.append(importlib.import_module(place))
                if hasattr(found[-1], name):
                    return getattr(found[-1], name)
        near = difflib.get_close_matches(
            name, {each for place in found for each in dir(place)}, n=1
        )
        raise AttributeError(
            'module {!r} has no attribute {!r}{}'.format(
                module.replace(facade, 'theano'),
                name,
                f'; did you mean {near[0]!r}?' if near else '; PyTensor has nothing of that name',
            )
        )

    return __getattr__
