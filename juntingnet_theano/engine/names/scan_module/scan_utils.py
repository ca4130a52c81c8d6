"""``theano.scan_module.scan_utils``: helpers that programs borrow from scan.

>>> import theano.tensor as T
>>> x = T.scalar()
>>> equal_computations([x + 1], [x + 1]), equal_computations([x + 1], [x])
(True, False)
"""

from typing import Any

from pytensor.graph.basic import equal_computations  # noqa: F401
from pytensor.graph.replace import clone_replace
from pytensor.scan.utils import expand_empty, until  # noqa: F401


def clone(
    output: Any,
    replace: Any = None,
    strict: bool = True,
    share_inputs: bool = True,
    copy_inputs: Any = None,
) -> Any:
    """A copy of a graph in which some variables are replaced.

    Parameters
    ----------
    output : Variable or list of Variable
    replace : dict or pairs of Variable, optional
        Which are replaced by what.
    strict : bool
        Whether both must have one type; else the nodes are rebuilt.
    share_inputs : bool
        Whether the copy has the same inputs and shared variables; else it
        has copies, of which those of shared variables share their value.
    copy_inputs : bool, optional
        Old name of `share_inputs`.

    Returns
    -------
    Variable or list of Variable
    """
    return clone_replace(
        output,
        replace,
        rebuild_strict=strict,
        copy_inputs_over=(share_inputs if copy_inputs is None else copy_inputs),
    )
