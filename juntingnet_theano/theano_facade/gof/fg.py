"""``theano.gof.fg``: the graph of a function.

>>> import theano.gof.fg
>>> callable(theano.gof.fg.FunctionGraph)
True
"""
from pytensor.graph.fg import *  # noqa: F401,F403
