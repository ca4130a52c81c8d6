"""Translations for PyTensor's JAX linker; importing it registers them all.

Convolution and pooling become XLA's own operations, random streams a scan:
all run on CPU and GPU.
"""

from juntingnet_theano.engine.jax import conv, pool, random_state, rng_mrg  # noqa: F401
