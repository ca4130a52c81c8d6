"""``theano.gof.graph``: walking a graph and comparing graphs.

>>> import theano.tensor as T
>>> x, y = T.scalars('x', 'y')
>>> inputs([x + y]) == [x, y]
True
>>> is_same_graph(x + y, x + y), is_same_graph(x + y, y + x)
(True, False)
"""

from typing import Any, Iterable, List, Sequence

from pytensor.graph import traversal
from pytensor.graph.basic import (  # noqa: F401
    Apply,
    Constant,
    Node,
    Variable,
    clone,
    clone_get_equiv,
    equal_computations,
)
from pytensor.graph.op import Op
from pytensor.graph.utils import MethodNotDefined

# Theano's Variable needed nothing but a type.
Variable.__init__.__defaults__ = (None, None, None)


def _perform(self, node, inputs, output_storage):
    """What an Op without ``perform`` does, which Theano let stand in a graph."""
    raise MethodNotDefined('perform', type(self), type(self).__name__)


Op.perform, Op.__abstractmethods__ = _perform, frozenset()


def inputs(variable_list: Iterable[Variable], blockers: Any = None) -> List[Variable]:
    """Variables without an owner that `variable_list` depends on.

    Parameters
    ----------
    variable_list : list of Variable
    blockers : collection of Variable, optional
        Nothing above these is looked at.

    Returns
    -------
    list of Variable
    """
    return [each for each in ancestors(variable_list, blockers) if each.owner is None]


def ancestors(variable_list: Iterable[Variable], blockers: Any = None) -> List[Variable]:
    """All that `variable_list` depends on, itself included.

    In Theano's order, so that what is saved in it fits both engines: depth
    first, the inputs of a node from left to right, the list from its end.

    Parameters
    ----------
    variable_list : list of Variable
    blockers : collection of Variable, optional
        Nothing above these is looked at.

    Returns
    -------
    list of Variable
    """
    blockers = set(blockers or ())
    found, waiting = {}, list(variable_list)
    while waiting:
        variable = waiting.pop()
        if variable not in found:
            found[variable] = True
            if variable.owner is not None and variable not in blockers:
                waiting.extend(reversed(variable.owner.inputs))
    return list(found)


def io_toposort(inputs: Iterable[Variable], outputs: Sequence[Variable]) -> List[Apply]:
    """Apply nodes between `inputs` and `outputs`, each after its inputs."""
    return list(traversal.io_toposort(inputs, outputs))


def variables(i: Iterable[Variable], o: Iterable[Variable]) -> List[Variable]:
    """All variables between the inputs `i` and the outputs `o`, a list."""
    return list(traversal.vars_between(i, o))


def is_same_graph(var1: Variable, var2: Variable, givens: Any = None) -> bool:
    """Whether two variables are computed in the same way.

    Parameters
    ----------
    var1, var2 : Variable
    givens : dict or pairs of Variable, optional
        Variables of one graph and those of the other that count as equal.

    Returns
    -------
    bool
    """
    pairs = dict(givens or {})
    return equal_computations([var1], [var2], list(pairs), list(pairs.values()))
