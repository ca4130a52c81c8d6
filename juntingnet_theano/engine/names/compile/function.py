"""``theano.function``: compile a graph with the chosen engine.

>>> import numpy as np, theano, theano.tensor as T
>>> total = theano.shared(np.float32(0))
>>> x = T.scalar()
>>> add = theano.function([x], updates=[(total, total + x)])
>>> _ = add(2)
>>> float(total.get_value())
2.0
"""

import copyreg
import warnings
from typing import Any, Dict, Optional, Sequence

import pytensor
from pytensor.compile.ops import deep_copy_op
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors

from juntingnet_theano.engine.collector import uncollected
from juntingnet_theano.engine.compat import executor
from juntingnet_theano.engine.names.compile.io import has_default, with_containers
from juntingnet_theano.engine.names.compile.mode import get_mode


def function(
    inputs: Any,
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Any = None,
    no_default_updates: Any = False,
    accept_inplace: bool = False,
    name: Optional[str] = None,
    rebuild_strict: bool = True,
    allow_input_downcast: Optional[bool] = None,
    profile: Any = None,
    on_unused_input: Optional[str] = None,
) -> 'Function':
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
    no_default_updates : bool or list of shared variables
        Which are not updated by themselves, as random states are: all, or
        those of the list.
    accept_inplace, name, rebuild_strict, allow_input_downcast, profile, \
