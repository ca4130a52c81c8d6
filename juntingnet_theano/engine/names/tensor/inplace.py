"""``theano.tensor.inplace``: the plain functions under their in-place names.

Only a compiled graph of PyTensor's knows which values nobody needs any more,
and writes over those by itself; results are the same.

>>> import theano.tensor as T
>>> float(T.inplace.exp_inplace(T.constant(0.0)).eval())
1.0
"""

from juntingnet_theano.engine.names import tensor
from juntingnet_theano.engine.pytensor_names import look_up

END = '_inplace'
_look_up = look_up(__name__)


def __getattr__(name):
    return getattr(tensor, name[: -len(END)]) if name.endswith(END) else _look_up(name)
