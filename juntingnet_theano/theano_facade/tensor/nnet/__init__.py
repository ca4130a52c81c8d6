"""``theano.tensor.nnet``: what neural networks are made of.

>>> import theano.tensor as T
>>> T.nnet.relu(T.constant([-1., 2.])).eval().tolist()
[0.0, 2.0]
"""
from juntingnet_theano.theano_facade.tensor.nnet import (  # noqa: F401
    abstract_conv, conv, nnet)
from juntingnet_theano.theano_facade.tensor.nnet.abstract_conv import (  # noqa: F401,E501
    conv2d)
from juntingnet_theano.theano_facade.tensor.nnet.nnet import (  # noqa: F401
    binary_crossentropy, categorical_crossentropy, elu, hard_sigmoid,
    logsoftmax, relu, selu, sigmoid, sigmoid_binary_crossentropy, softmax,
    softplus, softsign, ultra_fast_sigmoid)
