"""``import theano``: Theano's names on PyTensor, with kernels of our own.

`finder` answers the import: an installed original wins, else `names` mirrors
Theano's modules. `ops` are our Ops and rewrites, `numba` and `jax` compile
them. Imports nothing of the house, so that it could be lifted out.
"""
