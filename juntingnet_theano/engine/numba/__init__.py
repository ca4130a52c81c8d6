"""Kernels for a numba linker of our own; importing it registers them all.

- `conv`: im2col and BLAS, images shared out among the threads;
- `pool`: one pass over the image, planes shared out among the threads;
- `rng_mrg`: random streams, substreams shared out among the threads;
- `threads`: what runs in parallel, and why BLAS does not;
- `signals`: where handlers of signals have to wait;
- `memory`: why large blocks are not given back to the system;
- `kernel_calls`: kernels compiled once and kept on disk, called by address;
- `disk_cache`: how files of kernels are named, checked and replaced;
- `linker`: compiles with all of this; PyTensor's own linker does not;
- `translations`: which of PyTensor's translations ours replace, and when;
- `graphs`: a graph as one function, compiled once and kept on disk;
- `kernel_addresses`: filled in before a graph runs;
- `helper_process`: a second process that compiles kernels from a graph's other end;
- `random_state`: NumPy's random numbers, drawn in Python;
- `arange`: ranges of floats with NumPy's numbers;
- `checked_index`: what indexes memory is compared with its size;
- `reductions`, `shape`: what PyTensor has too, but quicker to compile;
- `plain_nodes`: why a function that is deleted leaves no weights behind.
"""

from juntingnet_theano.engine.numba.dispatch import (  # noqa: F401
    arange,
    byte_images,
    checked_index,
    conv,
    conv_pool,
    dense,
    pool,
    random_state,
    reductions,
    rng_mrg,
    shape,
)
from juntingnet_theano.engine.numba.runtime import plain_nodes  # noqa: F401
