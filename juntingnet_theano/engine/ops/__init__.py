"""Ops and graph rewrites of ours, for any linker.

Convolution with rectifier and pooling, updates of dense weights, minibatches
from bytes: each Op with its gradient or its place in training, and the rewrite
that finds where it fits. `engine.numba` and `engine.jax` compile them.
"""

REWRITES = 'theano_kernels'
"""PyTensor's tag of our rewrites: only our linker asks for them."""
TRUE_DIV = 'theano_true_div'
"""The same, of the one that gives integers Theano's division."""
