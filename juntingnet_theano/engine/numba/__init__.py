"""Kernels for PyTensor's numba linker; importing it registers them all.

- `conv`: im2col and BLAS, images shared out among the threads;
- `pool`: one pass over the image, planes shared out among the threads;
- `rng_mrg`: random streams, substreams shared out among the threads;
- `threads`: who runs in parallel, and why BLAS does not;
- `memory`: why large blocks are not given back to the system;
- `entry`: kernels compiled once and kept on disk, called by address;
- `kept`: how files of kernels are named, checked and made anew;
- `graphs`: a graph as one function, compiled once and kept on disk;
- `ready`: addresses of kernels, filled in before a graph runs;
- `ahead`: a second process that compiles kernels from a graph's other end;
- `reductions`, `shape`: what PyTensor has too, but quicker to compile;
- `plain_nodes`: why a function that is deleted leaves no weights behind.
"""

from juntingnet_theano.engine.numba.dispatch import (  # noqa: F401
    byte_images,
    conv,
    conv_pool,
    dense,
    pool,
    reductions,
    rng_mrg,
    shape,
)
from juntingnet_theano.engine.numba.runtime import plain_nodes  # noqa: F401
