"""``theano.tensor.slinalg``: linear algebra that SciPy has.

>>> import theano.tensor.slinalg
>>> callable(theano.tensor.slinalg.cholesky)
True
"""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor import linalg
from pytensor.tensor.linalg import *  # noqa: F403  # pyright: ignore[reportAssignmentType]  (ours hide some)

from juntingnet_theano.engine.pytensor_names import look_up

POSITIVE = CheckAndRaise(np.linalg.LinAlgError, 'Matrix is not positive definite')


def cholesky(x: Any, lower: bool = True, on_error: Any = 'raise') -> Any:
    """Triangular factor of a positive definite matrix.

    Parameters
    ----------
    x : matrix
    lower : bool
    on_error : {'raise', 'nan'}
        What to do if `x` is not positive definite: PyTensor gives nan.
    """
    factor = linalg.cholesky(x, lower=lower)
    return POSITIVE(factor, pt.all(~pt.isnan(factor))) if (on_error == 'raise') else factor


__getattr__ = look_up(__name__, 'pytensor.tensor.linalg')
