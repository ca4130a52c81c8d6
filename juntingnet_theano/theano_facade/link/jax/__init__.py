"""Translations for PyTensor's JAX linker; importing it registers them all.

Convolution and pooling become XLA's own operations, which run on CPU and GPU.
"""
from juntingnet_theano.theano_facade.link.jax import conv, pool  # noqa: F401
