"""``theano.compile.pfunc``: inputs under their oldest name.

>>> import theano, theano.tensor as T
>>> x = T.scalar()
>>> float(theano.function([Param(x, default=2.)], x * 3)())
6.0
"""

from typing import Any, Optional

from pytensor.compile.rebuild import rebuild_collect_shared  # noqa: F401

from juntingnet_theano.engine.names.compile.function import function as pfunc  # noqa: F401
from juntingnet_theano.engine.names.compile.io import In


class Param(In):
    """`In`, with the order and the names of arguments of Theano 0.7.

    Parameters
    ----------
    variable : Variable
    default : object, optional
        Value where the caller gives none.
    name, mutable, strict, allow_downcast, implicit, borrow
        As of `In`.
    """

    def __init__(
        self,
        variable: Any,
        default: Any = None,
        name: Optional[str] = None,
        mutable: bool = False,
        strict: bool = False,
        allow_downcast: Optional[bool] = None,
        implicit: Optional[bool] = None,
        borrow: Optional[bool] = None,
    ) -> None:
        super().__init__(
            variable,
            name=name,
            value=default,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            implicit=implicit,
            borrow=borrow,
        )
