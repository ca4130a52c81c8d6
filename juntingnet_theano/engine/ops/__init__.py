"""Our Ops and graph rewrites, for any linker.

Convolution, pooling and random streams, with their gradients; convolution with
rectifier and pooling, updates of dense weights and minibatches from bytes, each
as one Op; and the rewrites that find where these fit. `engine.numba` and
`engine.jax` compile them.
"""

REWRITES = 'theano_kernels'
"""PyTensor's tag of our rewrites: only our linker asks for them."""
TRUE_DIV = 'theano_true_div'
"""The same, of the one that gives integers Theano's division."""
