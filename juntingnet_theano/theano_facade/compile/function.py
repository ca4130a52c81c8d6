"""``theano.function``: compile a graph with the chosen engine.

>>> import numpy as np, theano, theano.tensor as T
>>> total = theano.shared(np.float32(0))
>>> x = T.scalar()
>>> add = theano.function([x], updates=[(total, total + x)])
>>> _ = add(2)
>>> float(total.get_value())
2.0
"""
import pytensor

from juntingnet_theano.theano_facade.compile.mode import get_mode


def function(inputs, outputs=None, mode=None, updates=None, givens=None,
             no_default_updates=False, accept_inplace=False, name=None,
             rebuild_strict=True, allow_input_downcast=None, profile=None,
             on_unused_input=None):
    """Compile `outputs` and `updates` as functions of `inputs`.

    Parameters
    ----------
    inputs : list of Variable or In
    outputs : Variable, Out, list or dict of them, optional
    mode : str or Mode, optional
        `compile.mode.get_mode` says what the names mean.
    updates : dict, OrderedDict, OrderedUpdates or pairs, optional
        Shared variable -> its next value.
    givens : dict or pairs, optional
        Variable -> what stands in for it.
    no_default_updates, accept_inplace, name, rebuild_strict, \
allow_input_downcast, profile, on_unused_input
        As in Theano 1.0.

    Returns
    -------
    callable
    """
    # PyTensor is about to lose no_default_updates and says so when it is
    # given, even as False.
    more = {'no_default_updates': True} if no_default_updates else {}
    return pytensor.function(
        inputs, outputs, mode=get_mode(mode), updates=updates, givens=givens,
        accept_inplace=accept_inplace, name=name,
        rebuild_strict=rebuild_strict,
        allow_input_downcast=allow_input_downcast, profile=profile,
        on_unused_input=on_unused_input, **more)
