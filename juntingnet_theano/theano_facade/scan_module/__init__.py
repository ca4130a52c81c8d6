"""``theano.scan`` and its relatives, which return (outputs, updates).

>>> import theano, theano.tensor as T
>>> x = T.vector()
>>> outputs, updates = theano.scan(lambda each: each * 2, sequences=x)
>>> outputs.eval({x: [1, 2]}).tolist()
[2.0, 4.0]
"""
import functools
import warnings

import pytensor
from pytensor.scan import views


def _with_updates(scan):
    @functools.wraps(scan)
    def wrapped(*args, **kwargs):
        # PyTensor is about to return outputs alone and warns of it; Theano's
        # convention is the pair.
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', message='.*return_updates.*')
            warnings.filterwarnings('ignore', message='.*[Ss]can.*updates.*')
            return scan(*args, return_updates=True, **kwargs)
    return wrapped


scan = _with_updates(pytensor.scan)
map = _with_updates(views.map)
reduce = _with_updates(views.reduce)
foldl = _with_updates(views.foldl)
foldr = _with_updates(views.foldr)
