"""``theano.tensor``: PyTensor's names, and those it renamed or dropped.

>>> import theano.tensor as T
>>> T.sqr(T.constant(3.)).eval().item()
9.0
"""

import importlib

from pytensor import shared as _shared  # noqa: F401
from pytensor.gradient import grad, hessian, jacobian, verify_grad  # noqa: F401
from pytensor.tensor.type import TensorType  # noqa: F401

from juntingnet_theano.engine.names.gradient import Lop, Rop, consider_constant, numeric_grad  # noqa: F401

# Before the functions of the same names, which hide them, as in Theano.
from juntingnet_theano.engine.names.tensor import sort, var  # noqa: F401
from juntingnet_theano.engine.names.tensor.basic import *  # noqa: F403
from juntingnet_theano.engine.names.tensor.subtensor import inc_subtensor, set_subtensor  # noqa: F401
from juntingnet_theano.engine.names.tensor.var import TensorConstant, TensorVariable  # noqa: F401
from juntingnet_theano.engine.pytensor_names import look_up

# After those of PyTensor, which came with its names.
_MODULES = (
    'basic elemwise extra_ops fft inplace nlinalg nnet opt sharedvar signal slinalg subtensor type'
)
for _module in _MODULES.split():
    globals()[_module] = importlib.import_module(__name__ + '.' + _module)

# Theano listed its Ops here, PyTensor keeps them a level deeper.
_PLACES = 'basic math shape subtensor elemwise type extra_ops sort variable exceptions'
__getattr__ = look_up(__name__, *('pytensor.tensor.' + each for each in _PLACES.split()))
