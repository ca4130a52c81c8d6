"""``theano.gof.type``: types of variables.

>>> import theano.gof.type
>>> callable(theano.gof.type.Type)
True
"""
from pytensor.graph.type import *  # noqa: F401,F403
