"""``theano.gof.fg``: the graph of a function.

>>> import theano.gof.fg
>>> callable(theano.gof.fg.FunctionGraph)
True
"""

from pytensor.graph.fg import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up

__getattr__ = look_up(__name__, 'pytensor.graph.fg', 'pytensor.graph.utils')
