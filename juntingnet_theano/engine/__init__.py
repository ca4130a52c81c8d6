"""``import theano``: Theano's names on PyTensor, with kernels of our own.

`finder` answers the import: an installed original wins, else `names` mirrors
Theano's modules. `ops` are our Ops and rewrites, `numba` and `jax` compile
them. `compat` holds what depends on versions of PyTensor, numba and llvmlite. The
engine imports no other room, so it could be lifted out.

``import juntingnet_theano`` changes nothing for a user of PyTensor in the same
process. ``import theano`` does what users of Theano expect, and changes:

- ``pytensor.config``: floatX is float32, ``mode`` is Theano's default mode,
  so that ``variable.eval()`` compiles with it, and flags of the user
  (THEANO_FLAGS, .theanorc) are taken over. Where PyTensor is imported here
  first, ``cxx`` is empty, and ``base_compiledir`` is a folder of this process
  if the usual one cannot be written.
- ``Variable(type)`` needs no owner; a variable counts as true, comparisons
  aside; ``x.reshape(shape, ndim)`` takes ndim by position. An Op needs no
  ``perform``. By NumPy the reciprocal of a Python float is a float64, and the
  inverse of a Python bool a bool.
- Sources that PyTensor generates are kept in memory instead of in files, and
  two filters silence warnings about Lasagne's escapes and, with JAX, float64.
- With ``device=cuda`` or ``linker=jax``: JAX's settings, where shared tensors
  live, and how graphs are given to XLA.

The first of our kernels that a process loads limits SciPy's BLAS to one thread
and tells glibc to keep freed memory. Theano's functions compile with
`numba.runtime.linker.KernelLinker`; our kernels, rewrites, translations and graph
cache apply there only. PyTensor's own numba linker, as in
``pytensor.function(..., mode='NUMBA')``, gives the bits and messages that it
gives without us.
"""
