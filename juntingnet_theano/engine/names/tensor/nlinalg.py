"""``theano.tensor.nlinalg``: linear algebra that NumPy has.

>>> import theano.tensor as T
>>> [each.type.shape for each in qr(T.constant([[1.], [2.]]))]
[(2, 1), (1, 1)]
"""

from pytensor.tensor import linalg
from pytensor.tensor.linalg import *  # noqa: F403

from juntingnet_theano.engine.pytensor_names import look_up


def qr(a, mode='reduced'):
    """Orthogonal and upper triangular factor; PyTensor's default is
    'full'."""
    return linalg.qr(a, mode=mode)


def eigh(a, UPLO='L'):
    """Eigenvalues and eigenvectors of a symmetric matrix, of which the lower
    ('L') or the upper ('U') triangle is read."""
    return linalg.eigh(a, UPLO=UPLO)


def matrix_inverse(x):
    """Inverse of a square matrix."""
    return linalg.inv(x)


__getattr__ = look_up(__name__, 'pytensor.tensor.linalg')
