"""Nodes without the values of shared variables, for what numba never forgets.

PyTensor's translation of an elementwise Op registers a function with numba,
which keeps it until Python ends. The function holds on to its node, the node
to its inputs, and so the weights of each compiled function would stay in
memory when everything else had let go of them: 300 MB a trainer. The
translation needs types, so it gets a node of the same types between new
variables.

>>> import theano
>>> weights = theano.shared(0., 'weights')
>>> copy = plain_node((weights + 1).owner)
>>> copy.op == (weights + 1).owner.op, weights in copy.inputs
(True, False)
"""

import functools
from typing import Any, Tuple

from pytensor.graph.basic import Apply, Constant
from pytensor.graph.op import Op
from pytensor.tensor.elemwise import Elemwise

from juntingnet_theano.engine.compat import numba_funcify_and_cache_key
from juntingnet_theano.engine.numba.runtime.translations import replaces


def plain_node(node: Apply) -> Apply:
    """A node of the same Op, constants and types, outside of any graph.

    Parameters
    ----------
    node : Apply

    Returns
    -------
    Apply
    """
    return Apply(
        node.op,
        [each if isinstance(each, Constant) else each.type() for each in node.inputs],
        [each.type() for each in node.outputs],
    )


_translate = numba_funcify_and_cache_key.dispatch(Elemwise)


@replaces(Elemwise)
@functools.wraps(_translate)
def numba_elemwise(op: Op, node: Apply, **kwargs: Any) -> Tuple[Any, Any]:
    """PyTensor's translation, of `plain_node`."""
    return _translate(op, node=plain_node(node), **kwargs)