on_unused_input
        As in Theano 1.0.

    Returns
    -------
    Function
    """
    keys = None
    if isinstance(outputs, dict):
        keys = sorted(outputs)
        outputs = [outputs[key] for key in keys]
    if not isinstance(no_default_updates, (bool, list)):
        raise TypeError(
            'no_default_updates is True, False or a list of '
            f'shared variables, got {no_default_updates!r}'
        )
    more = {}
    if no_default_updates:
        more['no_default_updates'] = no_default_updates
    if isinstance(inputs, (list, tuple)):
        inputs = with_containers(inputs)
    if no_default_updates is not True:
        updates = _with_default_updates(outputs, updates, givens, no_default_updates or ())
    with uncollected(), warnings.catch_warnings():
        # PyTensor is about to lose the argument and says so.
        warnings.filterwarnings('ignore', message='The no_default_updates')
        compiled = pytensor.function(
            inputs,
            outputs,
            mode=get_mode(mode),
            updates=updates,
            givens=givens,
            accept_inplace=accept_inplace,
            name=name,
            rebuild_strict=rebuild_strict,
            allow_input_downcast=allow_input_downcast,
            profile=profile,
            on_unused_input=on_unused_input,
            **more,
        )
    return Function.of(compiled, keys)


def _pairs(mapping):
    """(key, value) of a dictionary or of pairs; [] of None."""
    return list(mapping.items() if isinstance(mapping, dict) else mapping or ())


def _with_default_updates(outputs, updates, givens, without):
    """`updates` and those default updates that PyTensor would refuse.

    PyTensor wants exactly the type of the shared variable, and the update may
    know the length of an axis that the variable does not. A plain update is
    converted.
    """
    try:
        seen = [key for key, _ in _pairs(updates)]
        waiting = [value for _, value in _pairs(updates) + _pairs(givens)]
    except (TypeError, ValueError):  # PyTensor says what is wrong with it
        return updates
    waiting += outputs if isinstance(outputs, (list, tuple)) else [outputs]
    found = []
    waiting = [getattr(each, 'variable', each) for each in waiting]
    waiting = [each for each in waiting if isinstance(each, Variable)]
    while waiting:
        states = [
            each
            for each in ancestors(waiting)
            if isinstance(each, SharedVariable)
            and each.default_update is not None
            and each not in seen
            and each not in without
        ]
        seen += states
        waiting = []
        for state in states:
            update = state.type.filter_variable(state.default_update)
            waiting.append(update)
            if update.type != state.type:
                found.append((state, update))
    return _pairs(updates) + found if found else updates


class Function(executor.Function):
    """A compiled function with what PyTensor's has lost.

    Outputs that come as a dictionary, inputs with default values, and access
    to inputs and states by name: ``f['x']``, ``f.value``, ``f.container``.
    """

    __slots__ = ('keys', '_refed')

    @classmethod
    def of(cls, compiled: Any, keys: Any) -> 'Function':
        """PyTensor's function as one of ours.

        Parameters
        ----------
        compiled : pytensor.compile.executor.Function
        keys : list of str or None
            Names of the outputs, which then come as a dictionary.
        """
        made = cls.__new__(cls)
        for name in executor.Function.__slots__:
            setattr(made, name, getattr(compiled, name))
        made.keys = keys
        # Inputs that have their default value again in the next call.
        made._refed = tuple(
            (container.storage, each.initial)
            for each, container in zip(made.maker.inputs, made.input_storage)
            if has_default(each) and each.update is None
        )
        return made

    def __call__(
        self, *args: Any, output_subset: Optional[Sequence[int]] = None, **kwargs: Any
    ) -> Any:
        try:
            result = super().__call__(*args, **kwargs)
        finally:
            for storage, initial in self._refed:
                storage[0] = initial()
        if self.keys is not None:
            result = dict(zip(self.keys, result))
        if output_subset is None:
            return result
        if self.keys is not None:
            return {key: result[key] for key in output_subset}
        if self.unpack_single:
            result = [result]
        return [result[number] for number in output_subset]

    def copy(
        self,
        share_memory: bool = False,
        swap: Any = None,
        delete_updates: bool = False,
        name: Optional[str] = None,
        profile: Any = None,
    ) -> 'Function':
        """A copy with states of its own; shared variables stay shared.

        Parameters
        ----------
        share_memory : bool
            Whether both may use the same memory for intermediate results.
        swap : dict of shared variables, optional
            Which take whose place in the copy.
        delete_updates : bool
            The copy updates nothing.
        name : str, optional
        profile : bool or str, optional
        """
        # PyTensor's copy takes over what it finds in the maker: the containers
        # of inputs, and nodes that write over what is no longer updated.
        maker, inputs, graph = self.maker, self.maker.inputs, self.maker.fgraph
        maker.inputs = with_containers(inputs)
        if delete_updates:
            maker.fgraph = _without_overwriting(graph)
        try:
            copied = super().copy(
                share_memory and not delete_updates, swap, delete_updates, name, profile
            )
        finally:
            maker.inputs, maker.fgraph = inputs, graph
        return Function.of(copied, self.keys)

    def __reduce__(self):
        reduced: Any = copyreg.dispatch_table[executor.Function](self)
        build, parts = reduced
        return _rebuilt, (build, parts, self.keys)

    @property
    def container(self) -> Any:
        """Container of each input and shared variable, by variable, name or
        position."""
        return self._finder

    finder = container

    @property
    def inv_finder(self) -> Dict[Any, Any]:
        """The input of each container."""
        return self._inv_finder

    @property
    def value(self) -> Any:
        """The function itself: ``f.value[x]`` is ``f[x]``."""
        return self

    def __contains__(self, key):
        return key in self._finder

    def __getitem__(self, key):
        return self._found(key).value

    def __setitem__(self, key, value):
        self._found(key).value = value

    def _found(self, key):
        container = self._finder.get(key)
        if container is None:
            raise TypeError(
                f'Unknown input or state: {key}. '
                + self._get_info_on_inputs(self._named_inputs, self._n_unnamed_inputs)
            )
        if container is executor.DUPLICATE:
            raise TypeError(
                f'Ambiguous name: {key} - please check the names of the inputs '
                'of your function for duplicates.'
            )
        return container


def _without_overwriting(graph):
    """A graph whose nodes write over copies of what it updates."""
    alone, _ = graph.clone_get_equiv(check_integrity=False, attach_feature=False)
    alone.update_mapping = graph.update_mapping
    for number in graph.update_mapping.values():
        state = alone.inputs[number]
        clients, kept = list(alone.clients[state]), deep_copy_op(state)
        for node, position in clients:
            alone.change_node_input(node, position, kept, check=False)
    return alone


def _rebuilt(build, parts, keys):
    compiled = build(*parts)
    # None where theano.config.unpickle_function is off.
    return compiled and Function.of(compiled, keys)
