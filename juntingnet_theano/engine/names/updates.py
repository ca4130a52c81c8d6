"""``theano.updates``: the dictionary of updates that scan returns.

>>> import theano
>>> a, b = theano.shared(1), theano.shared(2)
>>> list(OrderedUpdates({a: a + 1}) + OrderedUpdates({b: a})) == [a, b]
True
"""

from collections import OrderedDict
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable


class OrderedUpdates(OrderedDict):
    """Shared variable -> next value, in order; sums must not contradict."""

    def __setitem__(self, key, value):
        if not isinstance(key, SharedVariable):
            raise TypeError('OrderedUpdates keys must inherit from SharedVariable', key)
        super().__setitem__(key, value)

    def update(self, other: Any = None) -> None:
        """Add the updates of another.

        Raises
        ------
        KeyError
            If both update the same variable differently.
        """
        for key, value in OrderedDict(other or {}).items():
            if key in self and self[key] is not value:
                raise KeyError('two updates of one variable', key)
            self[key] = value

    def __add__(self, other):
        total = OrderedUpdates(self)
        total.update(other)
        return total

    def __radd__(self, other):
        return OrderedUpdates(other) + self
