"""Whether an elementwise graph is a rectifier, however it is written.

Lasagne writes the rectifier f as 0.5 (x + |x|), Theano's documentation
max(x, 0), others x (x > 0) or a switch, and PyTensor derives each in its own
way. So f and its derivative h are not recognised by their form but by what
they compute. Built from `PIECEWISE` Ops in such a way that a larger x only
scales the result (`power_of`), f is two straight lines through 0, and h a
number on each side of it and one at 0: the points -1, 0 and 1 tell which.

>>> import pytensor.tensor as pt
>>> x = pt.tensor4()
>>> is_rectifier(0.5 * (x + abs(x)), x), is_rectifier(x * (x > 0.5), x)
(True, False)
"""

from typing import Any, Optional

import pytensor.scalar as ps
from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.elemwise import DimShuffle, Elemwise

COMPARISONS = (ps.GT, ps.GE, ps.LT, ps.LE, ps.EQ, ps.NEQ)
OF_ONE_POWER = (ps.Add, ps.Sub, ps.Maximum, ps.Minimum)
PIECEWISE = (
    COMPARISONS
    + OF_ONE_POWER
    + (ps.Mul, ps.Neg, ps.Abs, ps.Sign, ps.Second, ps.Switch, ps.Cast, ps.Identity, ps.TrueDiv)
)
ZERO = 'zero'
"""The power of 0, which nothing scales: it goes with any other."""


def _constant(variable):
    """The number that a variable is, None if it is not a single one."""
    node = variable.owner
    if node is not None and isinstance(node.op, DimShuffle):
        variable = node.inputs[0]
    if isinstance(variable, Constant) and variable.data.size == 1:
        return variable.data.item()
    return None


def _piecewise(variable):
    """The scalar Op that makes a variable, None if it is not `PIECEWISE`."""
    node = variable.owner
    if node is None or not isinstance(node.op, Elemwise):
        return None
    op = node.op.scalar_op
    if isinstance(op, ps.TrueDiv) and not _constant(node.inputs[1]):
        return None
    return op if isinstance(op, PIECEWISE) else None


def value_of(variable: Variable, known: Any) -> Any:
    """What an elementwise graph computes for one number.

    Parameters
    ----------
    variable : Variable
    known : dict of Variable to float
        Where to stop, and with which number. What is found is added.

    Returns
    -------
    float or None
        None where the graph holds anything but `PIECEWISE` Ops, `known` and
        single constants.
    """
    if variable not in known:
        value, op = _constant(variable), _piecewise(variable)
        if op is not None:
            values = [value_of(each, known) for each in variable.owner.inputs]
            value = None if None in values else float(op.impl(*values))
        known[variable] = value
    return known[variable]


def power_of(variable: Variable, known: Any) -> Any:
    """How an elementwise graph grows with its inputs.

    Parameters
    ----------
    variable : Variable
    known : dict of Variable to int
        1 for what is multiplied by a number t > 0, 0 for what stays. What is
        found is added.

    Returns
    -------
    int, `ZERO` or None
        The power of t by which the result is multiplied; None where it is
        not a power, or the graph holds anything else (see `value_of`).
    """
    if variable not in known:
        number, op, power = _constant(variable), _piecewise(variable), None
        if op is not None:
            powers = [power_of(each, known) for each in variable.owner.inputs]
            if None not in powers:
                power = _power(op, powers, variable.type.dtype)
        elif number is not None:
            power = 0 if number else ZERO
        known[variable] = power
    return known[variable]


def _power(op, powers, dtype):
    """`power_of` what a scalar Op makes of inputs of such powers."""
    if isinstance(op, ps.Mul):
        return ZERO if ZERO in powers else sum(powers)
    if isinstance(op, COMPARISONS):
        return None if _common(powers) is None else 0
    if isinstance(op, OF_ONE_POWER):
        return _common(powers)
    if isinstance(op, ps.Switch):
        return _common(powers[1:]) if powers[0] in (0, ZERO) else None
    if isinstance(op, ps.Sign):
        return 0
    if isinstance(op, ps.Cast) and not dtype.startswith('float'):
        return 0 if powers[0] in (0, ZERO) else None
    if isinstance(op, ps.TrueDiv):  # by a constant: see `_piecewise`
        return powers[0]
    return powers[-1]  # Neg, Abs, Identity, Cast, Second


def _common(powers):
    """The power that all have, None if there are several."""
    powers = set(powers) - {ZERO}
    return None if len(powers) > 1 else powers.pop() if powers else ZERO


def is_rectifier(variable: Variable, maps: Variable) -> bool:
    """Whether `variable` is max(maps, 0)."""
    return power_of(variable, {maps: 1}) == 1 and all(
        value_of(variable, {maps: point}) == max(point, 0.0) for point in (-1.0, 0.0, 1.0)
    )


def slope_at_zero(variable: Variable, maps: Variable, gradient: Variable) -> Optional[float]:
    """The slope at 0 if `variable` is `gradient` times the rectifier's slope.

    Returns
    -------
    float or None
        None if it is anything else.
    """

    def values(point):
        return [value_of(variable, {maps: point, gradient: scale}) for scale in (1.0, -1.0)]

    if (
        power_of(variable, {maps: 1, gradient: 0}) != 0
        or power_of(variable, {maps: 0, gradient: 1}) != 1
        or values(-1.0) != [0.0, 0.0]
        or values(1.0) != [1.0, -1.0]
    ):
        return None
    at_zero, opposite = values(0.0)
    return at_zero if at_zero in (0.0, 0.5, 1.0) and opposite == -at_zero else None
