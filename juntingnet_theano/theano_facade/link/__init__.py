"""How our Ops compute: one sub-package for each PyTensor linker.

Importing ``link.numba`` or ``link.jax`` registers what that linker needs;
importing this package costs nothing.
"""
