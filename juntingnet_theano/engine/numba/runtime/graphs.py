"""A graph as one numba function, compiled once and kept on disk.

PyTensor puts a second function around that of each node and around that of
the graph, so as to keep each on disk; numba compiles both, links all that
they call into both and runs LLVM over it each time: a fifth of a first start.
Here the functions of the nodes are called as they are, and the graph is what
is kept. Equal nodes of the graphs of a process share one function.
"""

import hashlib
import types
import weakref
from types import FunctionType
from typing import Any, Callable, Optional, Tuple

from pytensor.configdefaults import config
from pytensor.graph.basic import Constant
from pytensor.graph.fg import FunctionGraph

from juntingnet_theano.engine.compat import (
    CACHED_SRC_FUNCTIONS,
    cache_key_for_constant,
    fgraph_to_python,
    numba_funcify_and_cache_key,
    numba_njit,
    numba_typify,
)
from juntingnet_theano.engine.numba.runtime.compilers import WholeCompiler

_functions = weakref.WeakValueDictionary()
"""Key of a node and kinds of its inputs -> its function, while a graph holds
it. A key alone says only what numba does not see."""


class _Translation:
    """Functions of a graph's nodes, and what tells the graph from others.

    Attributes
    ----------
    keys : list
        Of each node its key, and where its inputs come from.
    """

    def __init__(self, fgraph):
        self.keys = []
        self._places = {given: (0, number) for number, given in enumerate(fgraph.inputs)}
        for number, node in enumerate(fgraph.toposort(), 1):
            self._places.update(
                (output, (number, place)) for place, output in enumerate(node.outputs)
            )

    def function(self, op, node, **kwargs):
        """The function of a node."""
        function, key = numba_funcify_and_cache_key(op, node=node, **kwargs)
        self.keys.append((self.places(node.inputs), key))
        if key is None:
            return function
        kinds = tuple(
            (getattr(each.type, 'dtype', None), getattr(each.type, 'ndim', None))
            for each in node.inputs
        )
        return _functions.setdefault((key, kinds), function)

    def value(self, value, variable, **kwargs):
        """A constant as numba takes it."""
        if isinstance(variable, Constant):
            self._places[variable] = -1, cache_key_for_constant(value)
        return numba_typify(value, variable=variable, **kwargs)

    def places(self, variables):
        """Where variables come from: input or node, or a constant's key."""
        return tuple(self._places[each] for each in variables)


def graph_function(
    fgraph: FunctionGraph, **kwargs: Any
) -> Tuple[Callable[..., Any], Optional[str]]:
    """Python function of a graph for numba, and its key in the disk cache.

    Parameters
    ----------
    fgraph : FunctionGraph
    **kwargs
        What the linker is given: order, storage_map, ...

    Returns
    -------
    (function, str or None)
        None if an Op cannot be kept.
    """
    translation = _Translation(fgraph)
    function = fgraph_to_python(
        fgraph,
        op_conversion_fn=translation.function,
        type_conversion_fn=translation.value,
        fgraph_name='numba_funcified_fgraph',
        ofg_memo={},
        **kwargs,
    )
    if any(key is None for _, key in translation.keys):
        return function, None
    text = repr(
        (
            'graph',
            translation.keys,
            len(fgraph.inputs),
            translation.places(fgraph.outputs),
            bool(config.numba__fastmath),
        )
    )
    return function, hashlib.sha256(text.encode()).hexdigest()


def compile_graph(function: FunctionType, key: Optional[str]) -> Callable[..., Any]:
    """The numba function that Python calls, of `graph_function`'s result."""
    if key is None:
        return numba_njit(function, final_function=True, pipeline_class=WholeCompiler)
    # Its source lies in a file with another name in each process, by which
    # numba's cache would look for it.
    code = function.__code__.replace(co_filename='<graph>')
    function = types.FunctionType(code, function.__globals__, function.__name__)
    CACHED_SRC_FUNCTIONS[function] = key
    return numba_njit(function, final_function=True, cache=True, pipeline_class=WholeCompiler)
