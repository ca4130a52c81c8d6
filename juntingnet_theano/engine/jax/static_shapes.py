"""Shapes that XLA must know: computed while it compiles, not on the device.

XLA compiles for known shapes. PyTensor gives it an input's own shape as
numbers, but traces any arithmetic with it, and then a slice or a reshape to
``rows // 2`` fails. What follows from shapes and constants alone is known
while tracing, so it is computed there and then.

>>> import numpy as np, theano, theano.tensor as T
>>> x = T.vector()
>>> theano.function([x], x[x.shape[0] // 2:])(np.arange(4, dtype='f')).tolist()
[2.0, 3.0]
"""

from typing import Any, Callable, Optional

import jax
from pytensor.graph.basic import Apply
from pytensor.graph.fg import AbstractFunctionGraph, FunctionGraph
from pytensor.graph.op import Op

from juntingnet_theano.engine.compat import fgraph_to_python, jax_funcify, jax_typify


def funcify_node(op: Op, node: Apply, **kwargs: Any) -> Callable[..., Any]:
    """PyTensor's translation of an Op, at once where its inputs are known.

    Only for what can be a shape, scalars and vectors of integers: a constant
    image would become part of the program.

    Parameters
    ----------
    op : Op
    node : Apply
    **kwargs
        For the translation.

    Returns
    -------
    callable
    """
    translated = jax_funcify(op, node=node, **kwargs)
    if not all(_may_be_a_shape(each.type) for each in node.outputs):
        return translated

    def at_once(*inputs):
        if any(isinstance(each, jax.core.Tracer) for each in inputs):
            return translated(*inputs)
        with jax.ensure_compile_time_eval():
            return translated(*inputs)

    return at_once


def _may_be_a_shape(kind):
    return getattr(kind, 'ndim', 0) <= 1 and str(getattr(kind, 'dtype', '')).startswith(
        ('int', 'uint', 'bool')
    )


def funcify_graph(
    fgraph: FunctionGraph,
    node: Optional[Apply] = None,
    fgraph_name: Any = 'jax_funcified_fgraph',
    **kwargs: Any,
) -> Callable[..., Any]:
    """PyTensor's translation of a graph, node by node with `funcify_node`."""
    return fgraph_to_python(
        fgraph, funcify_node, fgraph_name=fgraph_name, type_conversion_fn=jax_typify, **kwargs
    )


def install() -> None:
    """Translate graphs so from now on."""
    jax_funcify.register(AbstractFunctionGraph)(funcify_graph)
