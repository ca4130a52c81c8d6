"""``theano.gof.graph``: walking a graph.

>>> import theano, theano.tensor as T
>>> x, y = T.scalars('x', 'y')
>>> sorted(each.name for each in inputs([x + y]))
['x', 'y']
"""
from pytensor.graph import traversal
from pytensor.graph.basic import Apply, Constant, Variable  # noqa: F401


def inputs(variable_list):
    """Variables without an owner that `variable_list` depends on, a list."""
    return list(traversal.graph_inputs(variable_list))


def ancestors(variable_list):
    """All variables that `variable_list` depends on, itself included."""
    return list(traversal.ancestors(variable_list))
