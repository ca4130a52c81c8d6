"""Our Ops and graph rewrites, for any linker.

Convolution, random streams, convolution with rectifier and pooling, updates of
dense weights, minibatches from bytes: the Ops with their gradients, and the
rewrites that find where they fit. `engine.numba` and `engine.jax` compile them.
"""

REWRITES = 'theano_kernels'
"""PyTensor's tag of our rewrites: only our linker asks for them."""
TRUE_DIV = 'theano_true_div'
"""The same, of the one that gives integers Theano's division."""
