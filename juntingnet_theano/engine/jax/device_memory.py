"""Where values live when JAX compiles: on the device, but NumPy to the user.

PyTensor's JAX linker takes and gives whatever arrays it meets. Theano's rule
was: a shared variable's value stays on the GPU between calls (a data set is
sent there once, not with each minibatch), while ``get_value`` and what a
function returns are NumPy arrays. A function that updates a variable gives up
the memory of its old value for the new one.

Returning a NumPy array means waiting for it. ``theano.Out(output, borrow=True)``
returns JAX's array instead, which XLA may still be computing while the host
continues, and which later calls do not change.

>>> import numpy as np
>>> weights = on_device(np.ones(2, 'float32'), 'W')
>>> type(weights.get_value()).__name__, type(weights.container.value).__name__
('ndarray', 'ArrayImpl')
"""

import copy
import warnings
from typing import Any, Callable, Optional

import jax
import numpy as np
from pytensor.compile.sharedvalue import shared_constructor
from pytensor.tensor.sharedvar import TensorSharedVariable, tensor_constructor

from juntingnet_theano.engine.compat import JAXLinker
from juntingnet_theano.engine.ops import TRUE_DIV


class DeviceSharedVariable(TensorSharedVariable):
    """A shared tensor in the memory of JAX's default device."""

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """Value as a NumPy array of its own.

        Parameters
        ----------
        borrow : bool
            Allow an array that must not be written to.
        return_internal_type : bool
            Give JAX's array instead. One that was borrowed is gone after
            the next update of the variable.
        """
        value = self.container.value
        if return_internal_type:
            return value if borrow else value.copy()
        return np.asarray(value) if borrow else np.array(value)

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Send a value, an array or a JAX array, to the device."""
        # The container checks it and converts it to the right dtype.
        self.container.value = np.asarray(new_value)
        self.send()

    def zero(self, borrow: bool = False) -> None:
        """Set all elements to 0."""
        self.set_value(np.zeros_like(self.get_value(borrow=True)))

    def __deepcopy__(self, memo):
        """A variable with a value of its own; a container of PyTensor's
        copies NumPy arrays only."""
        copied = type(self)(
            type=self.type,
            value=self.get_value(),
            name=self.name,
            strict=self.container.strict,
            allow_downcast=self.container.allow_downcast,
        )
        copied.tag = copy.copy(self.tag)
        copied.send()
        memo[id(self)] = copied
        return copied

    def send(self) -> None:
        """Move the value to the device; PyTensor has put NumPy's there."""
        self.container.storage[0] = jax.device_put(self.container.storage[0])


def on_device(
    value: Any,
    name: Optional[str] = None,
    strict: bool = False,
    allow_downcast: Optional[bool] = None,
    **kwargs: Any,
) -> DeviceSharedVariable:
    """Constructor of shared tensors; see `compile.sharedvalue.shared`."""
    made = tensor_constructor(np.asarray(value), name, strict, allow_downcast, **kwargs)
    variable = DeviceSharedVariable(
        type=made.type,
        value=made.get_value(borrow=True),
        strict=strict,
        allow_downcast=allow_downcast,
        name=name,
    )
    variable.send()
    return variable


class DeviceLinker(JAXLinker):
    """PyTensor's JAX linker; what a function returns becomes NumPy's, unless
    the caller borrows it."""

    required_rewrites = (*JAXLinker.required_rewrites, TRUE_DIV)

    def jit_compile(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Compile, and bring back outputs that are to be NumPy's."""
        updates = self.fgraph.update_mapping or {}
        fetched = self._fetched(updates)
        if self.scalar_shape_inputs:
            compiled = super().jit_compile(fn)
        else:
            # XLA writes an updated variable over its old value. It copies
            # where somebody still looks at that, such as NumPy's view of it
            # on a CPU, or another output.
            compiled = jax.jit(fn, donate_argnums=tuple(updates.values()))

        def call(*inputs):
            return [
                np.asarray(value) if number in fetched and hasattr(value, 'devices') else value
                for number, value in enumerate(compiled(*inputs))
            ]

        return call

    def _fetched(self, updates):
        """Numbers of the outputs that are neither a shared variable's new
        value nor borrowed. PyTensor lists those that are not borrowed, except
        inputs that are returned as they are."""
        return {
            number
            for number, each in enumerate(self.fgraph.outputs)
            if number not in updates and (each.owner is None or each in self.no_recycling)
        }


def install() -> None:
    """Keep shared tensors on the device from now on."""
    for kind in (np.ndarray, np.number, float, int, complex):
        shared_constructor.register(kind)(on_device)
    # With 64 bits switched off, as float32 wants it, XLA counts in int32;
    # and it cannot stop in the middle of a compiled graph to assert. Where a
    # variable's new value has another shape, its old memory is of no use.
    warnings.filterwarnings('ignore', message='Explicitly requested dtype')
    warnings.filterwarnings('ignore', message='Skipping .*Assert')
    warnings.filterwarnings('ignore', message='Some donated buffers were not')
