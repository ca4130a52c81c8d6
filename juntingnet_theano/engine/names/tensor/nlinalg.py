"""``theano.tensor.nlinalg``: linear algebra that NumPy has.

>>> import theano.tensor as T
>>> [each.type.shape for each in qr(T.constant([[1.], [2.]]))]
[(2, 1), (1, 1)]
"""

from typing import Any

from pytensor.tensor import linalg
from pytensor.tensor.linalg import *  # noqa: F403  # pyright: ignore[reportAssignmentType]  (ours hide some)

from juntingnet_theano.engine.pytensor_names import look_up


def qr(a: Any, mode: Any = 'reduced') -> Any:
    """Orthogonal and upper triangular factor; PyTensor's default is
    'full'."""
    return linalg.qr(a, mode=mode)


def eigh(a: Any, UPLO: str = 'L') -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix, of which the lower
    ('L') or the upper ('U') triangle is read."""
    return linalg.eigh(a, UPLO=UPLO)


def matrix_inverse(x: Any) -> Any:
    """Inverse of a square matrix."""
    return linalg.inv(x)


__getattr__ = look_up(__name__, 'pytensor.tensor.linalg')
