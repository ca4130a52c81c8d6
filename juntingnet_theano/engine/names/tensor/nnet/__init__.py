"""``theano.tensor.nnet``: what neural networks are made of.

>>> import theano.tensor as T
>>> T.nnet.relu(T.constant([-1., 2.])).eval().tolist()
[0.0, 2.0]
"""

from juntingnet_theano.engine.names.tensor.nnet import (  # noqa: F401
    abstract_conv,
    bn,
    conv,
    neighbours,
    nnet,
    sigm,
)
from juntingnet_theano.engine.names.tensor.nnet.abstract_conv import (  # noqa: F401
    conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_transpose,
)
from juntingnet_theano.engine.names.tensor.nnet.bn import (  # noqa: F401
    batch_normalization,
    batch_normalization_test,
    batch_normalization_train,
)
from juntingnet_theano.engine.names.tensor.nnet.nnet import (  # noqa: F401
    binary_crossentropy,
    categorical_crossentropy,
    confusion_matrix,
    crossentropy_categorical_1hot,
    crossentropy_softmax_1hot,
    crossentropy_softmax_1hot_with_bias,
    crossentropy_softmax_argmax_1hot_with_bias,
    elu,
    h_softmax,
    logsoftmax,
    logsoftmax_op,
    prepend_scalar_to_each_row,
    relu,
    selu,
    sigmoid_binary_crossentropy,
    softmax,
    softmax_graph,
    softmax_op,
    softmax_with_bias,
    softsign,
)
from juntingnet_theano.engine.names.tensor.nnet.sigm import (  # noqa: F401
    hard_sigmoid,
    sigmoid,
    softplus,
    ultra_fast_sigmoid,
)
from juntingnet_theano.engine.pytensor_names import look_up

conv3d = vars(abstract_conv)['conv3d']  # refuses, in words
# For an error that names the nearest.
__getattr__ = look_up(__name__)
