"""``theano.updates``: the dictionary of updates that scan returns.

>>> dict(OrderedUpdates({1: 2}) + OrderedUpdates({3: 4}))
{1: 2, 3: 4}
"""
from collections import OrderedDict


class OrderedUpdates(OrderedDict):
    """Shared variable -> next value, in order; sums must not contradict."""

    def update(self, other=None):
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
