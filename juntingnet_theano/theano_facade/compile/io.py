"""``theano.compile.io``: inputs that may have a default value.

PyTensor has dropped default values. `In` carries one again and
`compile.function` fills it in.

>>> import theano.tensor as T
>>> In(T.scalar('x'), value=2.).default
2.0
"""
from pytensor.compile import io
from pytensor.compile.io import (  # noqa: F401
    Out, SymbolicInput, SymbolicOutput)
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.link.basic import Container


class In(io.In):
    """An input of a function.

    Parameters
    ----------
    variable : Variable
    name : str, optional
    value : object, optional
        Taken where the caller gives none.
    update, mutable, strict, allow_downcast, autoname, implicit, borrow, \
shared
        As in Theano 1.0.
    """

    def __init__(self, variable, name=None, value=None, **kwargs):
        kept = isinstance(value, (SharedVariable, Container))
        super(In, self).__init__(
            variable, name=name, value=value if kept else None, **kwargs)
        self.default = None if kept else value


def defaults_of(inputs):
    """(name, default) of each input; None where it has none.

    Parameters
    ----------
    inputs : list of Variable or In

    Returns
    -------
    list of (str or None, object or None)
    """
    return [(each.name, getattr(each, 'default', None)) for each in inputs]
