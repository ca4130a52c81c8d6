"""The matrix product of SciPy's BLAS, callable on parts of matrices.

numba's ``np.dot`` takes whole matrices only. Threads that share a product
out call `multiply` on strips of it; `threads` holds BLAS at one thread each.

>>> import numba
>>> x, w = np.float32([[1, 2]]), np.float32([[3, 4], [5, 6]])
>>> y = np.zeros((1, 2), 'float32')
>>> @numba.njit
... def product(x, w, y):
...     multiply(1, 2, 2, x.ctypes, 2, w.ctypes, 2, y.ctypes, 2)
>>> product(x, w, y)
>>> y.tolist()
[[13.0, 16.0]]
"""

from typing import Any

import numpy as np
from numba import types
from numba.extending import get_cython_function_address

from juntingnet_theano.engine.compat import binding
from juntingnet_theano.engine.numba.runtime.compilers import piece

SYMBOL = 'juntingnet_sgemm'
binding.add_symbol(SYMBOL, get_cython_function_address('scipy.linalg.cython_blas', 'sgemm'))
_INT, _FLOAT = types.CPointer(types.int32), types.CPointer(types.float32)
_LETTER = types.CPointer(types.uint8)
# Fortran's: everything by reference.
_sgemm = types.ExternalFunction(
    SYMBOL,
    types.void(
        _LETTER, _LETTER, _INT, _INT, _INT, _FLOAT, _FLOAT, _INT, _FLOAT, _INT, _FLOAT, _FLOAT, _INT
    ),
)


@piece
def multiply(
    rows: Any,
    columns: Any,
    steps: Any,
    x: Any,
    x_step: Any,
    w: Any,
    w_step: Any,
    y: Any,
    y_step: Any,
) -> None:
    """y = x . w by pointers to the first elements; `*_step`: distances of
    rows, in elements."""
    letter, one, zero = (
        np.array([78], np.uint8),
        np.ones(1, np.float32),
        (np.zeros(1, np.float32)),
    )  # 78: N, not turned
    sizes = np.array(
        [rows, columns, steps, max(x_step, 1), max(w_step, 1), max(y_step, 1)], np.int32
    )
    m, n, k, x_s, w_s, y_s = (sizes[:1], sizes[1:2], sizes[2:3], sizes[3:4], sizes[4:5], sizes[5:])
    # Column by column, as Fortran sees it, y' = w' . x'.
    _sgemm(
        letter.ctypes,
        letter.ctypes,
        n.ctypes,
        m.ctypes,
        k.ctypes,
        one.ctypes,
        w,
        w_s.ctypes,
        x,
        x_s.ctypes,
        zero.ctypes,
        y,
        y_s.ctypes,
    )
