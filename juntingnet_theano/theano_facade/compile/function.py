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

from juntingnet_theano.garbage import uncollected
from juntingnet_theano.theano_facade.compile.io import defaults_of
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
    keys = None
    if isinstance(outputs, dict):
        keys = sorted(outputs)
        outputs = [outputs[key] for key in keys]
    # PyTensor is about to lose no_default_updates and says so when it is
    # given, even as False.
    more = {'no_default_updates': True} if no_default_updates else {}
    with uncollected():
        compiled = pytensor.function(
            inputs, outputs, mode=get_mode(mode), updates=updates,
            givens=givens, accept_inplace=accept_inplace, name=name,
            rebuild_strict=rebuild_strict,
            allow_input_downcast=allow_input_downcast, profile=profile,
            on_unused_input=on_unused_input, **more)
    defaults = defaults_of(inputs)
    if keys is None and all(value is None for _, value in defaults):
        return compiled
    return DressedFunction(compiled, defaults, keys)


class DressedFunction(object):
    """A compiled function with what PyTensor's has no longer.

    Parameters
    ----------
    compiled : callable
        Also gives all other attributes.
    defaults : list of (str or None, object or None)
        Name and default value of each input.
    keys : list of str, optional
        Names of the outputs, which then come as a dictionary.
    """

    def __init__(self, compiled, defaults, keys):
        self.compiled, self.defaults, self.keys = compiled, defaults, keys

    def __call__(self, *args, **kwargs):
        for name, value in self.defaults[len(args):]:
            if name in kwargs:
                args += (kwargs.pop(name),)
            elif value is not None:
                args += (value,)
            else:
                raise TypeError('missing input {}'.format(name))
        result = self.compiled(*args, **kwargs)
        return result if self.keys is None else dict(zip(self.keys, result))

    def __getattr__(self, name):
        if name == 'compiled':      # while it is being unpickled
            raise AttributeError(name)
        return getattr(self.compiled, name)
