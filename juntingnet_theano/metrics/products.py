"""Matrix products on one thread.

BLAS sums in a different order when it starts more threads, so a score would
depend on the number of cores and of worker processes. Besides, matrices of an
image's size take less time than threads need to wait for each other. The last
digits still depend on the processor, for which BLAS has kernels of its own.

>>> product(np.eye(2), np.ones((2, 3)), np.ones((3, 1))).tolist()
[[3.0], [3.0]]
"""

import functools

import numpy as np
from threadpoolctl import ThreadpoolController

_controller = functools.lru_cache(maxsize=1)(ThreadpoolController)


def product(*matrices: np.ndarray) -> np.ndarray:
    """The matrices multiplied from left to right.

    Parameters
    ----------
    matrices : 2-D float arrays
        One at least.

    Returns
    -------
    float array
    """
    with _controller().limit(limits=1, user_api='blas'):
        return functools.reduce(np.dot, matrices)
