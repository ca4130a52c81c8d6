"""``theano.compile.io``: inputs that may have a default value or a state.

PyTensor has dropped default values. `In` carries one again;
`compile.function` gives each function a container that holds it.

>>> import theano, theano.tensor as T
>>> x, state = T.scalars('x', 'state')
>>> add = theano.function([x, In(state, value=10., update=state + x)], state)
>>> [float(add(1)) for _ in range(3)]
[10.0, 11.0, 12.0]
"""

import copy
from typing import Any, List, Optional, Sequence

from pytensor.compile import io
from pytensor.compile.io import Out, SymbolicInput, SymbolicOutput  # noqa: F401
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.link.basic import Container


class In(io.In):
    """An input of a function.

    Parameters
    ----------
    variable : Variable
    name : str, optional
        That of the variable by default.
    value : object, optional
        Taken where the caller gives none; with `update`, the value before
        the first call.
    update : Variable, optional
        What the value is after each call.
    mutable : bool, optional
        Whether the function may write over what the caller gives.
    strict : bool
        Whether the caller must give exactly the right type.
    allow_downcast : bool, optional
        Whether a value may lose precision; None: a Python float may.
    autoname : bool
    implicit : bool, optional
        The caller cannot give a value.
    borrow : bool, optional
        Whether outputs may share the memory of what the caller gives.
    shared : bool
        Whether this stands for a shared variable.
    """

    def __init__(
        self,
        variable: Variable,
        name: Optional[str] = None,
        value: Any = None,
        update: Optional[Variable] = None,
        mutable: Optional[bool] = None,
        strict: bool = False,
        allow_downcast: Optional[bool] = None,
        autoname: bool = True,
        implicit: Optional[bool] = None,
        borrow: Optional[bool] = None,
        shared: bool = False,
    ) -> None:
        kept = value is None or isinstance(value, (SharedVariable, Container))
        super().__init__(
            variable,
            name=name,
            value=value if kept else None,
            update=update,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            autoname=autoname,
            implicit=implicit if kept else False,
            borrow=borrow,
            shared=shared,
        )
        self.default = None if kept else value
        if not kept:
            self.implicit = bool(implicit)

    def with_container(self, value: Any) -> 'In':
        """A copy whose value is a new container that holds `value`."""
        made = copy.copy(self)
        made.value = Container(
            self.variable, [None], strict=self.strict, allow_downcast=self.allow_downcast
        )
        made.value.value = self._own(value)
        return made

    def initial(self) -> Any:
        """The default value, as a container wants it."""
        return self.variable.type.filter(
            self._own(self.default), strict=self.strict, allow_downcast=self.allow_downcast
        )

    def _own(self, value):
        """`value`, or a copy where the function may write over it."""
        return copy.deepcopy(value) if self.mutable else value


def has_default(given: Any) -> bool:
    """Whether an input of a function is an `In` with a default value."""
    return getattr(given, 'default', None) is not None


def with_containers(inputs: Sequence[Any]) -> List[Any]:
    """Inputs of a function, with a container for each default value.

    Parameters
    ----------
    inputs : list of Variable or In

    Returns
    -------
    list
    """
    return [each.with_container(each.default) if has_default(each) else each for each in inputs]
