"""Translations for PyTensor's JAX linker; importing it registers them all.

Convolution and pooling become XLA's own operations, random streams a scan:
all run on CPU and GPU.
"""
from juntingnet_theano.theano_facade.link.jax import (  # noqa: F401
    conv, pool, rng_mrg)
