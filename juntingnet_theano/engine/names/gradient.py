"""``theano.gradient``: PyTensor's, which has kept its names but for one.

>>> import theano, theano.tensor as T
>>> x = T.scalar()
>>> float(theano.gradient.grad(x ** 2, x).eval({x: 3}))
6.0
"""

import warnings
from typing import Any

import pytensor.tensor as pt
from pytensor.gradient import *  # noqa: F403
from pytensor.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    GradientError,
    pullback,
    pushforward,
    verify_grad,
    zero_grad,
)
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors

from juntingnet_theano.engine.pytensor_names import look_up

# What programs catch.
verify_grad.E_grad = GradientError

# Both pass a value on and have gradient zero; Theano had two names.
consider_constant = zero_grad


def Rop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    disconnected_outputs: str = 'raise',
    return_disconnected: str = 'zero',
) -> Any:
    """Directional derivative of `f` along `eval_points`.

    Parameters
    ----------
    f, wrt, eval_points : Variable or list of Variable
        `f` need not depend on all of `wrt`.
    disconnected_outputs : {'raise', 'warn', 'ignore'}
        What to do if one of `f` is an input, but none of `wrt`.
    return_disconnected : {'zero', 'none', 'disconnected'}
        What stands for its derivative then.

    Returns
    -------
    Variable or list of Variable
    """
    outputs, wrt, points = (
        [each] if isinstance(each, Variable) else list(each) for each in (f, wrt, eval_points)
    )
    results = []
    for output in outputs:
        above = set(ancestors([output]))
        used = [pair for pair in zip(wrt, points) if pair[0] in above]
        if used:
            parameters, along = map(list, zip(*used))
            results.append(pushforward(output, parameters, along))
        elif output.owner is not None:
            results.append(pt.zeros_like(output))
        else:
            results.append(_disconnected(output, disconnected_outputs, return_disconnected))
    return results[0] if isinstance(f, Variable) else results


def _disconnected(output, then, what):
    message = f'Rop: {output} depends on none of wrt'
    if then == 'raise':
        raise DisconnectedInputError(message)
    if then == 'warn':
        warnings.warn(message, stacklevel=3)
    return {
        'zero': lambda: pt.zeros_like(output),
        'none': lambda: None,
        'disconnected': DisconnectedType(),
    }[what]()


def Lop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    consider_constant: Any = None,
    disconnected_inputs: Any = 'raise',
) -> Any:
    """Gradient by `wrt` of the elements of `f`, weighted by `eval_points`.
    The other parameters are those of `grad`."""
    return pullback(
        f,
        wrt,
        eval_points,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
    )


__getattr__ = look_up(__name__, 'pytensor.gradient')
