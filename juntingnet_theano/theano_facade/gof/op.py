"""``theano.gof.op``: Ops.

>>> import theano.gof.op
>>> callable(theano.gof.op.Op)
True
"""
from pytensor.graph.op import *  # noqa: F401,F403
