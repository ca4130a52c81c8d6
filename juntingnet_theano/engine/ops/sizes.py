"""A vector of the graph as the sizes of a sample.

>>> sizes = elements(pt.lvector(), 2)
>>> len(sizes), sizes[0].ndim
(2, 0)
"""

from typing import Any, List, Optional

import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.raise_op import CheckAndRaise


def elements(size: Variable, ndim: Optional[int] = None) -> List[Any]:
    """The elements of `size`, each a scalar.

    Parameters
    ----------
    size : integer vector or scalar of the graph
    ndim : int, optional
        How many there are, where the graph does not know. A call of the
        compiled function raises ValueError for a vector of another length.

    Raises
    ------
    ValueError
        If neither says how many.
    """
    size = pt.atleast_1d(size)
    if ndim is None:
        ndim = pt.get_vector_length(size)
    elif size.type.shape[0] is None:
        check = CheckAndRaise(ValueError, f'size: ndim={ndim} says how many elements it has')
        size = check(size, pt.eq(size.shape[0], ndim))
    elif size.type.shape[0] != ndim:
        raise ValueError(f'a size of {size.type.shape[0]} elements does not fit ndim={ndim}')
    return [size[axis] for axis in range(ndim)]
