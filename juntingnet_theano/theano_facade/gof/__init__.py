"""``theano.gof``: the graph's nouns, which PyTensor keeps in several places.

>>> import theano, theano.tensor as T
>>> isinstance(T.scalar(), theano.gof.Variable)
True
"""
from pytensor.graph.basic import Apply, Constant, Variable  # noqa: F401
from pytensor.graph.fg import FunctionGraph  # noqa: F401
from pytensor.graph.op import Op  # noqa: F401
from pytensor.graph.type import Type  # noqa: F401

from juntingnet_theano.theano_facade.gof import graph  # noqa: F401
