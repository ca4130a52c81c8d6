"""``theano.gradient``: PyTensor's, which has kept its names but for one.

>>> import theano, theano.tensor as T
>>> x = T.scalar()
>>> float(theano.gradient.grad(x ** 2, x).eval({x: 3}))
6.0
"""
from pytensor.gradient import *  # noqa: F401,F403
from pytensor.gradient import (  # noqa: F401
    DisconnectedType, Lop, NullTypeGradError, Rop, disconnected_grad, grad,
    grad_clip, grad_not_implemented, grad_undefined, hessian, jacobian,
    numeric_grad, subgraph_grad, verify_grad, zero_grad)

from juntingnet_theano.theano_facade.engine_names import look_up

# Both pass a value on and have gradient zero; Theano had two names.
consider_constant = zero_grad

__getattr__ = look_up(__name__, 'pytensor.gradient')
